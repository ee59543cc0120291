import { expect, test } from "vitest";

import { type Cut, Cutter } from "../../src/capture/cutter";
import { seeded } from "./seeded";

/** Samples that tell where on the timeline they belong; zero is silence. */
function numbered(from: number, count: number): Float32Array {
  return Float32Array.from({ length: count }, (_, index) => from + index + 1);
}

interface Seen {
  firstSample: number;
  sampleCount: number;
  lead: number[];
  own: number[];
  tail: number[];
}

function seen({ firstSample, sampleCount, samples, lead, tail }: Cut): Seen {
  const end = lead + sampleCount;
  return {
    firstSample,
    sampleCount,
    lead: [...samples.subarray(0, lead)],
    own: [...samples.subarray(lead, end)],
    tail: [...samples.subarray(end, end + tail)],
  };
}

test("a full chunk comes with its neighbours' samples once the tail is there", () => {
  const cutter = new Cutter({ chunkSamples: 5, lead: 2, tail: 1, firstSample: 100 });
  expect(cutter.push(numbered(100, 5))).toEqual([]);
  expect(cutter.push(numbered(105, 1)).map(seen)).toEqual([
    { firstSample: 100, sampleCount: 5, lead: [0, 0], own: [101, 102, 103, 104, 105], tail: [106] },
  ]);
  expect(cutter.end).toBe(106);
  expect(cutter.rest().map(seen)).toEqual([
    { firstSample: 105, sampleCount: 1, lead: [104, 105], own: [106], tail: [0] },
  ]);
});

test("a chunk that is ended early comes with its neighbours, where there is enough of it", () => {
  const cutter = new Cutter({ chunkSamples: 9, lead: 2, tail: 1, firstSample: 0 });
  cutter.push(numbered(0, 4));
  expect(cutter.early(4)).toEqual([]);
  expect(cutter.early(3).map(seen)).toEqual([
    { firstSample: 0, sampleCount: 3, lead: [0, 0], own: [1, 2, 3], tail: [4] },
  ]);
  expect(cutter.end).toBe(4);
  cutter.push(numbered(4, 1));
  expect(cutter.rest().map(seen)).toEqual([
    { firstSample: 3, sampleCount: 2, lead: [2, 3], own: [4, 5], tail: [0] },
  ]);
});

test("a hole ends a chunk, and beside it there is silence", () => {
  const cutter = new Cutter({ chunkSamples: 5, lead: 2, tail: 1, firstSample: 0 });
  cutter.push(numbered(0, 3));
  expect(cutter.hole(7).map(seen)).toEqual([
    { firstSample: 0, sampleCount: 3, lead: [0, 0], own: [1, 2, 3], tail: [0] },
  ]);
  expect(cutter.hole(4)).toEqual([]);
  cutter.push(numbered(14, 2));
  expect(cutter.rest().map(seen)).toEqual([
    { firstSample: 14, sampleCount: 2, lead: [0, 0], own: [15, 16], tail: [0] },
  ]);
});

test.each(Array.from({ length: 200 }, (_, seed) => seed))(
  "whatever comes is cut without loss (seed %i)",
  (seed) => {
    const random = seeded(seed);
    const below = (limit: number): number => Math.floor(random() * limit);
    const options = { chunkSamples: 1 + below(60), lead: below(9), tail: below(9), firstSample: below(1000) };
    const cutter = new Cutter(options);
    const expected = new Map<number, number>();
    const cuts: Seen[] = [];
    const keep = (made: Cut[]): void => {
      for (const cut of made) {
        cuts.push(seen(cut));
        cut.samples.fill(NaN); // Its memory goes round: nothing may be left in it.
        cutter.release(cut);
      }
    };
    let at = options.firstSample;
    const ended = new Set<number>();
    for (let step = 0; step < 40; step++) {
      if (random() < 0.1) {
        const before = cuts.length;
        keep(cutter.early(1 + below(20)));
        for (const { firstSample, sampleCount } of cuts.slice(before)) ended.add(firstSample + sampleCount);
      } else if (random() < 0.2) {
        ended.add(at);
        const hole = 1 + below(50);
        keep(cutter.hole(hole));
        at += hole;
      } else {
        const block = numbered(at, below(100));
        block.forEach((sample, index) => expected.set(at + index, sample));
        keep(cutter.push(block));
        at += block.length;
      }
      expect(cutter.end).toBe(at);
    }
    keep(cutter.rest());

    const heard = new Map<number, number>();
    for (const { firstSample, sampleCount, own, lead, tail } of cuts) {
      expect(sampleCount).toBeGreaterThan(0);
      expect(sampleCount).toBeLessThanOrEqual(options.chunkSamples);
      own.forEach((sample, index) => heard.set(firstSample + index, sample));
      const end = firstSample + sampleCount;
      expect(lead.reverse().every((sample, back) => sample === 0 || sample === firstSample - back)).toBe(
        true,
      );
      expect(tail.every((sample, index) => sample === 0 || sample === end + index + 1)).toBe(true);
      const complete = sampleCount === options.chunkSamples || ended.has(end) || end === at;
      expect(complete).toBe(true);
    }
    expect(cuts.reduce((sum, cut) => sum + cut.sampleCount, 0)).toBe(expected.size);
    expect(heard).toEqual(expected);
  },
);

test("no more memory is taken than chunks are out", () => {
  const cutter = new Cutter({ chunkSamples: 10, lead: 2, tail: 2, firstSample: 0 });
  const buffers = new Set<ArrayBuffer>();
  for (let step = 0; step < 100; step++) {
    for (const cut of cutter.push(numbered(step * 7, 7))) {
      buffers.add(cut.samples.buffer);
      cutter.release(cut);
    }
  }
  expect(buffers.size).toBe(2);
});
