import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { act as reactAct } from "react";
import { createRoot, type Root } from "react-dom/client";
import { afterEach, beforeEach, expect, it, vi } from "vitest";

import { Looks } from "../../src/looks/looks";
import type { Transcript } from "../../src/live/transcript";
import { ReviewPage } from "../../src/review/review_page";
import { WireError } from "../../src/wire/answer";
import type { Coverage, SessionState, WireSegment } from "../../src/wire/messages";
import { ScriptedApi, scriptedViewer, segment, SESSION, transcript } from "./scripted";

/** Everything is near the screen. */
class NearObserver {
  constructor(private readonly tell: (entries: { isIntersecting: boolean }[]) => void) {}
  observe(): void {
    this.tell([{ isIntersecting: true }]);
  }
  disconnect(): void {
    // There is nothing to let go of.
  }
}

const HEARD = [
  segment(
    "a",
    [
      ["Good", 1_000, 1_400],
      ["mourning", 1_450, 2_000, 0.2],
    ],
    { speaker: "S1" },
  ),
  segment("b", [["Hello", 30_000, 30_500]], { speaker: "S2" }),
];

/** Does it, and waits until React has shown what follows. */
function act(does: () => unknown): Promise<void> {
  return reactAct(() => {
    does();
    return Promise.resolve();
  });
}

let root: Root;
let box: HTMLElement;
let api: ScriptedApi;
let viewer: ReturnType<typeof scriptedViewer>;
const deleted = vi.fn();

beforeEach(() => {
  vi.stubGlobal("IntersectionObserver", NearObserver);
  // happy-dom has no fonts to wait for.
  Object.defineProperty(document, "fonts", { value: new EventTarget(), configurable: true });
  vi.stubGlobal("IS_REACT_ACT_ENVIRONMENT", true);
  box = document.body.appendChild(document.createElement("div"));
  root = createRoot(box);
  api = new ScriptedApi();
  deleted.mockReset();
});

afterEach(async () => {
  await act(() => root.unmount());
  document.body.replaceChildren();
  vi.unstubAllGlobals();
});

async function show(part: Partial<Transcript>, session = SESSION): Promise<void> {
  viewer = scriptedViewer(transcript(part));
  await act(() =>
    root.render(
      <Looks>
        <QueryClientProvider client={new QueryClient()}>
          <ReviewPage api={api} session={session} viewer={viewer} deleted={deleted} />
        </QueryClientProvider>
      </Looks>,
    ),
  );
}

function find(selector: string): HTMLElement {
  const found = document.querySelector<HTMLElement>(selector);
  if (found === null) throw new Error(`there is no ${selector}`);
  return found;
}

function button(name: string): HTMLButtonElement {
  const found = [...document.querySelectorAll("button")].find(
    (each) => (each.getAttribute("aria-label") ?? each.textContent) === name,
  );
  if (found === undefined) throw new Error(`there is no button ${name}`);
  return found;
}

async function press(name: string): Promise<void> {
  await act(() => button(name).click());
}

async function write(field: HTMLTextAreaElement, text: string): Promise<void> {
  await act(() => {
    Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, "value")?.set?.call(field, text);
    field.dispatchEvent(new Event("input", { bubbles: true }));
  });
}

async function key(target: Element, name: string): Promise<void> {
  await act(() =>
    target.dispatchEvent(new KeyboardEvent("keydown", { key: name, bubbles: true, cancelable: true })),
  );
}

async function correctTo(text: string): Promise<HTMLTextAreaElement> {
  await press("Correct 0:01");
  const field = find("form textarea") as HTMLTextAreaElement;
  await write(field, text);
  return field;
}

it("shows what was said, by whom, and what was hard to hear", async () => {
  await show({ segments: HEARD, speakers: [{ id: "S1", name: "Dr Weber", merged_into: null }] });
  const [first, second] = [find("#part-a"), find("#part-b")];
  expect(first.textContent).toContain("Dr Weber");
  expect(first.textContent).toContain("Good mourning");
  expect(second.textContent).toContain("Speaker 2");
  const marked = [...document.querySelectorAll("[data-word][class]")].map((word) => word.textContent);
  expect(marked).toEqual(["mourning"]);
});

it("lights the word that is heard and nothing else, and renders nothing for it", async () => {
  await show({ segments: HEARD });
  const audio = find("[role=slider]");
  expect(audio.getAttribute("aria-valuenow")).toBe("0");
  await act(() => find('#part-a [data-word="1"]').click());
  const lit = () => [...document.querySelectorAll("[data-word][data-lit]")].map((word) => word.textContent);
  expect(lit()).toEqual(["mourning"]);
  await act(() => find('#part-b [data-word="0"]').click());
  expect(lit()).toEqual(["Hello"]);
  expect([...document.querySelectorAll("[id][data-lit]")].map(({ id }) => id)).toEqual(["part-b"]);
});

