import { expect, test } from "vitest";

import { keyOf } from "../../src/templates/key_of";
import {
  change,
  draftOf,
  editOf,
  isChanged,
  isOvertaken,
  newDraft,
  type TemplateDraft,
} from "../../src/templates/template_draft";
import { wrongFields } from "../../src/templates/wrong_fields";
import { TEMPLATE } from "../notes/scripted_notes";

const OWN = { ...TEMPLATE, id: "ours", built_in: false, version: 3 };
const DRAFT = draftOf(OWN);

function order({ sections }: TemplateDraft) {
  return sections.map(({ title, removed }) => (removed ? `(${title})` : title));
}

test("a template that was only opened is unchanged, and says so again when a change is taken back", () => {
  expect(isChanged(DRAFT)).toBe(false);
  const renamed = change(DRAFT, { type: "rename", name: "Visit" });
  expect(isChanged(renamed)).toBe(true);
  expect(isChanged(change(renamed, { type: "rename", name: ` ${OWN.name} ` }))).toBe(false);
  const swapped = change(DRAFT, { type: "move", section: "mood", by: 1 });
  expect(isChanged(swapped)).toBe(true);
  expect(isChanged(change(swapped, { type: "move", section: "mood", by: -1 }))).toBe(false);
});

test("sections move by one place and stop at the ends", () => {
  const up = change(DRAFT, { type: "move", section: "mood", by: -1 });
  expect(order(up)).toEqual(["Mood", "Key topics", "Risk flags"]);
  expect(change(up, { type: "move", section: "mood", by: -1 }).sections).toBe(up.sections);
  expect(order(change(up, { type: "move", section: "risk_flags", by: 1 }))).toEqual(order(up));
});

test("what was taken out is passed over, and takes along only what was wrong with it", () => {
  let draft = change(DRAFT, { type: "remove", section: "mood" });
  draft = change(draft, { type: "move", section: "key_topics", by: 1 });
  expect(order(draft)).toEqual(["(Mood)", "Risk flags", "Key topics"]);
  const message = "the template is not usable: sections[0].most: too many; sections[1].most: too many";
  draft = change(draft, { type: "refused", code: "invalid", message });
  draft = change(draft, { type: "remove", section: "risk_flags" });
  expect(Object.keys(draft.trouble?.fields ?? {})).toEqual(["key_topics most"]);
});

test("a section that was there can be put back, one in which nothing was written goes away", () => {
  let draft = change(DRAFT, { type: "add", id: "new" });
  expect(order(draft)).toEqual(["Key topics", "Mood", "Risk flags", ""]);
  draft = change(draft, { type: "remove", section: "new" });
  draft = change(draft, { type: "remove", section: "mood" });
  expect(order(draft)).toEqual(["Key topics", "(Mood)", "Risk flags"]);
  expect(editOf(draft).sections.map(({ key }) => key)).toEqual(["key_topics", "risk_flags"]);
  expect(isChanged(change(draft, { type: "put_back", section: "mood" }))).toBe(false);
});

test("sections keep the key that notes know them by, and new ones get one of their own", () => {
  let draft = change(DRAFT, { type: "write", section: "mood", field: "title", text: "How it feels" });
  draft = change(draft, { type: "add", id: "new" });
  draft = change(draft, { type: "write", section: "new", field: "title", text: "Mood!" });
  draft = change(draft, { type: "write", section: "new", field: "most", text: "3" });
  const { version, sections } = editOf(draft);
  expect(version).toBe(3);
  expect(sections.map(({ key, title, most }) => [key, title, most])).toEqual([
    ["key_topics", "Key topics", 5],
    ["mood", "How it feels", 5],
    ["risk_flags", "Risk flags", 5],
    ["mood_2", "Mood!", 3],
  ]);
});

test("a new template names no version, and a copy is worth saving as it is", () => {
  const empty = newDraft(null);
  expect([isChanged(empty), editOf(empty).version, order(empty)]).toEqual([false, 0, [""]]);
  const copy = newDraft(TEMPLATE);
  expect([isChanged(copy), copy.template, copy.name]).toEqual([true, null, "Session note (copy)"]);
  expect(editOf(copy).sections).toEqual(TEMPLATE.sections);
});

test("what the server finds wrong stands at its field until that is written anew, counted without what was removed", () => {
  let draft = change(DRAFT, { type: "remove", section: "key_topics" });
  draft = change(draft, { type: "save" });
  expect(change(draft, { type: "rename", name: "late" })).toBe(draft);
  const message =
    "the template is not usable: name: String should have at least 1 character; sections[1].most: Input should be less than or equal to 50";
  draft = change(draft, { type: "refused", code: "invalid", message });
  expect(draft.trouble?.fields).toEqual({
    name: "String should have at least 1 character",
    "risk_flags most": "Input should be less than or equal to 50",
  });
  draft = change(draft, { type: "write", section: "risk_flags", field: "most", text: "5" });
  expect(Object.keys(draft.trouble?.fields ?? {})).toEqual(["name"]);
  expect(change(draft, { type: "rename", name: "Visit" }).trouble).toBeNull();
});

test("a refusal that names no field is kept whole", () => {
  expect(wrongFields("an organisation has 100 templates at most")).toEqual([]);
  const draft = change(DRAFT, { type: "refused", code: "forbidden", message: "no" });
  expect(draft.trouble).toEqual({ code: "forbidden", message: "no", fields: {} });
});

test("mine on top of a newer version is sent as a change of that one", () => {
  const theirs = { ...OWN, version: 4 };
  expect([isOvertaken(DRAFT, OWN), isOvertaken(DRAFT, theirs)]).toEqual([false, true]);
  const mine = change(DRAFT, { type: "keep_mine", version: 4 });
  expect([isOvertaken(mine, theirs), isChanged(mine), editOf(mine).version]).toEqual([false, true, 4]);
});

test.each([
  ["Ärztlicher Bericht, 2. Teil", "arztlicher_bericht_2_teil"],
  ["42", "section"],
  ["診察", "section"],
  ["a".repeat(31) + " b", "a".repeat(31)],
  ["Plan", "plan_3"],
])("%s is known as %s", (name, key) => {
  expect(keyOf(name, new Set(["plan", "plan_2"]), "section")).toBe(key);
});

test("a key of full length stays one when it is numbered", () => {
  const long = "a".repeat(32);
  expect(keyOf(long, new Set([long]), "section")).toBe("a".repeat(30) + "_2");
});
