import { act } from "react";
import { afterEach, beforeEach, expect, test } from "vitest";

import { SpokenLanguage } from "../../src/screens/spoken_language";
import { WireError } from "../../src/wire/answer";
import { ScriptedApi } from "../review/scripted";
import { button, press, scriptedParts, show, takeDown, until } from "./scripted_parts";

let api: ScriptedApi;

beforeEach(() => {
  api = new ScriptedApi();
});

afterEach(takeDown);

async function asked(language: string | null, isStopped = true): Promise<HTMLSelectElement> {
  await show(
    <SpokenLanguage api={api} sessionId="s1" language={language} isStopped={isStopped} />,
    scriptedParts(),
  );
  await press(button(language === null ? "Choose" : "Change"));
  await until(() => expect(select().disabled).toBe(false));
  return select();
}

function select(): HTMLSelectElement {
  const found = document.querySelector("select");
  if (found === null) throw new Error("nothing to choose from");
  return found;
}

async function choose(value: string): Promise<void> {
  await act(async () => {
    select().value = value;
    select().dispatchEvent(new Event("change", { bubbles: true }));
    await Promise.resolve();
  });
}

function offered(): string[] {
  return [...select().options].map(({ text }) => text);
}

test("another language is chosen of those that the server knows, and what happens is said", async () => {
  api.languages_ = ["de", "en", "pt"];
  await asked("en-GB");
  expect(document.body.textContent).toContain("Language: British English");
  expect(offered()).toEqual(["British English", "English", "German", "Portuguese"]);
  expect(button("Transcribe again").hasAttribute("disabled")).toBe(true);
  await choose("de");
  expect(document.body.textContent).toContain("The whole session is transcribed again in German.");
  expect(document.body.textContent).toContain("notes that somebody has edited or signed");
  await press(button("Transcribe again"));
  await until(() => expect(document.querySelector("select")).toBeNull());
  expect(api.asked).toEqual([["describe", { language: "de" }]]);
});

test("while people talk a language can be chosen before any was heard", async () => {
  await asked(null, false);
  expect(document.body.textContent).toContain("Language: not heard yet");
  expect(offered().slice(0, 2)).toEqual(["Choose one", "Arabic"]);
  expect(button("Use this language").hasAttribute("disabled")).toBe(true);
  await choose("fr");
  expect(document.body.textContent).toContain("What is said is transcribed in French.");
  await press(button("Use this language"));
  await until(() => expect(api.asked).toEqual([["describe", { language: "fr" }]]));
});

test("where only one language is known that is said", async () => {
  api.languages_ = ["en"];
  await asked("en");
  expect(offered()).toEqual(["English"]);
  expect(document.body.textContent).toContain("The recogniser that runs here knows English alone.");
});

test("a refused language is told, and another one can be chosen", async () => {
  api.describe = () => Promise.reject(new WireError("invalid", "unknown", false));
  await asked("en");
  await choose("de");
  await press(button("Transcribe again"));
  await until(() =>
    expect(document.querySelector("[role=alert]")?.textContent).toBe(
      "Nothing was changed: the recogniser that runs here does not know this language.",
    ),
  );
  expect(select().value).toBe("de");
});
