import { expect, test } from "vitest";

import { change, draftOf, draftOfNewer, editOf, isChanged, isOvertaken } from "../../src/notes/draft";
import { NOTES } from "./scripted_notes";

const DRAFT = draftOf(NOTES);

test("a draft that was only opened is unchanged, and says so again when a change is taken back", () => {
  expect(isChanged(DRAFT)).toBe(false);
  const written = change(DRAFT, { type: "write", key: "key_topics-0", text: "Both knees hurt." });
  expect(isChanged(written)).toBe(true);
  expect(isChanged(change(written, { type: "write", key: "key_topics-0", text: " The knee hurts. " }))).toBe(
    false,
  );
});

test("what is sent has every section, without what was removed or left empty", () => {
  let draft = change(DRAFT, { type: "remove", key: "key_topics-1" });
  draft = change(draft, { type: "add", section: "mood", after: null, key: "new", severity: null });
  draft = change(draft, { type: "add", section: "mood", after: "new", key: "empty", severity: null });
  draft = change(draft, { type: "write", key: "new", text: "Calm." });
  draft = change(draft, { type: "cite", key: "new", segmentId: "b" });
  const { generation, revision, sections } = editOf(draft);
  expect([generation, revision]).toEqual([1, 0]);
  expect(sections.map(({ key, statements }) => [key, statements.map(({ id, text }) => [id, text])])).toEqual([
    ["key_topics", [["key_topics-0", "The knee hurts."]]],
    ["mood", [[null, "Calm."]]],
    ["risk_flags", [["risk_flags-0", "I want to end it all."]]],
  ]);
  expect(sections[1]?.statements[0]?.segment_ids).toEqual(["b"]);
});

test("a statement that was there can be put back; one that was added goes away", () => {
  let draft = change(DRAFT, {
    type: "add",
    section: "key_topics",
    after: "key_topics-0",
    key: "new",
    severity: null,
  });
  const order = () => draft.sections[0]?.statements.map(({ key, removed }) => [key, removed]);
  expect(order()).toEqual([
    ["key_topics-0", false],
    ["new", false],
    ["key_topics-1", false],
  ]);
  draft = change(draft, { type: "remove", key: "new" });
  draft = change(draft, { type: "remove", key: "key_topics-1" });
  expect(order()).toEqual([
    ["key_topics-0", false],
    ["key_topics-1", true],
  ]);
  draft = change(draft, { type: "put_back", key: "key_topics-1" });
  expect(isChanged(draft)).toBe(false);
});

test("while it is saved nothing changes it, and a refusal leaves what was written", () => {
  const written = change(DRAFT, { type: "write", key: "key_topics-0", text: "Both knees hurt." });
  const saving = change(written, { type: "save" });
  expect(change(saving, { type: "write", key: "key_topics-0", text: "" })).toBe(saving);
  const refused = change(saving, { type: "refused", code: "unreachable" });
  expect([refused.phase, refused.trouble]).toEqual(["open", "unreachable"]);
  expect(editOf(refused)).toEqual(editOf(written));
});

test("mine on top of a newer version keeps every word, and sends statements that went away as new ones", () => {
  const written = change(DRAFT, { type: "write", key: "key_topics-1", text: "Since June." });
  const theirs = { ...NOTES, revision: 3, sections: NOTES.sections.slice(1) };
  expect([isOvertaken(written, NOTES), isOvertaken(written, theirs)]).toEqual([false, true]);
  const mine = change(written, { type: "keep_mine", notes: theirs });
  expect([isOvertaken(mine, theirs), isChanged(mine)]).toEqual([false, true]);
  const sent = editOf(mine);
  expect(sent.revision).toBe(3);
  expect(sent.sections[0]?.statements.map(({ id, text }) => [id, text])).toEqual([
    [null, "The knee hurts."],
    [null, "Since June."],
  ]);
  expect(sent.sections[2]?.statements[0]?.id).toBe("risk_flags-0");
});

test("mine stays what it was written from when the notes were written anew, though ids there are alike", () => {
  const written = change(DRAFT, { type: "write", key: "risk_flags-0", text: "Took an overdose." });
  const anew = { ...NOTES, generation: 2, newest: 2 };
  expect(isOvertaken(written, anew)).toBe(true);
  const mine = change(written, { type: "keep_mine", notes: anew });
  expect([isOvertaken(mine, anew), isChanged(mine)]).toEqual([false, true]);
  const { generation, revision, sections } = editOf(mine);
  expect([generation, revision]).toEqual([1, 0]);
  expect(sections[2]?.statements[0]).toMatchObject({ id: "risk_flags-0", text: "Took an overdose." });
  expect(isOvertaken(mine, { ...anew, generation: 3, newest: 3 })).toBe(true);
});

test("mine of a person's version puts nobody's evidence under its words when other notes took its place", () => {
  const mine = draftOf({ ...NOTES, revision: 2 });
  const newer = { ...NOTES, generation: 2, newest: 2, revision: 3 };
  const sent = editOf(change(mine, { type: "keep_mine", notes: newer }));
  expect([sent.generation, sent.revision]).toEqual([1, 3]);
  expect(sent.sections.flatMap(({ statements }) => statements.map(({ id }) => id))).toEqual([
    null,
    null,
    null,
  ]);
  expect(sent.sections[2]?.statements[0]).toMatchObject({ risk: "suicide", severity: "high", denied: false });
});

test("newer notes that were looked at are overtaken only by another version than the one that stood", () => {
  const standing = { ...NOTES, newest: 2, revision: 1 };
  const draft = draftOfNewer({ ...NOTES, generation: 2, newest: 2, revision: 1 }, standing);
  expect(isOvertaken(draft, standing)).toBe(false);
  expect(isOvertaken(draft, { ...standing, revision: 2 })).toBe(true);
});

test("a risk that goes away in a newer version keeps its kind in mine", () => {
  const theirs = { ...NOTES, revision: 3, sections: NOTES.sections.slice(0, 2) };
  const mine = change(DRAFT, { type: "keep_mine", notes: theirs });
  expect(editOf(mine).sections[2]?.statements[0]).toMatchObject({
    id: null,
    risk: "suicide",
    severity: "high",
  });
});
