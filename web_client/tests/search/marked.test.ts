import { expect, test } from "vitest";

import { stretches } from "../../src/search/marked";
import { placeAddress, placeIn } from "../../src/search/place";
import { NOTHING, requestOf } from "../../src/search/search_form";

function shown(text: string, ...highlights: [number, number][]): string {
  return stretches(text, highlights)
    .map(({ text: part, marked }) => (marked ? `[${part}]` : part))
    .join("");
}

test("highlights are cut by characters as the server counts them", () => {
  expect(shown("my knee hurts", [3, 7])).toBe("my [knee] hurts");
  expect(shown("𝄞 knee 👍🏽 hurts", [2, 6])).toBe("𝄞 [knee] 👍🏽 hurts");
});

test("highlights in any order, on top of one another and past the end lose and double nothing", () => {
  expect(shown("my knee hurts", [8, 99], [3, 7], [5, 10])).toBe("my [knee][ hu][rts]");
  expect(shown("my knee")).toBe("my knee");
});

test("an address names a place and nothing else", () => {
  expect(placeAddress("s1", 1_234.6)).toBe("/sessions/s1?at=1235");
  expect(["?at=1235", "at=0", "?at=x", "?at=-3", ""].map(placeIn)).toEqual([1_235, 0, null, null, null]);
});

test("nothing is looked for without words; filters that are empty are none", () => {
  expect(requestOf({ ...NOTHING, query: "  ", patient: "P-1" }, 20)).toBeNull();
  expect(requestOf({ ...NOTHING, query: " knee ", patient: " P-1 " }, 20)).toEqual({
    query: "knee",
    limit: 20,
    filters: { patient_id: "P-1", speaker: null, since: null, until: null },
  });
});
