import { afterEach, expect, test, vi } from "vitest";

import { NOTHING, PAGE, requestOf } from "../../src/search/search_form";
import { SearchPage } from "../../src/search/search_page";
import { comparedWords } from "../../src/search/where_compared";
import { WireError } from "../../src/wire/answer";
import type { SearchHit } from "../../src/wire/messages";
import { field } from "../screens/field";
import { button, key, press, scriptedParts, show, takeDown, until, write } from "../screens/scripted_parts";

afterEach(takeDown);
afterEach(() => vi.unstubAllEnvs());

const HIT: SearchHit = {
  session_id: "s1",
  title: "Follow-up",
  patient_id: "P-7",
  created_at: "2026-03-04T10:00:00Z",
  segment_id: "a",
  start_ms: 61_000,
  end_ms: 65_000,
  speaker: "Dr Weber",
  text: "How is the knee today?",
  highlights: [[11, 15]],
  matched: "both",
  score: 0.5,
};

test("places are shown with what was looked for marked, and lead to where it was said", async () => {
  const parts = scriptedParts();
  parts.api.search.mockResolvedValue({ hits: [HIT], meaning: true });
  const { page, visited } = await show(<SearchPage />, parts, "/search");
  expect(page.textContent).toContain("Find what was said");
  await write(field(page, "Words, or a question"), "knee");
  await until(() => expect(page.querySelector("mark")?.textContent).toBe("knee"));
  expect(page.querySelector("ol li")?.textContent).toMatch(
    /How is the knee today.*1:01.*Follow-up.*Dr Weber.*P-7/,
  );
  expect(page.querySelector("ol a")?.getAttribute("href")).toBe("/sessions/s1?at=61000");
  expect(visited.join()).not.toContain("knee");
});

test("what is only similar comes under a heading of its own, after what holds the words", async () => {
  const parts = scriptedParts();
  const said = (text: string, matched: SearchHit["matched"]): SearchHit => ({
    ...HIT,
    segment_id: text,
    text,
    highlights: [],
    matched,
  });
  const hits = [
    said("Stairs hurt.", "meaning"),
    said("Both knees.", "both"),
    said("Kneel down.", "meaning"),
    said("A knee.", "words"),
  ];
  parts.api.search.mockResolvedValue({ hits, meaning: true });
  const { page } = await show(<SearchPage />, parts, "/search");
  await write(field(page, "Words, or a question"), "knee");
  const places = () => [...page.querySelectorAll("h2, ol p:first-child")].map((each) => each.textContent);
  await until(() =>
    expect(places()).toEqual(["Both knees.", "A knee.", "Similar in meaning", "Stairs hurt.", "Kneel down."]),
  );
  expect([...page.querySelectorAll("ol")].map((list) => list.getAttribute("aria-label"))).toEqual([
    "Places found",
    "Similar in meaning",
  ]);
  parts.api.search.mockResolvedValue({
    hits: hits.filter(({ matched }) => matched !== "meaning"),
    meaning: true,
  });
  await write(field(page, "Words, or a question"), "knees");
  await until(() => expect(places()).toEqual(["Both knees.", "A knee."]));
});

test("filters alone ask for words, and Enter leads to where they are written", async () => {
  const parts = scriptedParts();
  const { page } = await show(<SearchPage />, parts, "/search");
  const patient = field(page, "Patient reference");
  await write(patient, "P-9");
  await until(() => expect(page.textContent).toContain("Words are needed as well"));
  patient.focus();
  await key("Enter", patient);
  expect(document.activeElement).toBe(field(page, "Words, or a question"));
  expect(parts.api.search).not.toHaveBeenCalled();
});

test("filters go along, and one press looks everywhere again", async () => {
  const parts = scriptedParts();
  const { page } = await show(<SearchPage />, parts, "/search");
  await write(field(page, "Words, or a question"), "knee");
  await write(field(page, "Patient reference"), "P-9");
  await until(() => expect(page.textContent).toContain("Nothing that was said fits"));
  expect(parts.api.search.mock.lastCall?.[0]).toMatchObject({
    query: "knee",
    filters: { patient_id: "P-9" },
  });
  await press(button("Clear filters"));
  await until(() =>
    expect(parts.api.search.mock.lastCall?.[0]).toMatchObject({ filters: { patient_id: null } }),
  );
});

test("it is said where meanings are compared, also while nobody knows", async () => {
  const parts = scriptedParts();
  const { page } = await show(<SearchPage />, parts, "/search");
  expect(page.textContent).toContain("is not known at the moment");
  expect(comparedWords([{ name: "minilm", leaves: false }])).toContain("nothing leaves this installation");
  const both = comparedWords([
    { name: "minilm", leaves: false },
    { name: "gemini small", leaves: true },
  ]);
  expect(both).toContain("is sent to Google (small)");
  expect(both).not.toContain("nothing leaves");
});

test("days are those of the place where one looks", () => {
  vi.stubEnv("TZ", "America/New_York");
  const day = { ...NOTHING, query: "knee", since: "2026-03-07", until: "2026-03-08" };
  expect(requestOf(day, PAGE)?.filters).toMatchObject({
    since: "2026-03-07T05:00:00.000Z",
    until: "2026-03-09T04:00:00.000Z",
  });
  expect(requestOf({ ...NOTHING, query: "knee" }, PAGE)?.filters).toMatchObject({ since: null, until: null });
});

test("it is said when meaning was not looked for, and when nothing answers", async () => {
  const parts = scriptedParts();
  parts.api.search.mockResolvedValue({ hits: [HIT], meaning: false });
  const { page } = await show(<SearchPage />, parts, "/search");
  await write(field(page, "Words, or a question"), "knee");
  await until(() => expect(page.textContent).toContain("Only the words themselves"));
  parts.api.search.mockRejectedValue(new WireError("invalid", "no", false));
  await write(field(page, "Words, or a question"), "knees");
  await until(() => expect(page.textContent).toContain("This cannot be looked for"));
});
