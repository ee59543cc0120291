import { expect, test } from "vitest";

import { afterEvent, afterSteps, type AfterStop, NOTHING_YET } from "../../src/live/after_stop";
import { grade, languageMix, percent, warnings } from "../../src/after_stop/quality_words";
import { phaseOf, timeLeft, WAITED } from "../../src/after_stop/step_words";
import { readEvent } from "../../src/wire/event";
import type { QualityView } from "../../src/wire/messages";

/** What follows from events as they come from the server. */
function fold(...events: [type: string, data: object][]): AfterStop {
  return events.reduce((after, [type, data], at) => {
    const event = readEvent({ session_id: "s", version: at + 1, type, at: "", data });
    if (event === null || event.type === "other") throw new Error(`${type} is not known`);
    return afterEvent(after, event);
  }, NOTHING_YET);
}

const section = (key: string, text: string) => ({
  key,
  title: key,
  statements: [{ id: `${key}-0`, text, segment_ids: [] }],
});

test("a step that failed is shown until it is done again, each by itself", () => {
  const failed = fold(
    ["step.failed", { step: "label", code: "unavailable" }],
    ["session.state", { state: "noting" }],
    ["step.failed", { step: "note", code: "bad_answer" }],
    ["session.state", { state: "ready" }],
  );
  expect(failed.failed.map(({ step, code }) => [step, code])).toEqual([
    ["label", "unavailable"],
    ["note", "bad_answer"],
  ]);
  const again = afterEvent(failed, {
    session_id: "s",
    version: 9,
    type: "session.state",
    data: { state: "noting" },
  });
  expect(again.failed.map(({ step }) => step)).toEqual(["label"]);
});

test("a late chunk makes everything anew", () => {
  const after = fold(
    ["step.failed", { step: "index", code: "unavailable" }],
    ["note.section", { generation: 1, section: section("mood", "Calm.") }],
    ["session.state", { state: "transcribing" }],
  );
  expect([after.failed, after.writing, after.progress]).toEqual([[], null, {}]);
});

test("sections stream in, replace themselves, and give way to the notes; an older generation says nothing", () => {
  const writing = fold(
    ["note.section", { generation: 2, section: section("mood", "Calm.") }],
    ["note.section", { generation: 2, section: section("plan", "Rest.") }],
    ["note.section", { generation: 1, section: section("mood", "Old.") }],
    ["note.section", { generation: 2, section: section("mood", "Calm and rested.") }],
  );
  expect(writing.writing?.sections.map(({ statements }) => statements[0]?.text)).toEqual([
    "Calm and rested.",
    "Rest.",
  ]);
  const done = afterEvent(writing, {
    session_id: "s",
    version: 9,
    type: "artifact.ready",
    data: { kind: "notes", generation: 2 },
  });
  expect([done.writing, done.artifacts]).toEqual([null, { notes: 2 }]);
});

test("a view begins with what the steps say", () => {
  const step = (step: string, state: string, code: string | null = null) => ({
    step,
    state,
    generation: 3,
    code,
  });
  const after = afterSteps([
    step("label", "done"),
    step("note", "failed", "bad_answer"),
    step("index", "running"),
  ]);
  expect(after.failed).toEqual([{ step: "note", code: "bad_answer" }]);
  expect(after.artifacts).toEqual({ labels: 3 });
});

test("each step is to come, under way, done or failed", () => {
  const failed = fold(["step.failed", { step: "label", code: "unavailable" }]);
  const phases = (state: "transcribing" | "noting" | "ready", after = NOTHING_YET) =>
    WAITED.map((step) => phaseOf(step, state, after));
  expect(phases("transcribing")).toEqual(["under_way", "waiting", "waiting"]);
  expect(phases("noting", failed)).toEqual(["done", "failed", "under_way"]);
  expect(phases("ready", failed)).toEqual(["done", "failed", "done"]);
});

test("the time that is left is said in steps that do not flicker", () => {
  expect([undefined, null, 2, 18, 59, 61, 600].map(timeLeft)).toEqual([
    null,
    null,
    "a few seconds left",
    "about 20 s left",
    "about 60 s left",
    "about 2 min left",
    "about 10 min left",
  ]);
});

const QUALITY: QualityView = {
  generation: 1,
  score: 92,
  words: 500,
  words_per_minute: 130.4,
  missing_share: 0.034,
  failed_share: 0.004,
  unsure_share: 0.02,
  repeated_share: 0,
  languages: { en: 490, de: 10 },
  unsure: [],
  repeated: [],
  warnings: [],
};

test("quality is told in words, also what a newer server warns of", () => {
  expect(warnings({ ...QUALITY, warnings: ["parts_failed", "parts_missing", "humming"] })).toEqual([
    "Transcribing less than 1 % of the recording failed. It can be tried again.",
    "3 % of the session was not recorded or never arrived.",
    "Another warning: humming.",
  ]);
  expect([92, 70, 30].map((score) => grade({ ...QUALITY, score }).words)).toEqual(["Good", "Fair", "Poor"]);
  expect(grade({ ...QUALITY, score: 0, words: 0 }).words).toBe("No words");
  expect(percent(0)).toBe("0 %");
  expect(languageMix(QUALITY.languages)).toBe("English 98 %, German 2 %");
  expect(languageMix({ en: 3 })).toBe("English");
  expect(languageMix({})).toBe("");
  expect(warnings({ ...QUALITY, warnings: ["mixed_languages"] })).toEqual([
    "More than one language was heard (English 98 %, German 2 %). Text in the rarer ones is less certain.",
  ]);
});

test("a transcript of which a tenth is missing is not called good", () => {
  const graded = (missing_share: number, failed_share: number) =>
    grade({ ...QUALITY, score: 89, missing_share, failed_share });
  expect(graded(0.11, 0)).toEqual({ words: "Fair", tone: "warn" });
  expect(graded(0.05, 0.05).words).toBe("Fair");
  expect(graded(0.05, 0.04).words).toBe("Good");
});
