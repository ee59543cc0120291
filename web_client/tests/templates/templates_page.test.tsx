import { act } from "react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Route, Switch } from "wouter";

import { TemplatePage } from "../../src/templates/template_page";
import { TemplatesPage } from "../../src/templates/templates_page";
import { WireError } from "../../src/wire/answer";
import type { WireTemplate } from "../../src/wire/messages";
import { TEMPLATE } from "../notes/scripted_notes";
import { field } from "../screens/field";
import { button, key, press, scriptedParts, show, takeDown, until, write } from "../screens/scripted_parts";

const OWN: WireTemplate = { ...TEMPLATE, id: "ours", name: "Ours", version: 3, built_in: false };
const BROKEN: WireTemplate = { ...OWN, id: "broken", name: "broken", sections: [] };

let parts: ReturnType<typeof scriptedParts>;

beforeEach(() => {
  Object.defineProperty(document, "fonts", { value: new EventTarget(), configurable: true });
  parts = scriptedParts();
  parts.api.noteTemplates.mockResolvedValue({ items: [TEMPLATE, OWN, BROKEN], writers: [] });
  parts.api.saveTemplate.mockImplementation((id, edit) =>
    Promise.resolve({ ...edit, id, version: (edit.version ?? 0) + 1, built_in: false }),
  );
});

afterEach(() => {
  takeDown();
  vi.unstubAllGlobals();
});

async function open(path: string) {
  const shown = await show(
    <Switch>
      <Route path="/templates" component={TemplatesPage} />
      <Route path="/templates/:id">{({ id }) => <TemplatePage key={id} id={id} />}</Route>
    </Switch>,
    parts,
    path,
  );
  await until(() => expect(parts.api.noteTemplates).toHaveBeenCalled());
  return shown;
}

function sent() {
  return parts.api.saveTemplate.mock.lastCall;
}

test("the list says which templates come with Hearken, which can be changed, and which are damaged", async () => {
  const { page } = await open("/templates");
  await until(() => expect(page.querySelectorAll("li")).toHaveLength(3));
  const [builtIn, own, broken] = [...page.querySelectorAll("li")].map((row) => row.textContent);
  expect(builtIn).toMatch(/Comes with Hearken.*Key topics · Mood · Risk flags.*Copy/);
  expect(own).toMatch(/Ours.*Edit/);
  expect(broken).toMatch(/Cannot be used.*write it anew/);
  expect(page.textContent).toContain("Everybody of Clinic");
});

test("one that comes with Hearken is read, with the reason, and its copy is saved under an id that is free", async () => {
  const { page, visited } = await open("/templates/session");
  await until(() => expect(page.textContent).toContain("This template cannot be changed"));
  expect(page.querySelector("form")).toBeNull();
  await press(button("Copy it"));
  expect(page.textContent).toContain("A copy of “Session note”");
  await write(field(page, "Name"), "Session");
  await press(button("Save"));
  await until(() => expect(visited.at(-1)).toBe("/templates"));
  expect(sent()).toMatchObject(["session_2", { name: "Session", version: 0, sections: TEMPLATE.sections }]);
});

test("sections are added and moved by keys, and what was focused stays so", async () => {
  const { page } = await open("/templates/ours");
  await until(() => expect(page.querySelectorAll("ol > li")).toHaveLength(3));
  const mood = [...page.querySelectorAll("ol > li")][1]?.querySelector("input");
  mood?.focus();
  act(() => {
    mood?.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowUp", altKey: true, bubbles: true }));
  });
  await until(() => expect(page.querySelector("ol > li")?.getAttribute("aria-label")).toContain("Mood"));
  expect(document.activeElement).toBe(mood);
  expect(page.textContent).toContain("Mood is number 1 of 3 now");
  await press(button("Add a section"));
  const added = document.activeElement as HTMLInputElement;
  await write(added, "Home work");
  await press(button("Save"));
  await until(() => expect(sent()?.[0]).toBe("ours"));
  expect(sent()?.[1].version).toBe(3);
  expect(sent()?.[1].sections.map((section) => section.key)).toEqual([
    "mood",
    "key_topics",
    "risk_flags",
    "home_work",
  ]);
});

test("what the server finds wrong is said at the field, which gets the focus", async () => {
  parts.api.saveTemplate.mockRejectedValue(
    new WireError("invalid", "the template is not usable: sections[1].most: Input should be 50", false),
  );
  const { page } = await open("/templates/ours");
  await until(() => expect(page.querySelector("form")).not.toBeNull());
  const most = () => [...page.querySelectorAll<HTMLInputElement>("input[type=number]")][1];
  const second = most();
  if (second === undefined) throw new Error("there is no second section");
  await write(second, "99");
  await press(button("Save"));
  await until(() => expect(page.textContent).toContain("Input should be 50"));
  expect(most()?.getAttribute("aria-invalid")).toBe("true");
  await until(() => expect(document.activeElement).toBe(most()));
  await write(second, "9");
  await until(() => expect(page.textContent).not.toContain("Input should be 50"));
});

test("a change outlives the page until it is thrown away, which is asked", async () => {
  const { page, visited } = await open("/templates/ours");
  await until(() => expect(page.querySelector("form")).not.toBeNull());
  await write(field(page, "Name"), "Theirs");
  await press(button("Note templates"));
  expect(page.textContent).toContain("Not saved yet");
  await press(button("Edit"));
  expect(field(page, "Name").value).toBe("Theirs");
  await key("Escape", field(page, "Name"));
  expect(page.textContent).toContain("Throw your changes away?");
  await press(button("Throw away"));
  expect(visited.at(-1)).toBe("/templates");
  expect(page.textContent).not.toContain("Not saved yet");
});

test("somebody else's version is shown before either of them is chosen", async () => {
  parts.api.saveTemplate.mockRejectedValueOnce(new WireError("edit_conflict", "changed", false));
  const { page } = await open("/templates/ours");
  await until(() => expect(page.querySelector("form")).not.toBeNull());
  await write(field(page, "Name"), "Mine");
  parts.api.noteTemplates.mockResolvedValue({ items: [{ ...OWN, name: "Theirs", version: 4 }], writers: [] });
  await press(button("Save"));
  await until(() => expect(page.textContent).toContain("The template has changed meanwhile"));
  await press(button("Go on with mine"));
  await press(button("Save"));
  await until(() => expect(sent()?.[1]).toMatchObject({ name: "Mine", version: 4 }));
});

test("deleting is asked, and one that is damaged says what to do", async () => {
  const { page, visited } = await open("/templates/broken");
  await until(() => expect(page.textContent).toContain("This template cannot be used"));
  await press(button("Delete"));
  await until(() => expect(document.body.textContent).toContain("Notes that were written by it stay"));
  await press(button("Delete for ever"));
  await until(() => expect(visited.at(-1)).toBe("/templates"));
  expect(parts.api.deleteTemplate).toHaveBeenCalledWith("broken");
});

test("one that is not there says so", async () => {
  const { page } = await open("/templates/gone");
  await until(() => expect(page.textContent).toContain("There is no such template"));
});