it("shows missing parts in their place and asks the server to try again", async () => {
  await show({
    segments: HEARD,
    coverage: { recorded_ms: 60_000, transcribed_ms: 60_000, holes: [[12_000, 27_000]] },
    warnings: [{ code: "undecodable_chunk", seq: 1, start_ms: 12_000, end_ms: 27_000 }],
    failed: [{ window_id: "w", start_ms: 40_000, end_ms: 50_000, code: "engine_failed" }],
  });
  const text = box.textContent;
  const places = [
    "Good",
    "Missing 0:12 to 0:27: could not be read",
    "Hello",
    "Transcribing failed 0:40 to 0:50",
  ];
  const found = places.map((part) => text.lastIndexOf(part));
  expect(found).toEqual([...found].sort((a, b) => a - b));
  expect(found).not.toContain(-1);
  await press("Retry");
  expect(api.asked).toEqual([["retry"]]);
});

it.each([
  ["recording", null, true],
  ["transcribing", { recorded_ms: 60_000, transcribed_ms: 20_000, holes: [] }, true],
  ["noting", { recorded_ms: 60_000, transcribed_ms: 60_000, holes: [] }, false],
  ["ready", { recorded_ms: 60_000, transcribed_ms: 20_000, holes: [] }, false],
] satisfies [SessionState, Coverage | null, boolean][])(
  "says that words come later while no recogniser runs: %s, %j",
  async (state, coverage, isSaid) => {
    api.recogniserRuns = false;
    await show({ state, coverage, segments: HEARD }, { ...SESSION, recorded_ms: 60_000 });
    await reactAct(() => new Promise((resolve) => setTimeout(resolve, 20)));
    expect(box.textContent.includes("The words come later")).toBe(isSaid);
  },
);

it("explains how words are shown where there are any", async () => {
  await show({ state: "failed", segments: [], failed: [REFUSED] });
  expect(box.textContent).toContain("Transcribing failed 0:40 to 0:50");
  expect(box.textContent).not.toContain("Click a word to hear it.");
  await show({ segments: HEARD, failed: [REFUSED] });
  expect(box.textContent).toContain("Click a word to hear it.");
});

const REFUSED = { window_id: "w", start_ms: 40_000, end_ms: 50_000, code: "invalid" };

it.each([
  ["de-AT", "invalid", ["en"], 2],
  ["en-GB", "invalid", ["en"], 0],
  ["de-AT", "invalid", null, 0],
  ["de-AT", "engine_failed", ["en"], 0],
])(
  "beside trying again says that a language is not known: %s, %s, %j",
  async (language, code, known, times) => {
    api.languages_ = known;
    await show({ state: "failed", language, segments: [], failed: [{ ...REFUSED, code }] });
    const said = /may not know Austrian German: choose another language\./g;
    await vi.waitFor(async () => {
      await act(() => Promise.resolve());
      expect([...box.textContent.matchAll(said)]).toHaveLength(times);
    });
    expect(button("Try again")).toBeTruthy();
  },
);

it("saves a correction with Enter and shows it at once, and again when the viewer hears of it", async () => {
  await show({ segments: HEARD });
  const edited = { ...(HEARD[0] as (typeof HEARD)[number]), text: "Good morning", edited: true, words: [] };
  api.corrected = () => Promise.resolve(edited);
  await key(await correctTo("Good morning"), "Enter");
  expect(api.asked).toEqual([["correct", "a", { text: "Good morning" }]]);
  expect(find("#part-a").textContent).toContain("Good morning");
  expect(find("#part-a").textContent).toContain("edited");
  await act(() =>
    viewer.transcript.update((old) => ({ ...old, segments: [{ ...edited, text: "Good day" }] })),
  );
  expect(find("#part-a").textContent).toContain("Good day");
});

it("leaves everything as it was with Escape", async () => {
  await show({ segments: HEARD });
  await key(await correctTo("Bad"), "Escape");
  expect(api.asked).toEqual([]);
  expect(find("#part-a").textContent).toContain("Good mourning");
});

it("keeps what was written when it cannot be saved", async () => {
  await show({ segments: HEARD });
  api.corrected = () => Promise.reject(new WireError("unreachable", "away", true));
  const field = await correctTo("Good morning");
  await key(field, "Enter");
  expect(field.value).toBe("Good morning");
  expect(find("#part-a").textContent).toContain("Your text is still here");
});

