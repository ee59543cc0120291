import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { act } from "react";
import { createRoot, type Root } from "react-dom/client";
import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { NOTHING_YET } from "../../src/live/after_stop";
import { Looks } from "../../src/looks/looks";
import { when } from "../../src/looks/time";
import { NotesPanel } from "../../src/notes/notes_panel";
import { WireError } from "../../src/wire/answer";
import type { NotesView, WireSegment } from "../../src/wire/messages";
import { ScriptedApi, segment } from "../review/scripted";
import { button, key, press, until, write } from "../screens/scripted_parts";
import { NOTES, TEMPLATE } from "./scripted_notes";

const SEGMENTS = [
  segment("a", [
    ["Well,", 1_000, 1_300],
    ["my", 1_300, 1_500],
    ["knee", 1_500, 1_900],
    ["hurts", 1_900, 2_300],
  ]),
  segment("b", [["Sad.", 61_000, 61_400]]),
];

let root: Root;
let box: HTMLElement;
let api: ScriptedApi;
const hear = vi.fn();
const listen = vi.fn();

beforeEach(() => {
  vi.stubGlobal("IS_REACT_ACT_ENVIRONMENT", true);
  Object.defineProperty(document, "fonts", { value: new EventTarget(), configurable: true });
  box = document.body.appendChild(document.createElement("div"));
  root = createRoot(box);
  api = new ScriptedApi();
  api.templates_ = [TEMPLATE];
  hear.mockReset();
  listen.mockReset();
});

afterEach(() => {
  act(() => root.unmount());
  document.body.replaceChildren();
  vi.unstubAllGlobals();
});

const NAMES: Partial<Record<string, string>> = { S1: "Mother", S2: "Boy" };

async function show(
  notes: NotesView | null,
  after = NOTHING_YET,
  state: "ready" | "noting" = "ready",
  segments: readonly WireSegment[] = SEGMENTS,
) {
  api.notes_ = notes;
  const queries = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  await act(async () => {
    root.render(
      <Looks>
        <QueryClientProvider client={queries}>
          <NotesPanel
            api={api}
            sessionId="s"
            createdAt="2026-03-04T10:00:00Z"
            transcript={{ state, after }}
            segments={segments}
            nameOf={(speaker) => NAMES[speaker ?? ""] ?? null}
            hear={hear}
            listen={listen}
            heard={() => "b"}
          />
        </QueryClientProvider>
      </Looks>,
    );
    await Promise.resolve();
  });
  await until(() => expect(box.textContent).toContain(notes === null ? "There are no notes" : "Key topics"));
}

function named(name: string): HTMLElement {
  const found = document.querySelector<HTMLElement>(`[aria-label="${name}"]`);
  if (found === null) throw new Error(`nothing is called ${name}`);
  return found;
}

function field(name: string): HTMLTextAreaElement {
  return named(name) as HTMLTextAreaElement;
}

async function choose(name: string, value: string): Promise<void> {
  const select = named(name) as HTMLSelectElement;
  await act(async () => {
    select.value = value;
    select.dispatchEvent(new Event("change", { bubbles: true }));
    await Promise.resolve();
  });
}

test("risks come first in words, evidence is heard from the quote on, and what was dropped is counted", async () => {
  await show(NOTES);
  const text = box.textContent;
  expect(text.indexOf("Suicide · High risk")).toBeGreaterThan(-1);
  expect(text.indexOf("Suicide · High risk")).toBeLessThan(text.indexOf("The knee hurts."));
  expect(text).toContain("Nothing was found for: Mood.");
  expect(text).toContain("2 statements were left out");
  expect(text).toContain("Nothing left this installation.");
  await press(named("Hear where this was said, at 0:01"));
  expect(hear).toHaveBeenCalledWith({ segmentId: "a", ms: 1_300, who: null });
});

test("who said what a statement rests on stands beside it, once for places that follow one another", async () => {
  const speakers = ["S1", "S2", "S2"];
  const segments = speakers.map((speaker, at) =>
    segment(`by-${at}`, [["so", 60_000 * at, 60_000 * at + 300]], { speaker }),
  );
  const cited = { id: "key_topics-0", text: "They fight.", segment_ids: segments.map(({ id }) => id) };
  const section = { key: "key_topics", title: "Key topics", statements: [cited] };
  await show({ ...NOTES, sections: [section] }, NOTHING_YET, "ready", segments);
  expect(box.querySelector("li")?.textContent).toBe("They fight.Mother0:00Boy1:002:00");
  await press(button("Edit"));
  expect(box.querySelector("form li")?.textContent).toContain("Mother0:00Boy1:002:00");
});

