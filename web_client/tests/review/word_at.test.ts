import { describe, expect, it } from "vitest";

import { lastBegun, neighbour, spokenWords, wordAt } from "../../src/review/word_at";
import { segment } from "./scripted";

const words = spokenWords([
  segment("a", [
    ["Good", 100, 300],
    ["morning", 320, 700],
  ]),
  segment("b", [["Hello", 2_000, 2_400]]),
]);

describe("wordAt", () => {
  it("finds the word that is heard, and none before the first", () => {
    expect([99, 100, 299, 319, 320, 2_100].map((ms) => wordAt(words, ms))).toEqual([-1, 0, 0, 0, 1, 2]);
  });

  it("lets a word linger for a quarter of a second, then it is silence", () => {
    expect([949, 950, 1_999, 2_649, 2_650].map((ms) => wordAt(words, ms))).toEqual([1, -1, -1, 2, -1]);
  });

  it("knows which segment and which of its words it is, also where two people talk at once", () => {
    const both = spokenWords([
      segment("a", [
        ["I", 0, 100],
        ["think", 400, 600],
      ]),
      segment("b", [["No", 200, 300]]),
    ]);
    const at = wordAt(both, 210);
    expect([both.segments[at], both.places[at]]).toEqual([1, 0]);
    const next = wordAt(both, 450);
    expect([both.segments[next], both.places[next]]).toEqual([0, 1]);
  });

  it("agrees with a search from the start for every moment of many words", () => {
    const many = Float64Array.from({ length: 999 }, (_, i) => i * 7 + (i % 3));
    for (let ms = -5; ms < 7_100; ms += 3) {
      expect(lastBegun(many, ms)).toBe(many.filter((start) => start <= ms).length - 1);
    }
  });

  it("finds nothing in nothing", () => {
    expect(wordAt(spokenWords([]), 10)).toBe(-1);
    expect(neighbour(spokenWords([]), 10, 1)).toBeNull();
    expect(neighbour(spokenWords([]), 10, -1)).toBeNull();
  });
});

describe("neighbour", () => {
  it("goes on to the next word, from silence too, and not past the last", () => {
    expect([0, 100, 1_000, 2_000].map((ms) => neighbour(words, ms, 1))).toEqual([100, 320, 2_000, null]);
  });

  it("goes back to the word before, or to this one's beginning from well inside of it", () => {
    expect([330, 750, 100].map((ms) => neighbour(words, ms, -1))).toEqual([100, 320, 100]);
  });
});
