import { expect, test } from "vitest";

import { LevelMeter } from "../../src/capture/level";
import { seeded } from "./seeded";

const RATE = 16_000;
const BLOCK = 1600;

function flat(value: number, length = BLOCK): Float32Array {
  return new Float32Array(length).fill(value);
}

test("a sine of half of full scale", () => {
  const sine = Float32Array.from(
    { length: BLOCK },
    (_, at) => 0.5 * Math.sin((2 * Math.PI * 100 * at) / RATE),
  );
  const { peak, rms, silentForMs, clipping } = new LevelMeter(RATE).push(sine);
  expect(peak).toBeCloseTo(0.5, 3);
  expect(rms).toBeCloseTo(0.5 / Math.SQRT2, 3);
  expect({ silentForMs, clipping }).toEqual({ silentForMs: 0, clipping: false });
});

test("silence is counted until something is heard", () => {
  const meter = new LevelMeter(RATE);
  for (let block = 1; block <= 50; block++) expect(meter.push(flat(0.0005)).silentForMs).toBe(block * 100);
  expect(meter.push(flat(0.1)).silentForMs).toBe(0);
  expect(meter.push(flat(0)).silentForMs).toBe(100);
});

test("clipping is shown for two seconds, and only for flattened waves", () => {
  const meter = new LevelMeter(RATE);
  const peak = flat(0.1);
  peak[800] = 1;
  expect(meter.push(peak).clipping).toBe(false);
  const across = flat(0.1);
  across.fill(-1, BLOCK - 2);
  expect(meter.push(across).clipping).toBe(false);
  expect(meter.push(Float32Array.from([-1, ...flat(0.1, BLOCK - 1)])).clipping).toBe(true);
  for (let block = 1; block < 20; block++) expect(meter.push(flat(0.1)).clipping).toBe(true);
  expect(meter.push(flat(0.1)).clipping).toBe(false);
});

test("a new beginning forgets", () => {
  const meter = new LevelMeter(RATE);
  meter.push(flat(1));
  meter.push(flat(0));
  meter.reset();
  expect(meter.push(flat(0))).toEqual({ peak: 0, rms: 0, silentForMs: 100, clipping: false });
});

test.each([1, 2, 3, 4, 5])("levels stay between 0 and 1, rms below peak (seed %i)", (seed) => {
  const random = seeded(seed);
  const meter = new LevelMeter(RATE);
  for (let block = 0; block < 100; block++) {
    const gain = random() * 2;
    const samples = Float32Array.from(
      { length: Math.floor(random() * 300) },
      () => gain * (random() * 2 - 1),
    );
    const { peak, rms, silentForMs } = meter.push(samples);
    expect(rms).toBeGreaterThanOrEqual(0);
    expect(rms).toBeLessThanOrEqual(peak);
    expect(peak).toBeLessThanOrEqual(1);
    expect(silentForMs).toBeGreaterThanOrEqual(0);
  }
});
