import { describe, expect, it } from "vitest";

import { gapTitle } from "../../src/review/gap_row";
import { gaps, sameRow, timeline, withCorrected } from "../../src/review/timeline";
import { segment, SESSION, transcript } from "./scripted";

const coverage = (...holes: [number, number][]) => ({ recorded_ms: 90_000, transcribed_ms: 90_000, holes });
const unreadable = (start: number, end: number) => ({
  code: "undecodable_chunk",
  seq: 1,
  start_ms: start,
  end_ms: end,
});
const failed = (start: number, end: number) => ({
  window_id: `w${start}`,
  start_ms: start,
  end_ms: end,
  code: "engine_failed",
});

describe("gaps", () => {
  it("tells a pause from audio that never arrived and from audio that may still come", () => {
    const t = transcript({ coverage: coverage([12_000, 27_000]) });
    expect(gaps(t, SESSION).map(({ reason }) => reason)).toEqual(["not_recorded"]);
    const missing = { ...SESSION, last_seq: 9, max_seq: 9 };
    expect(gaps(t, missing).map(({ reason }) => reason)).toEqual(["missing"]);
    expect(gaps(t, { ...missing, last_seq: null }).map(({ reason }) => reason)).toEqual(["on_its_way"]);
  });

  it("knows a pause while the session is still recorded, as far as every chunk has come", () => {
    const t = transcript({ coverage: coverage([12_000, 27_000], [60_000, 75_000]) });
    const recording = { ...SESSION, last_seq: null, recorded_ms: 60_000 };
    expect(gaps(t, recording).map(({ reason }) => reason)).toEqual(["not_recorded", "on_its_way"]);
  });

  it("knows that the end never came although nothing is missing before it", () => {
    const t = transcript({ coverage: coverage([12_000, 27_000], [60_000, 75_000]) });
    const stopped = { ...SESSION, last_seq: 4 };
    expect(gaps(t, stopped).map(({ reason }) => reason)).toEqual(["not_recorded", "missing"]);
  });

  it("cuts a hole where only a part of it could not be read, and loses no millisecond", () => {
    const t = transcript({
      coverage: coverage([10_000, 40_000]),
      warnings: [unreadable(15_000, 30_000)],
    });
    expect(gaps(t, SESSION)).toEqual([
      { startMs: 10_000, endMs: 15_000, reason: "not_recorded" },
      { startMs: 15_000, endMs: 30_000, reason: "unreadable" },
      { startMs: 30_000, endMs: 40_000, reason: "not_recorded" },
    ]);
  });

  it("forgets an unreadable chunk whose hole a retry has filled, though its warning stays", () => {
    const t = transcript({ coverage: coverage(), warnings: [unreadable(15_000, 30_000)] });
    expect(gaps(t, SESSION)).toEqual([]);
  });

  it("joins failed windows that overlap", () => {
    const t = transcript({ failed: [failed(24_000, 50_000), failed(0, 28_000), failed(60_000, 70_000)] });
    expect(gaps(t, SESSION)).toEqual([
      { startMs: 0, endMs: 50_000, reason: "recogniser_failed" },
      { startMs: 60_000, endMs: 70_000, reason: "recogniser_failed" },
    ]);
  });
});

describe("timeline", () => {
  const first = segment("a", [["Yes", 1_000, 2_000]]);
  const second = segment("b", [["No", 30_000, 31_000]]);
  const gap = { startMs: 12_000, endMs: 27_000, reason: "missing" as const };
  const note = (id: string, at: number, text = "x") => ({ id, at_ms: at, text });

  it("puts gaps between what was said before and after, and provisional text at the end", () => {
    const guess = segment("p", [["maybe", 40_000, 41_000]]);
    const rows = timeline([first, second], guess, [gap], []);
    expect(rows.map(({ key }) => key)).toEqual(["a", "missing-12000", "b", "provisional"]);
  });

  it("puts each note beside what was said when it was typed, and removed ones nowhere", () => {
    const notes = [note("n3", 30_500), note("n1", 0), note("n2", 13_000), note("gone", 2_000, "")];
    const rows = timeline([first, second], null, [gap], notes);
    expect(rows.map(({ key, notes: beside }) => [key, beside.map(({ id }) => id)])).toEqual([
      ["notes", ["n1"]],
      ["a", []],
      ["missing-12000", ["n2"]],
      ["b", ["n3"]],
    ]);
  });

  it("joins gaps of one kind near each other, and says how much of the time is missing", () => {
    const lost = (startMs: number, endMs: number) => ({ startMs, endMs, reason: "not_recorded" as const });
    const small = [lost(3_000, 3_300), lost(5_000, 5_200), lost(9_000, 10_100), lost(32_000, 32_100)];
    const told = timeline([first, second], null, small, []).map((row) =>
      row.kind === "gap" ? gapTitle(row, row.lostMs) : row.key,
    );
    expect(told).toEqual([
      "a",
      "Nothing recorded for 2 s between 0:03 and 0:10",
      "b",
      "Nothing recorded for less than a second at 0:32",
    ]);
    expect(gapTitle(lost(12_000, 27_000))).toBe("Nothing recorded 0:12 to 0:27");
  });

  it("shows notes where nothing was said at all", () => {
    expect(timeline([], null, [], [note("n", 5_000)]).map(({ kind }) => kind)).toEqual(["notes"]);
  });

  it("makes rows that count as the same until their segment, place or notes change", () => {
    const make = (segments = [first], notes = [N]) => timeline(segments, null, [gap], notes);
    const N = note("n", 1_500);
    const same = (rows: ReturnType<typeof make>) => make().map((row, i) => sameRow(row, rows[i] ?? row));
    expect(same(make())).toEqual([true, true]);
    expect(same(make([{ ...first }]))).toEqual([false, true]);
    expect(same(make([first], [{ ...N, text: "y" }]))).toEqual([false, true]);
  });
});

describe("a segment that goes away while it is corrected", () => {
  const later = segment("b", [["Yes", 5_000, 6_000]]);
  const corrected = { segmentId: "a", startMs: 0, phase: "open" as const };
  const shown = (removed: boolean, phase: "open" | "saving" = "open") => {
    const places = removed ? [{ id: "a", start_ms: 0, end_ms: 900 }] : [];
    const rows = timeline([later], null, [], [], places);
    return withCorrected(rows, { ...corrected, phase }).map(({ kind, key }) => `${kind} ${key}`);
  };

  it("keeps its place, also where somebody has removed it", () => {
    expect(shown(false)).toEqual(["withdrawn a", "segment b"]);
    expect(shown(true)).toEqual(["withdrawn a", "segment b"]);
  });

  it("is removed, not lost, where this page is what removes it", () => {
    expect(shown(true, "saving")).toEqual(["removed a", "segment b"]);
  });
});