it("keeps what was written when the part is transcribed anew, and gives way when it is put away", async () => {
  await show({ segments: HEARD });
  const [first, second] = HEARD as [WireSegment, WireSegment];
  await correctTo("Good morning");
  await act(() => viewer.transcript.update((old) => ({ ...old, segments: [second] })));
  const kept = () => find("section[aria-label='Correction of 0:01'] textarea") as HTMLTextAreaElement;
  expect([kept().value, kept().readOnly]).toEqual(["Good morning", true]);
  expect(document.activeElement).toBe(kept());
  const text = box.textContent;
  expect(text.indexOf("transcribed again")).toBeLessThan(text.indexOf("Hello"));

  await press("Correct 0:30");
  expect(box.textContent).toContain("Close this correction first");
  await press("Cancel");
  await press("Correct 0:30");
  expect((find("form textarea") as HTMLTextAreaElement).value).toBe("Hello");

  await key(find("form textarea"), "Escape");
  await act(() => viewer.transcript.update((old) => ({ ...old, segments: [first, second] })));
  await correctTo("Good day");
  await act(() => viewer.transcript.update((old) => ({ ...old, segments: [] })));
  expect(kept().value).toBe("Good day");
  await key(kept(), "Escape");
  expect(box.textContent).toContain("No speech was found");
});

it("gives back what was recognised", async () => {
  const [first, second] = HEARD;
  await show({ segments: [{ ...first, text: "Changed", edited: true }, second] as Transcript["segments"] });
  api.corrected = () => Promise.resolve(HEARD[0] as (typeof HEARD)[number]);
  await press("Correct 0:01");
  await press("Back to what was recognised");
  expect(api.asked).toEqual([["correct", "a", { text: null }]]);
  expect(find("#part-a").textContent).toContain("Good mourning");
});

it("takes away what was no speech, in its place, until it is put back", async () => {
  await show({ segments: HEARD });
  const [first, second] = HEARD as [WireSegment, WireSegment];
  const gone = { ...first, text: "", words: [], edited: true };
  api.corrected = () => Promise.resolve(gone);
  await press("Correct 0:01");
  await press("Nothing was said here");
  expect(api.asked).toEqual([["correct", "a", { text: "" }]]);
  expect(box.textContent).toContain("Nothing was said 0:01 to 0:02");
  expect(box.textContent).not.toContain("Good mourning");
  expect(document.activeElement).toBe(button("Put back what was said at 0:01"));
  const place = { id: first.id, start_ms: first.start_ms, end_ms: first.end_ms };
  await act(() => viewer.transcript.update((old) => ({ ...old, segments: [second], removed: [place] })));
  expect(box.textContent).toContain("Nothing was said 0:01 to 0:02");

  api.corrected = () => Promise.reject(new WireError("unreachable", "away", true));
  await press("Put back what was said at 0:01");
  expect(box.textContent).toContain("the server cannot be reached");
  api.corrected = () => Promise.resolve(first);
  await press("Put back what was said at 0:01");
  expect(api.asked.at(-1)).toEqual(["correct", "a", { text: null }]);
  expect(box.textContent).not.toContain("Nothing was said");
  expect(box.textContent).toContain("Good mourning");
  await act(() =>
    viewer.transcript.update((old) => ({ ...old, segments: [{ ...first }, second], removed: [] })),
  );
  expect(box.textContent).toContain("Good mourning");
});

it("offers to put back what was removed long ago, and calls nobody there", async () => {
  const [first, second] = HEARD as [WireSegment, WireSegment];
  await show({ segments: [second], removed: [{ id: first.id, start_ms: 1_000, end_ms: 2_000 }] });
  expect(box.textContent).toContain("Nothing was said 0:01 to 0:02");
  expect(document.activeElement).toBe(document.body);
  api.corrected = () => Promise.resolve(first);
  await press("Put back what was said at 0:01");
  expect(api.asked).toEqual([["correct", "a", { text: null }]]);
  expect(box.textContent).toContain("Good mourning");
});

it("keeps what was written when somebody removes the part", async () => {
  const [first, second] = HEARD as [WireSegment, WireSegment];
  await show({ segments: [first, second] });
  await correctTo("Good morning");
  const place = { id: first.id, start_ms: first.start_ms, end_ms: first.end_ms };
  await act(() => viewer.transcript.update((old) => ({ ...old, segments: [second], removed: [place] })));
  const kept = find("section[aria-label='Correction of 0:01'] textarea") as HTMLTextAreaElement;
  expect(kept.value).toBe("Good morning");
  await key(kept, "Escape");
  expect(box.textContent).toContain("Nothing was said 0:01 to 0:02");
});