test("a quote that was corrected since is not told as what was said, and the place can still be heard", async () => {
  const corrected = SEGMENTS.map((each) =>
    each.id === "a" ? { ...each, text: "Well, my hip hurts" } : each,
  );
  const sections = NOTES.sections.slice(0, 1);
  await show({ ...NOTES, sections });
  expect(box.textContent).toContain("my knee hurts");
  expect(box.textContent).not.toContain("corrected since");
  await show({ ...NOTES, sections }, NOTHING_YET, "ready", corrected);
  expect(box.textContent).toContain("What was said here was corrected since.");
  expect(box.textContent).not.toContain("my knee hurts");
  await press(named("Hear where this was said, at 0:01"));
  expect(hear).toHaveBeenCalledOnce();
  await press(button("Edit"));
  expect(box.querySelector("form")?.textContent).toContain("What was said here was corrected since.");
  expect(box.textContent).not.toContain("my knee hurts");
});

test("no words about risk is not told as no risk", async () => {
  await show({
    ...NOTES,
    sections: NOTES.sections.slice(0, 2),
  });
  expect(box.textContent).toContain("No words about risk were found");
  expect(box.textContent).toContain("That does not say that there is none.");
});

test("where risks are not looked for, that none was found is never said", async () => {
  await show({ ...NOTES, screened: false, sections: NOTES.sections.slice(0, 2) });
  expect(box.textContent).toContain("Not screened for risk");
  expect(box.textContent).not.toContain("No words about risk were found");
});

test("what a model flagged where risks are not looked for is shown, and that they were not", async () => {
  await show({ ...NOTES, screened: false });
  expect(box.textContent).toContain("Not screened for risk");
  expect(box.textContent).toContain("Suicide · High risk");
});

test.each([
  [{ tokens: 12_340, cost: 0.031, uncounted: 1 }, "took at least 12,340 tokens in all, about $0.03."],
  [{ tokens: 220, cost: null }, "took 220 tokens in all."],
])("what the notes took is told in all, as the least where an answer was not counted", async (took, said) => {
  await show({ ...NOTES, ...took });
  expect(box.textContent).toContain(said);
});

test("a change is saved as a whole, from the keyboard too", async () => {
  await show(NOTES);
  await press(button("Edit"));
  await write(field("Key topics, statement 1"), "Both knees hurt.");
  await key("Enter", field("Key topics, statement 1"));
  expect(document.activeElement).toBe(field("Key topics, statement 2"));
  await write(field("Key topics, statement 2"), "Since May.");
  await press(named("Key topics, statement 2: Cite what is playing"));
  await press(named("Key topics, statement 3: remove"));
  api.edited = () =>
    Promise.resolve({ ...NOTES, revision: 1, edited_at: "2026-03-04T11:00:00Z", edited_by: "ann" });
  await press(button("Save"));
  await until(() => expect(box.textContent).toContain("Edited, not signed"));
  const [, sent] = api.asked[0] as [string, { sections: { statements: unknown[] }[] }];
  expect(sent).toMatchObject({ generation: 1, revision: 0 });
  expect(sent.sections[0]?.statements).toEqual([
    { id: "key_topics-0", text: "Both knees hurt.", segment_ids: ["a"], severity: null },
    { id: null, text: "Since May.", segment_ids: ["b"], severity: null },
  ]);
});

test("which risk a flag names and how grave it is are a person's to change", async () => {
  await show(NOTES);
  await press(button("Edit"));
  await choose("Risk flags, statement 1: kind of risk", "self_harm");
  await choose("Risk flags, statement 1: severity", "low");
  await press(button("Save"));
  const [, sent] = api.asked[0] as [string, { sections: { statements: unknown[] }[] }];
  expect(sent.sections[2]?.statements).toEqual([
    {
      id: "risk_flags-0",
      text: "I want to end it all.",
      segment_ids: ["b"],
      severity: "low",
      risk: "self_harm",
      denied: false,
    },
  ]);
});

