import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { VocabularyPage } from "../../src/vocabulary/vocabulary_page";
import { WireError } from "../../src/wire/answer";
import { field } from "../screens/field";
import {
  button,
  press,
  scriptedParts,
  session,
  show,
  takeDown,
  until,
  write,
} from "../screens/scripted_parts";
import { there } from "../there";

let parts: ReturnType<typeof scriptedParts>;

beforeEach(() => {
  Object.defineProperty(document, "fonts", { value: new EventTarget(), configurable: true });
  parts = scriptedParts();
  parts.api.vocabulary.mockResolvedValue({ words: ["Korvadin", "Ostrander"], version: 3 });
  parts.api.saveVocabulary.mockImplementation(({ words, version }) =>
    Promise.resolve({ words: words.filter((word) => word !== ""), version: version + 1 }),
  );
});

afterEach(() => {
  takeDown();
  vi.unstubAllGlobals();
});

async function open(path = "/vocabulary") {
  const { page } = await show(<VocabularyPage />, parts, path);
  await until(() => expect(page.querySelector("textarea")).not.toBeNull());
  return page;
}

function own(page: HTMLElement): HTMLTextAreaElement {
  return there(page.querySelector("textarea"));
}

/** What stays in sight while the form is scrolled. */
function bar(page: HTMLElement): HTMLElement {
  return there(page.querySelector<HTMLElement>("button[type=submit]")?.parentElement);
}

test("the organisation's words are changed a line each, and saved against the version that was read", async () => {
  const page = await open();
  expect(own(page).value).toBe("Korvadin\nOstrander");
  expect(page.textContent).toContain("2 of 500");
  expect(button("Save").hasAttribute("disabled")).toBe(true);
  await write(own(page), "Korvadin\n\nDr. Ostrander");
  await press(button("Save"));
  expect(parts.api.saveVocabulary.mock.lastCall).toEqual([
    { words: ["Korvadin", "", "Dr. Ostrander"], version: 3 },
  ]);
  await until(() => expect(own(page).value).toBe("Korvadin\nDr. Ostrander"));
  expect(there(bar(page).querySelector("[role=status]")).textContent).toBe("The words are saved.");
});

test("what was typed is kept while another patient is looked at, until it is thrown away", async () => {
  const page = await open();
  const look = async (patient: string): Promise<HTMLTextAreaElement> => {
    await write(field(page, "Patient reference"), patient);
    await press(button("Show the words"));
    await until(() => expect(page.textContent).toContain(`Words of ${patient}`));
    await until(() => expect(page.querySelectorAll("textarea")).toHaveLength(2));
    return there(page.querySelectorAll("textarea")[1]);
  };
  await write(await look("P-1"), "Mine");
  expect((await look("P-2")).value).toBe("");
  expect((await look("P-1")).value).toBe("Mine");
  await press(there([...page.querySelectorAll("button")].filter((each) => each.textContent === "Cancel")[1]));
  await press(button("Throw away"));
  expect((await look("P-1")).value).toBe("");
  expect(parts.api.savePatientVocabulary).not.toHaveBeenCalled();
});

test("the server's words say which line is wrong, and nothing is lost", async () => {
  parts.api.saveVocabulary.mockRejectedValue(
    new WireError("invalid", "word 2 is longer than 60 characters", false),
  );
  const page = await open();
  await write(own(page), "Mine\nlong");
  await press(button("Save"));
  await until(() =>
    expect(page.textContent).toContain("The server says: word 2 is longer than 60 characters."),
  );
  expect(bar(page).querySelector("[role=alert]")?.textContent).toContain("word 2 is longer");
  expect(own(page).value).toBe("Mine\nlong");
});

test("somebody else's words are shown before one's own take their place", async () => {
  parts.api.saveVocabulary.mockRejectedValueOnce(new WireError("edit_conflict", "changed", false));
  const page = await open();
  await write(own(page), "Mine");
  parts.api.vocabulary.mockResolvedValue({ words: ["Theirs"], version: 4 });
  await press(button("Save"));
  await until(() => expect(page.textContent).toContain("The words have changed meanwhile"));
  expect(page.textContent).toContain("Theirs");
  expect(button("Save").hasAttribute("disabled")).toBe(true);
  await press(button("Go on with mine"));
  await press(button("Save"));
  expect(parts.api.saveVocabulary.mock.lastCall).toEqual([{ words: ["Mine"], version: 4 }]);
});

test("a patient's words are asked for by the reference, and those of a session's patient at once", async () => {
  parts.api.session.mockResolvedValue(session({ patient_id: "P-7" }));
  parts.api.patientVocabulary.mockImplementation((patient) =>
    Promise.resolve({ words: [`Names of ${patient}`], version: 1 }),
  );
  parts.api.savePatientVocabulary.mockResolvedValue({ words: ["Zebedee"], version: 2 });
  const page = await open("/vocabulary?session=s1");
  await until(() => expect(page.querySelectorAll("textarea")).toHaveLength(2));
  expect(field(page, "Patient reference").value).toBe("P-7");
  expect(page.textContent).toContain("Words of P-7");
  await until(() => expect(document.activeElement).toBe(page.querySelectorAll("textarea")[1]));
  await write(field(page, "Patient reference"), " P-8 ");
  await press(button("Show the words"));
  await until(() => expect(there(page.querySelectorAll("textarea")[1]).value).toBe("Names of P-8"));
  await until(() => expect(document.activeElement).toBe(page.querySelectorAll("textarea")[1]));
  await write(there(page.querySelectorAll("textarea")[1]), "Zebedee");
  await press(there([...page.querySelectorAll("button")].filter((each) => each.textContent === "Save")[1]));
  expect(parts.api.savePatientVocabulary.mock.lastCall).toEqual([
    { patient_id: "P-8", words: ["Zebedee"], version: 1 },
  ]);
});

test("words with commas between them become a line each before they are sent", async () => {
  parts.api.saveVocabulary.mockRejectedValue(
    new WireError("invalid", "word 4 is longer than 60 characters", false),
  );
  const page = await open();
  expect(page.textContent).toContain("One on each line, or with commas; 2 of 500");
  await write(own(page), "Kathryn, Stephen,Neil, \nlong");
  expect(page.textContent).toContain("4 of 500");
  await press(button("Save"));
  expect(parts.api.saveVocabulary.mock.lastCall?.[0].words).toEqual(["Kathryn", "Stephen", "Neil", "long"]);
  // The fourth word is the fourth line.
  await until(() => expect(own(page).value).toBe("Kathryn\nStephen\nNeil\nlong"));
});

test("a patient without words is said to have none, and an emptied field shows nobody's", async () => {
  parts.api.session.mockResolvedValue(session({ patient_id: "P-7" }));
  const page = await open("/vocabulary?session=s1");
  await until(() => expect(page.textContent).toContain("No words yet for this patient."));
  await write(there(page.querySelectorAll("textarea")[1]), "Zebedee");
  expect(page.textContent).not.toContain("No words yet");
  await write(field(page, "Patient reference"), "");
  expect(page.querySelectorAll("textarea")).toHaveLength(1);
  expect(field(page, "Patient reference").value).toBe("");
});
