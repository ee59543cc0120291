import { act } from "react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { empty } from "../../src/live/transcript";
import { LiveTranscript } from "../../src/screens/live_transcript";
import type { Parts } from "../../src/screens/parts";
import { UNREACHABLE, WireError } from "../../src/wire/answer";
import type { TranscriptView, WireSegment } from "../../src/wire/messages";
import { button, press, scriptedParts, scriptedRecording, show, takeDown, until } from "./scripted_parts";

let recording: ReturnType<typeof scriptedRecording>;
let page: HTMLElement;
const fetched = vi.fn<Parts["api"]["transcript"]>();

function segment(minute: number, speaker: string | null = null): WireSegment {
  const start_ms = minute * 60_000;
  const text = `minute ${minute}.`;
  return {
    id: `m${minute}`,
    start_ms,
    end_ms: start_ms + 59_000,
    speaker,
    text,
    words: [],
    generation: 0,
    edited: false,
  };
}

function segments(from: number, until: number): WireSegment[] {
  return Array.from({ length: until - from }, (_, index) => segment(from + index));
}

function view(all: WireSegment[]): TranscriptView {
  return {
    session_id: "s1",
    state: "recording",
    language: "en",
    head: 1,
    coverage: null,
    segments: all,
    provisional: null,
    removed: [],
    failed: [],
    warnings: [],
    speakers: [],
    typed_notes: [],
    steps: [],
  };
}

/** The page holds the minutes from `from` on, of those before `until`. */
function tell(from: number, until: number): void {
  act(() =>
    recording.transcript.set({
      ...empty("recording"),
      from_ms: from * 60_000,
      segments: segments(from, until),
    }),
  );
}

function paper(): HTMLElement {
  const element = page.querySelector<HTMLElement>("[role=region]");
  if (element === null) throw new Error("no transcript");
  return element;
}

function minutes(): number[] {
  return [...paper().querySelectorAll("[data-line]")].map((line) =>
    Number(/minute (\d+)/.exec(line.textContent)?.[1]),
  );
}

function range(from: number, until: number): number[] {
  return Array.from({ length: until - from }, (_, index) => from + index);
}

function status(): string | undefined {
  return paper().querySelector("[role=status]")?.textContent;
}

function offered(): boolean {
  return [...page.querySelectorAll("button")].some((each) => each.textContent === "Show earlier");
}

/** happy-dom lays nothing out: the paper says what a browser would. */
async function scrollTo(top: number): Promise<void> {
  const element = paper();
  Object.defineProperties(element, {
    scrollHeight: { value: 5000, configurable: true },
    clientHeight: { value: 500, configurable: true },
  });
  await act(async () => {
    element.scrollTop = top;
    element.dispatchEvent(new Event("scroll"));
    await Promise.resolve();
  });
}

beforeEach(async () => {
  fetched.mockReset();
  recording = scriptedRecording();
  const parts = scriptedParts();
  Object.assign(parts.api, { transcript: fetched });
  page = (await show(<LiveTranscript recording={recording} />, parts)).page;
});

afterEach(takeDown);

test("while everything is here, nothing is said of earlier words", () => {
  tell(0, 5);
  expect(minutes()).toEqual(range(0, 5));
  expect(status()).toBeUndefined();
  expect(offered()).toBe(false);
});

test("lines that leave the tail leave the page while its end is followed", () => {
  tell(0, 15);
  tell(5, 16);
  expect(minutes()).toEqual(range(5, 16));
  expect(status()).toBe("What was said earlier is kept on the server.");
});

test("lines that leave the tail stay while somebody reads, until the end is followed again", async () => {
  tell(5, 15);
  await scrollTo(4500);
  await scrollTo(1000);
  tell(6, 16);
  tell(9, 19);
  expect(minutes()).toEqual(range(5, 19));
  await press(button("Back to the end"));
  expect(minutes()).toEqual(range(9, 19));
  expect(document.activeElement).toBe(paper());
});

test("a line that was withdrawn goes, also while somebody reads", async () => {
  tell(5, 15);
  await scrollTo(4500);
  await scrollTo(1000);
  const without = segments(5, 15).filter(({ id }) => id !== "m7");
  act(() => recording.transcript.update((old) => ({ ...old, segments: without })));
  expect(minutes()).not.toContain(7);
});