test("a risk that a person adds is asked which one it is", async () => {
  await show(NOTES);
  await press(button("Edit"));
  await press(named("Add a statement to Risk flags"));
  await write(field("Risk flags, statement 2"), "Was beaten.");
  const kind = named("Risk flags, statement 2: kind of risk") as HTMLSelectElement;
  expect(kind.selectedOptions[0]?.textContent).toBe("Which risk?");
  await choose("Risk flags, statement 2: kind of risk", "abuse");
  expect([...kind.options].map(({ textContent }) => textContent)).not.toContain("Which risk?");
  await press(button("Save"));
  expect(api.asked[0]).toMatchObject([
    "editNotes",
    { sections: [{}, {}, { statements: [{}, { text: "Was beaten.", severity: "medium", risk: "abuse" }] }] },
  ]);
});

test("while a statement is changed its evidence is seen and heard without leaving the notes", async () => {
  await show(NOTES);
  await press(button("Edit"));
  await write(field("Key topics, statement 1"), "Both knees hurt.");
  expect(box.textContent).toContain("my knee hurts");
  await press(named("Key topics, statement 1: Hear where this was said, at 0:01"));
  expect(listen).toHaveBeenCalledWith({ segmentId: "a", ms: 1_300, who: null });
  expect(hear).not.toHaveBeenCalled();
  await press(named("Key topics, statement 1: take away 0:01"));
  expect(box.textContent).not.toContain("my knee hurts");
  expect(box.textContent).toContain("Added without a place in the transcript.");
});

test("somebody else's version is told, shown, and never overwritten unseen", async () => {
  await show(NOTES);
  await press(button("Edit"));
  await write(field("Key topics, statement 1"), "Mine.");
  api.edited = () => Promise.reject(new WireError("edit_conflict", "newer", false));
  api.notes_ = { ...NOTES, revision: 2, edited_by: "ben", edited_at: "2026-03-04T11:00:00Z" };
  await press(button("Save"));
  await until(() => expect(box.textContent).toContain("ben changed them while you were writing"));
  expect(field("Key topics, statement 1").value).toBe("Mine.");
  api.edited = () => Promise.resolve({ ...NOTES, revision: 3, edited_at: "2026-03-04T11:01:00Z" });
  await press(button("Go on with mine"));
  await press(button("Save"));
  await until(() => expect(document.querySelector("form")).toBeNull());
  expect(api.asked.at(-1)).toMatchObject(["editNotes", { revision: 2 }]);
});

test("what was written is thrown away only after asking", async () => {
  await show(NOTES);
  await press(button("Edit"));
  await write(field("Key topics, statement 1"), "Mine.");
  await key("Escape", field("Key topics, statement 1"));
  expect(box.textContent).toContain("Throw your changes away?");
  await press(button("Throw away"));
  expect(box.textContent).toContain("The knee hurts.");
  expect(api.asked).toEqual([]);
});

test("exactly what is on the screen is signed, after saying what that means", async () => {
  await show(NOTES);
  await press(button("Sign"));
  await until(() => expect(document.body.textContent).toContain("By signing you say"));
  expect(document.body.textContent).toContain("They name one risk.");
  api.edited = () =>
    Promise.resolve({ ...NOTES, revision: 1, signed_at: "2026-03-04T11:00:00Z", signed_by: "ann" });
  await press(button("Sign the notes"));
  await until(() => expect(box.textContent).toContain("Signed by ann"));
  expect(api.asked).toEqual([["signNotes", { generation: 1, revision: 0 }]]);
  expect([...box.querySelectorAll("button")].map((each) => each.textContent)).not.toContain("Sign");
});

test("newer notes than the signed ones are told of", async () => {
  await show({ ...NOTES, newest: 2, revision: 1, signed_at: "2026-03-04T11:00:00Z", signed_by: "ann" });
  expect(box.textContent).toContain("Newer notes were written after these were signed");
  api.written_ = { ...NOTES, generation: 2, newest: 2, revision: 0 };
  await press(button("Look at the newer ones"));
  await until(() => expect(box.textContent).toContain("nothing has changed yet"));
  expect(box.textContent).toContain("Newer, not saved");
  expect(box.textContent).not.toContain("Signed");
  expect(document.activeElement).toBe(named("Change the notes"));
  await press(button("Cancel"));
  expect(box.textContent).toContain("Signed by ann");
  await press(button("Look at the newer ones"));
  await until(() => button("Save"));
  api.edited = () =>
    Promise.resolve({ ...NOTES, generation: 2, newest: 2, revision: 2, edited_at: "2026-03-05" });
  await press(button("Save"));
  await until(() => expect(box.textContent).not.toContain("Newer notes were written"));
  expect(api.asked.at(-1)).toMatchObject(["editNotes", { generation: 2, revision: 1 }]);
});

