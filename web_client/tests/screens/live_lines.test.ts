import { expect, test } from "vitest";

import {
  type LiveLine,
  linesBefore,
  liveLines,
  MOST_EARLIER,
  shownLines,
  withLines,
} from "../../src/screens/live_lines";

function gap(at: number, until = at + 1): LiveLine {
  return { kind: "gap", key: `gap ${at}`, at, until };
}

test("words, gaps and failed stretches stand in the order of the timeline", () => {
  const lines = liveLines({
    segments: [
      {
        id: "b",
        start_ms: 5,
        end_ms: 6,
        speaker: "S1",
        text: "two",
        words: [],
        generation: 0,
        edited: false,
      },
      {
        id: "a",
        start_ms: 0,
        end_ms: 1,
        speaker: null,
        text: "one",
        words: [],
        generation: 0,
        edited: false,
      },
    ],
    coverage: { recorded_ms: 9, transcribed_ms: 9, holes: [[2, 3]] },
    failed: [{ window_id: "w", start_ms: 7, end_ms: 9, code: "internal" }],
  });
  expect(lines.map(({ key }) => key)).toEqual(["a", "gap 2", "b", "w"]);
});

test("gaps near each other are shown as one, with what they last together, until words stand between", () => {
  const words: LiveLine = { kind: "words", key: "a", at: 3_000, until: 3_500, speaker: null, text: "hi" };
  const lines = [gap(0, 300), gap(1_000, 1_200), words, gap(4_000, 6_000), gap(60_000, 60_100)];
  expect(shownLines(lines)).toEqual([
    { ...gap(0, 300), until: 1_200, lostMs: 500 },
    words,
    { ...gap(4_000, 6_000), lostMs: 2_000 },
    { ...gap(60_000, 60_100), lostMs: 100 },
  ]);
});

test("before the tail lies what ends where it begins", () => {
  expect(linesBefore([gap(0, 10), gap(10, 20), gap(20, 30)], 20)).toEqual([gap(0, 10), gap(10, 20)]);
});

test("lines put together stand once each, by place, as they came last", () => {
  const told = withLines([gap(0), gap(10)], [gap(5), gap(10, 12)]);
  expect(told).toEqual([gap(0), gap(5), gap(10, 12)]);
});

test("however many there are, only the newest are kept", () => {
  let told: readonly LiveLine[] = [];
  for (let at = 0; at < MOST_EARLIER + 500; at += 100) {
    told = withLines(
      told,
      Array.from({ length: 100 }, (_, index) => gap(at + index)),
    );
  }
  expect(told).toHaveLength(MOST_EARLIER);
  expect(told.at(0)?.at).toBe(500);
});
