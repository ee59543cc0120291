import { expect, test } from "vitest";

import { byId, evidence, isStillSaid } from "../../src/notes/evidence";
import { segment } from "../review/scripted";

const NAMES: Partial<Record<string, string>> = { S1: "Mother" };
const SEGMENTS = byId(
  [
    segment(
      "a",
      [
        ["Well,", 1_000, 1_300],
        ["my", 1_300, 1_500],
        ["knee", 1_500, 1_900],
      ],
      { speaker: "S1" },
    ),
    segment("b", [
      ["hurts", 4_000, 4_400],
      ["badly.", 4_400, 4_900],
    ]),
  ],
  (speaker) => NAMES[speaker ?? ""] ?? null,
);

test("a quote is heard from its first word, also where it goes over into the next segment", () => {
  const cited = { segment_ids: ["a", "b"], quote: "My knee hurts" };
  expect(evidence(cited, SEGMENTS)).toEqual([
    { segmentId: "a", ms: 1_300, who: "Mother" },
    { segmentId: "b", ms: 4_000, who: null },
  ]);
});

test("a quote that is not said there any more, and no quote, begin with the segment", () => {
  const begins = [{ segmentId: "a", ms: 1_000, who: "Mother" }];
  expect(evidence({ segment_ids: ["a"], quote: "his knee" }, SEGMENTS)).toEqual(begins);
  expect(evidence({ segment_ids: ["a"], quote: null }, SEGMENTS)).toEqual(begins);
});

test("a segment that is gone is no evidence", () => {
  expect(evidence({ segment_ids: ["gone", "b"], quote: null }, SEGMENTS)).toEqual([
    { segmentId: "b", ms: 4_000, who: null },
  ]);
  expect(evidence({ segment_ids: ["gone"], quote: "knee" }, SEGMENTS)).toEqual([]);
});

test("a quote is said as long as its words stand in the text, whatever case, marks and words of the recogniser", () => {
  const cited = { segment_ids: ["b", "a"], quote: "my knee HURTS, badly" };
  expect(isStillSaid(cited, SEGMENTS)).toBe(true);
  const dose = (text: string) => byId([segment("d", [["so", 0, 300]], { text })], () => null);
  const taken = { segment_ids: ["d"], quote: "take 5 mg" };
  expect(isStillSaid(taken, dose("I take 5 mg."))).toBe(true);
  expect(isStillSaid(taken, dose("I take 15 mg."))).toBe(false);
});