test("earlier words are fetched, shown above, and let go when the end is followed again", async () => {
  tell(50, 60);
  fetched.mockResolvedValue(view(segments(0, 60)));
  await press(button("Show earlier"));
  expect(fetched).toHaveBeenCalledExactlyOnceWith("s1", expect.any(AbortSignal));
  await until(() => expect(minutes()).toEqual(range(0, 60)));
  expect(status()).toBe("This is the beginning.");
  expect(offered()).toBe(false);
  expect(document.activeElement).toBe(paper());
  tell(52, 62);
  expect(minutes()).toEqual(range(0, 62));
  await press(button("Back to the end"));
  expect(minutes()).toEqual(range(52, 62));
  expect(offered()).toBe(true);
});

test("scrolling to the end lets the earlier words go as well", async () => {
  tell(50, 60);
  fetched.mockResolvedValue(view(segments(0, 60)));
  await press(button("Show earlier"));
  await until(() => expect(minutes()).toHaveLength(60));
  await scrollTo(100);
  await scrollTo(4490);
  expect(minutes()).toEqual(range(50, 60));
});

test("what arrives after somebody went back to the end is not shown", async () => {
  tell(50, 60);
  let arrive: (all: TranscriptView) => void = () => undefined;
  fetched.mockReturnValue(new Promise((resolve) => (arrive = resolve)));
  await press(button("Show earlier"));
  expect(status()).toBe("What was said earlier is on its way.");
  await press(button("Back to the end"));
  expect(fetched.mock.calls[0]?.[1]?.aborted).toBe(true);
  await act(async () => {
    arrive(view(segments(0, 60)));
    await Promise.resolve();
  });
  expect(minutes()).toEqual(range(50, 60));
  expect(offered()).toBe(true);
});

test("what could not be fetched can be asked for again", async () => {
  tell(50, 60);
  fetched.mockRejectedValueOnce(new WireError(UNREACHABLE, "no answer", true));
  await press(button("Show earlier"));
  await until(() => expect(status()).toContain("could not be fetched just now"));
  fetched.mockResolvedValue(view(segments(0, 60)));
  await press(button("Show earlier"));
  await until(() => expect(minutes()).toHaveLength(60));
});

test("offline it says that they come with the connection", () => {
  tell(50, 60);
  act(() => recording.state.update((state) => ({ ...state, connection: "offline" })));
  expect(status()).toContain("can be shown once the connection is back");
  expect(offered()).toBe(false);
  act(() => recording.state.update((state) => ({ ...state, connection: "connected" })));
  expect(offered()).toBe(true);
});

test("what is given up while it is fetched is nobody's fault", async () => {
  const unheard = vi.fn();
  process.on("unhandledRejection", unheard);
  tell(50, 60);
  fetched.mockImplementation(
    (_, signal) =>
      new Promise((_resolve, reject) => {
        signal?.addEventListener("abort", () => reject(signal.reason as Error));
      }),
  );
  await press(button("Show earlier"));
  await press(button("Back to the end"));
  await act(() => new Promise((resolve) => setTimeout(resolve, 10)));
  process.off("unhandledRejection", unheard);
  expect(unheard).not.toHaveBeenCalled();
  expect(status()).toBe("What was said earlier is kept on the server.");
});

test("a scroll that was under way does not lead away from the end again; a new one does", async () => {
  tell(5, 15);
  await scrollTo(4500);
  await scrollTo(1000);
  await press(button("Back to the end"));
  await scrollTo(3000);
  expect(paper().scrollTop).toBe(5000);
  expect(page.textContent).not.toContain("Back to the end");
  paper().dispatchEvent(new Event("wheel"));
  await scrollTo(2000);
  expect(paper().scrollTop).toBe(2000);
  button("Back to the end");
});

test("who was found to be somebody else is called by their name", () => {
  act(() =>
    recording.transcript.set({
      ...empty("recording"),
      segments: [segment(0, "S2"), segment(1, "S3")],
      speakers: [
        { id: "S1", name: "Dr Weber", merged_into: null },
        { id: "S2", name: "Nurse", merged_into: "S3" },
        { id: "S3", name: null, merged_into: "S1" },
      ],
    }),
  );
  const lines = [...paper().querySelectorAll("[data-line]")].map((line) => line.textContent);
  expect(lines.map((line) => line.includes("Dr Weber: "))).toEqual([true, true]);
});