test("what was signed can be read after it was changed", async () => {
  const signature = { revision: 1, signed_at: "2026-03-04T11:00:00Z", signed_by: "ann" };
  const statements = [{ id: "key_topics-0", text: "As it was signed.", segment_ids: ["a"], quote: null }];
  const sections = [{ key: "key_topics", title: "Key topics", statements }];
  api.versions[1] = { ...NOTES, ...signature, sections, signatures: [signature] };
  await show({ ...NOTES, revision: 2, signatures: [signature] });
  expect(box.textContent).not.toContain("As it was signed.");
  await press(button(`Signed version of ${when(signature.signed_at)}`));
  await until(() => expect(document.body.textContent).toContain("As it was signed."));
  expect(document.body.textContent).toContain("Signed by ann.");
  const place = document.querySelector<HTMLElement>('[role="dialog"] [aria-label^="Hear"]');
  if (place === null) throw new Error("nothing can be heard there");
  await press(place);
  expect(hear).toHaveBeenCalledWith({ segmentId: "a", ms: 1_000, who: null });
  await until(() => expect(document.body.textContent).not.toContain("As it was signed."));
});

test("what was signed is taken along as it was signed, also after it was changed", async () => {
  vi.spyOn(HTMLAnchorElement.prototype, "click").mockReturnValue();
  const signature = { revision: 1, signed_at: "2026-03-04T11:00:00Z", signed_by: "ann" };
  api.versions[1] = { ...NOTES, ...signature, signatures: [signature] };
  await show({ ...NOTES, revision: 2, signatures: [signature] });
  await press(button(`Signed version of ${when(signature.signed_at)}`));
  await until(() => button("Export this version"));
  await press(button("Export this version"));
  await press(button("PDF"));
  expect(api.asked).toEqual([["export", "pdf", 1]]);
  expect(document.body.textContent).toContain("The file is saved");
  expect(document.body.textContent).not.toContain("Subtitles");
  api.export = () => Promise.reject(new WireError("too_large", "no", false));
  await press(button("PDF"));
  await until(() => expect(document.body.textContent).toContain("too long for a file of this kind"));
});

test("a version that is signed is no earlier one", async () => {
  const signature = { revision: 1, signed_at: "2026-03-04T11:00:00Z", signed_by: "ann" };
  await show({ ...NOTES, ...signature, signatures: [signature] });
  expect(box.textContent).toContain("Signed by ann");
  expect(box.textContent).not.toContain("Signed version of");
});

test("sections appear while they are written", async () => {
  const writing = { generation: 2, sections: NOTES.sections.slice(0, 1) };
  await show(NOTES, { ...NOTHING_YET, writing }, "noting");
  expect(box.textContent).toContain("Being written");
  expect(box.textContent).toContain("The knee hurts.");
});

test("notes can be written where there are none", async () => {
  await show(null);
  await press(button("Write notes"));
  await until(() => button("Write"));
  await press(button("Write"));
  await until(() => expect(api.asked).toEqual([["writeNotes", { template: "session" }]]));
});

test("tells before writing who writes, and whether the transcript leaves for it", async () => {
  api.writers_ = [{ name: "gemini gemini-2.5-flash", leaves: true }];
  await show({ ...NOTES, writer: "openai llama", leaves: true });
  expect(box.textContent).toContain(
    "written by: llama. The transcript was sent to the language model server",
  );
  await press(button("Write again"));
  await until(() => expect(document.body.textContent).toContain("Written by: Gemini (gemini-2.5-flash)."));
  expect(document.body.textContent).toContain("The transcript is sent to Google.");
});

test("the patient's words are copied alone, and that they were is told", async () => {
  const copied = vi.spyOn(navigator.clipboard, "writeText").mockResolvedValue();
  const statements = ["You have a bruise.", "Rest it."].map((text, at) => ({
    id: `patient_summary-${at}`,
    text,
    segment_ids: ["a"],
    quote: null,
  }));
  const summary = { key: "patient_summary", title: "Summary for the patient", statements };
  await show({ ...NOTES, sections: [...NOTES.sections, summary] });
  await press(button("Copy for the patient"));
  await until(() => expect(box.textContent).toContain("Copied."));
  expect(copied.mock.calls).toEqual([["You have a bruise. Rest it."]]);
  copied.mockRejectedValue(new Error("not allowed"));
  await press(button("Copy for the patient"));
  await until(() => expect(box.textContent).toContain("Not copied"));
});
