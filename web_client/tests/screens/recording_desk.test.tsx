import { act } from "react";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";

import { OutboxDamaged } from "../../src/outbox/outbox";
import { RecordingPage } from "../../src/screens/recording";
import { WireError } from "../../src/wire/answer";
import {
  button,
  key,
  press,
  scriptedParts,
  scriptedRecording,
  show,
  STATE,
  takeDown,
  until,
  write,
} from "./scripted_parts";

let parts: ReturnType<typeof scriptedParts>;
let recording: ReturnType<typeof scriptedRecording>;

async function open(): Promise<HTMLElement> {
  parts.recordings.current.set(recording);
  return (await show(<RecordingPage recordingRef="r1" />, parts, "/record/r1")).page;
}

beforeEach(() => {
  parts = scriptedParts();
  recording = scriptedRecording();
});

afterEach(takeDown);

test("the three figures stand beside the running clock", async () => {
  const page = await open();
  expect(page.querySelector("h1")?.textContent).toMatch(/^12:45.* heard so far$/);
  expect(page.querySelector("dl")?.textContent).toMatch(/recorded12:41.*safe12:30.*transcribed12:15/);
  act(() => recording.state.update((state) => ({ ...state, safeMs: 761_000 })));
  expect(page.querySelector("dl")?.textContent).toMatch(/safe12:41/);
});

test("while no recogniser runs the words come later, until one does", async () => {
  parts.api.languages.mockResolvedValue({ items: null, recogniser_runs: false });
  vi.useFakeTimers();
  try {
    const page = await open();
    const pass = (ms: number) => act(() => vi.advanceTimersByTimeAsync(ms));
    await pass(100);
    expect(page.textContent).toContain("The words come later");
    expect(page.textContent).toContain("The first words appear once a recogniser runs again.");
    parts.api.languages.mockResolvedValue({ items: ["en"], recogniser_runs: true });
    await pass(6_000);
    expect(page.textContent).not.toContain("The words come later");
    expect(page.textContent).toContain("The first words appear some seconds after they were spoken.");
    parts.api.languages.mockResolvedValue({ items: null, recogniser_runs: false });
    await pass(31_000);
    expect(page.textContent).toContain("The words come later");
  } finally {
    vi.useRealTimers();
  }
});

describe("keys", () => {
  test("pause and continue", async () => {
    await open();
    await key(" ");
    expect(recording.pause).toHaveBeenCalledOnce();
    act(() => recording.state.update((state) => ({ ...state, phase: "paused" })));
    await key("p");
    expect(recording.continue).toHaveBeenCalledOnce();
  });

  test("do nothing while somebody types, on a button, or with Ctrl", async () => {
    const page = await open();
    const note = page.querySelector<HTMLTextAreaElement>("#note");
    if (note === null) throw new Error("no field for notes");
    await key("p", note);
    await key(" ", button("Stop"));
    await act(async () => {
      document.body.dispatchEvent(new KeyboardEvent("keydown", { key: "p", ctrlKey: true, bubbles: true }));
      await Promise.resolve();
    });
    expect(recording.pause).not.toHaveBeenCalled();
  });
});

test("Stop asks first, and only the answer stops", async () => {
  await open();
  await key("s");
  expect(recording.stop).not.toHaveBeenCalled();
  expect(document.querySelector("[role=dialog]")?.textContent).toMatch(
    /^(?!.*are recorded).*12:45 so far; the last seconds are put away when you stop/,
  );
  const [, stop] = [...document.querySelectorAll<HTMLElement>("[role=dialog] button")];
  await press(stop ?? document.body);
  expect(recording.stop).toHaveBeenCalledOnce();
});

test("Enter keeps a note, Shift and Enter do not", async () => {
  const page = await open();
  const note = page.querySelector<HTMLTextAreaElement>("#note");
  if (note === null) throw new Error("no field for notes");
  await write(note, "  X-ray of March ");
  await act(async () => {
    note.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", shiftKey: true, bubbles: true }));
    await Promise.resolve();
  });
  expect(recording.addNote).not.toHaveBeenCalled();
  await key("Enter", note);
  expect(recording.addNote).toHaveBeenCalledWith("X-ray of March");
  expect(note.value).toBe("");
});

