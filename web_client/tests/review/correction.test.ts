import { describe, expect, it } from "vitest";

import { changes, correct, type Correction, type CorrectionStep } from "../../src/review/correction";
import { segment } from "./scripted";

const heard = segment(
  "a",
  [
    ["Good", 0, 500],
    ["mourning", 500, 900],
  ],
  { speaker: "S1" },
);
const other = segment("b", [["Yes", 1_000, 1_500]]);

function after(...steps: CorrectionStep[]): Correction | null {
  return steps.reduce<Correction | null>(correct, null);
}

const opened: CorrectionStep = { type: "open", segment: heard };
const written: CorrectionStep = { type: "write", text: "Good morning" };

describe("a correction", () => {
  it("sends only what differs", () => {
    const both = after(opened, written, { type: "name", speaker: "S2" });
    expect(both && changes(both)).toEqual({ text: "Good morning", speaker: "S2" });
    const back = after(opened, written, { type: "write", text: " Good mourning " });
    expect(back && changes(back)).toEqual({});
    const nobody = after(opened, { type: "name", speaker: null });
    expect(nobody && changes(nobody)).toEqual({ speaker: null });
  });

  it("closes without a request when nothing was changed, or with Escape", () => {
    expect(after(opened, { type: "save" })).toBeNull();
    expect(after(opened, written, { type: "cancel" })).toBeNull();
  });

  it("stays as it is while it is on its way, and closes with the answer", () => {
    const saving = after(opened, written, { type: "save" });
    expect(saving?.phase).toBe("saving");
    expect(correct(saving, { type: "cancel" })).toBe(saving);
    expect(correct(saving, { type: "write", text: "Bad" })).toBe(saving);
    expect(correct(saving, { type: "save" })).toBe(saving);
    expect(correct(saving, { type: "saved", segmentId: "b" })).toBe(saving);
    expect(correct(saving, { type: "saved", segmentId: "a" })).toBeNull();
  });

  it("keeps the text when it was refused, and can be saved again", () => {
    const refused = after(
      opened,
      written,
      { type: "save" },
      { type: "refused", segmentId: "a", code: "unreachable" },
    );
    expect(refused).toMatchObject({ phase: "open", trouble: "unreachable", now: { text: "Good morning" } });
    expect(correct(refused, { type: "save" })).toMatchObject({ phase: "saving", trouble: null });
  });

  it("says with an empty text that nothing was said", () => {
    const emptied = after(opened, { type: "write", text: "  " }, { type: "save" });
    expect(emptied).toMatchObject({ phase: "saving", trouble: null });
    expect(emptied && changes(emptied)).toEqual({ text: "" });
  });

  it("gives way to another segment only while nothing would be lost", () => {
    expect(after(opened, { type: "open", segment: other })?.segmentId).toBe("b");
    expect(after(opened, written, { type: "open", segment: other })).toMatchObject({
      segmentId: "a",
      blocked: true,
      now: { text: "Good morning" },
    });
  });

  it("says when somebody else, or another run, changed the segment meanwhile", () => {
    const theirs: CorrectionStep = {
      type: "seen",
      segment: { id: "a", text: "Good evening", speaker: "S1" },
    };
    const overtaken = after(opened, written, theirs);
    expect(overtaken).toMatchObject({ overtaken: { text: "Good evening" }, now: { text: "Good morning" } });
    expect(correct(overtaken, theirs)).toBe(overtaken);
    expect(correct(overtaken, { type: "take_theirs" })).toBeNull();
    expect(correct(overtaken, { type: "seen", segment: heard })).toMatchObject({ overtaken: null });
  });

  it("outlives its segment only while it holds something written", () => {
    const gone: CorrectionStep = { type: "seen", segment: { id: "a", text: "", speaker: null } };
    expect(after(opened, gone)).toBeNull();
    expect(after(opened, written, gone)).toMatchObject({ now: { text: "Good morning" } });
    expect(after(opened, written, gone, { type: "cancel" })).toBeNull();
  });

  it("does not take its own change for somebody else's", () => {
    const saving = after(opened, written, { type: "save" });
    expect(correct(saving, { type: "seen", segment: { ...heard, text: "Good morning" } })).toBe(saving);
  });
});