it("says nothing of a removed part that somebody else has put back", async () => {
  await show({ segments: HEARD });
  const [first, second] = HEARD as [WireSegment, WireSegment];
  api.corrected = () => Promise.resolve({ ...first, text: "", words: [], edited: true });
  await key(await correctTo("  "), "Enter");
  expect(box.textContent).toContain("Nothing was said 0:01");
  await act(() => viewer.transcript.update((old) => ({ ...old, segments: [{ ...first }, second] })));
  expect(box.textContent).not.toContain("Nothing was said");
  expect(box.textContent).toContain("Good mourning");
});

const TWO = [
  { id: "S1", name: "Dr Weber", merged_into: null },
  { id: "S2", name: null, merged_into: null },
];

it("merges two speakers and takes that back at once", async () => {
  await show({ segments: HEARD, speakers: TWO });
  await press("Speaker 2: rename or merge");
  await vi.waitFor(() => button("Merge"));
  await press("Merge");
  expect(api.asked).toEqual([["mergeSpeaker", "S2", "S1"]]);
  // The dialog hands the focus back in its own time: tests/e2e/browser looks where it ends.
  await vi.waitFor(() => button("Undo"));
  expect(box.textContent).toContain("Speaker 2 is now Dr Weber");
  await press("Undo");
  expect(api.asked.at(-1)).toEqual(["separateSpeaker", "S2", "S1"]);
  await vi.waitFor(() => expect(box.textContent).not.toContain("is now"));
});

it("separates again who was merged before", async () => {
  const speakers = [TWO[0], { id: "S2", name: null, merged_into: "S1" }] as typeof TWO;
  await show({ segments: HEARD, speakers });
  await press("Dr Weber: rename or merge");
  await vi.waitFor(() => button("Separate again: Formerly Speaker 2"));
  await press("Separate again: Formerly Speaker 2");
  expect(api.asked).toEqual([["separateSpeaker", "S2", "S1"]]);
});

it("says why a merge is not undone that somebody else has changed meanwhile", async () => {
  await show({ segments: HEARD, speakers: TWO });
  await press("Speaker 2: rename or merge");
  await vi.waitFor(() => button("Merge"));
  await press("Merge");
  await vi.waitFor(() => button("Undo"));
  api.separateSpeaker = () => Promise.reject(new WireError("invalid", "no", false));
  await press("Undo");
  await vi.waitFor(() => expect(box.textContent).toContain("merged these speakers in another way"));
});

it("says how far the text has come while the session is still transcribed", async () => {
  await show({
    state: "transcribing",
    segments: HEARD,
    coverage: { recorded_ms: 60_000, transcribed_ms: 31_000, holes: [] },
  });
  expect(box.textContent).toContain("Transcribed 0:31 of 1:00");
});

it("says that nothing was recorded, and that no speech was found", async () => {
  await show({}, { ...SESSION, recorded_ms: 0 });
  expect(box.textContent).toContain("Nothing was recorded");
  await show({});
  expect(box.textContent).toContain("No speech was found");
});

it("says why a file cannot be had, where another one can", async () => {
  await show({ segments: HEARD });
  await press("Export");
  await vi.waitFor(() => button("PDF"));
  api.export = () => Promise.reject(new WireError("too_large", "no", false));
  await press("PDF");
  await vi.waitFor(() => expect(document.body.textContent).toContain("too long for a file of this kind"));
  expect(document.body.textContent).toContain("Take Markdown or text instead.");
});

it("speaks of one part without text as of one", async () => {
  const failed = { window_id: "w", start_ms: 40_000, end_ms: 50_000, code: "unavailable" };
  await show({ segments: HEARD, failed: [failed] });
  expect(box.textContent).toContain("It is marked below, in its place.");
});

it("deletes only after asking", async () => {
  await show({ segments: HEARD });
  await press("Delete");
  await vi.waitFor(() => button("Delete for ever"));
  expect(api.asked).toEqual([]);
  await press("Delete for ever");
  expect(api.asked).toEqual([["remove"]]);
  expect(deleted).toHaveBeenCalledOnce();
});

it("says how many voices could be told apart where more people were said to speak", async () => {
  const said = { ...SESSION, speaker_count: 3 };
  await show({ segments: HEARD, state: "labelling" }, said);
  expect(box.textContent).toContain("You said that 3 people speak.");
  await act(() => viewer.transcript.update((now) => ({ ...now, state: "ready" })));
  expect(box.textContent).toContain("You said that 3 people speak; 2 voices could be told apart.");
});