test("a note that could not be kept stays in the field, and can be added again", async () => {
  recording.addNote.mockRejectedValueOnce(new Error("full"));
  const page = await open();
  const note = page.querySelector<HTMLTextAreaElement>("#note");
  if (note === null) throw new Error("no field for notes");
  await write(note, "X-ray of March");
  await key("Enter", note);
  expect(note.value).toBe("X-ray of March");
  expect(page.querySelector("[role=alert]")?.textContent).toContain("The note could not be kept");
  await press(button("Add note"));
  expect(recording.addNote).toHaveBeenCalledTimes(2);
  expect(note.value).toBe("");
  expect(page.querySelector("[role=alert]")).toBeNull();
});

test("a note that takes a while is kept once, and what is typed meanwhile stays", async () => {
  let kept: () => void = () => undefined;
  const promise = new Promise<undefined>((resolve) => (kept = () => resolve(undefined)));
  recording.addNote.mockReturnValueOnce(promise);
  const page = await open();
  const note = page.querySelector<HTMLTextAreaElement>("#note");
  if (note === null) throw new Error("no field for notes");
  await write(note, "one");
  await key("Enter", note);
  await key("Enter", note);
  expect(recording.addNote).toHaveBeenCalledOnce();
  await write(note, "one two");
  await act(async () => {
    kept();
    await promise;
  });
  expect(note.value).toBe(" two");
});

test("provisional text is shown as what may still change", async () => {
  const page = await open();
  const provisional = {
    id: "p",
    start_ms: 1,
    end_ms: 2,
    speaker: null,
    text: "so we",
    words: [],
    generation: 0,
  };
  act(() => recording.transcript.update((old) => ({ ...old, provisional: provisional })));
  expect(page.querySelector("[role=region]")?.textContent).toContain("so we may still change");
});

test("a microphone that is gone can be tried again", async () => {
  recording = scriptedRecording({
    phase: "trouble",
    capture: { ...STATE.capture, phase: "trouble", trouble: "unplugged" },
  });
  const page = await open();
  expect(page.querySelector("[role=alert]")?.textContent).toContain("Everything recorded until now is safe");
  await press(button("Go on recording"));
  expect(recording.retryCapture).toHaveBeenCalledOnce();
});

describe("a recording that another tab has taken", () => {
  const TAKEN = { phase: "trouble", connection: "elsewhere", taken: "goes_on" } as const;

  test("takes no note and no Stop here", async () => {
    recording = scriptedRecording(TAKEN);
    const page = await open();
    expect(page.querySelector<HTMLTextAreaElement>("#note")?.disabled).toBe(true);
    await key("s");
    expect(document.querySelector("[role=dialog]")).toBeNull();
  });

  test("says why it cannot be taken back", async () => {
    recording = scriptedRecording(TAKEN);
    const page = await open();
    const refusals = [new WireError("session_closed", "stopped", false), new OutboxDamaged("gone")];
    for (const [refusal, words] of [
      [refusals[0], "It was stopped in the other tab meanwhile. Nothing is lost."],
      [refusals[1], "This browser does not hold it any more."],
    ] as const) {
      parts.recordings.resume.mockRejectedValueOnce(refusal);
      await press(button("Take it back here"));
      await until(() => expect(page.querySelector("span[role=alert]")?.textContent).toContain(words));
    }
  });

  test("stays on the page, and ends there", async () => {
    recording = scriptedRecording(TAKEN);
    const page = await open();
    act(() => parts.recordings.current.set(null));
    expect(page.textContent).toContain("Another tab goes on with this recording");
    act(() => recording.state.update((state) => ({ ...state, taken: "ended" })));
    expect(page.textContent).toContain("This recording was ended in another tab");
    expect(page.textContent).not.toContain("Take it back here");
  });
});

test("after Stop the page says what is on its way, then leads to the review", async () => {
  recording = scriptedRecording({ phase: "stopping", waitingChunks: 3 });
  const page = await open();
  expect(page.textContent).toContain("3 pieces of the recording are on their way");
  act(() => recording.state.update((state) => ({ ...state, phase: "finished", waitingChunks: 0 })));
  expect(page.querySelector("h1")?.textContent).toBe("The recording is safe");
  expect(button("Review the session").getAttribute("href")).toBe("/sessions/s1");
});

test("a recording that is not here is said to be elsewhere", async () => {
  const { page } = await show(<RecordingPage recordingRef="other" />, parts, "/record/other");
  expect(page.querySelector("h1")?.textContent).toBe("This recording is not under way here");
});
