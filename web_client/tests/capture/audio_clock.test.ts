import { expect, test } from "vitest";

import { AudioClock, type Placed } from "../../src/capture/audio_clock";
import { seeded } from "./seeded";

const RATE = 16_000;
const BLOCK = 1600;
const SOUND = new Float32Array(BLOCK);

/** An audio device and the page's clocks, played through in steps of one block. */
class Device {
  readonly clock = new AudioClock(RATE);
  readonly placed: Placed[] = [];
  frame = 0;
  nowMs = 5000;
  wallMs = 1e12;

  pass(ms: number): void {
    this.nowMs += ms;
    this.wallMs += ms;
  }

  blocks(count: number, msPerBlock: () => number = () => 100): void {
    for (let block = 0; block < count; block++) {
      this.pass(msPerBlock());
      this.frame += BLOCK;
      const now = { frame: this.frame, monotonicMs: this.nowMs, wallMs: this.wallMs };
      this.placed.push(...this.clock.take({ frame: this.frame - BLOCK, samples: SOUND, wallMs: 0 }, now));
    }
  }

  get holes(): [number, number][] {
    return this.placed.filter(({ hole }) => hole > 0).map(({ hole, block }) => [block.frame, hole]);
  }
}

test("frames that no block covers are a hole of exactly their number", () => {
  const device = new Device();
  device.blocks(3);
  device.frame += 777;
  device.pass((777 * 1000) / RATE);
  device.blocks(3);
  expect(device.holes).toEqual([[3 * BLOCK + 777, 777]]);
});

test("time in which the audio clock stood is a hole", () => {
  const device = new Device();
  device.blocks(20);
  device.pass(3000);
  device.blocks(20);
  expect(device.placed.length).toBe(40);
  expect(device.holes).toEqual([[20 * BLOCK, 3 * RATE]]);
});

test("an audio thread that catches up has lost nothing", () => {
  const device = new Device();
  device.blocks(20);
  device.pass(400);
  device.blocks(4, () => 0);
  device.blocks(20);
  expect(device.placed.length).toBe(44);
  expect(device.holes).toEqual([]);
});

test("blocks that waited for a busy page have lost nothing", () => {
  const device = new Device();
  device.blocks(10);
  device.pass(5000);
  const waited = device.frame;
  device.frame += 50 * BLOCK; // The audio clock went on meanwhile.
  for (let block = 0; block < 50; block++) {
    const now = { frame: device.frame, monotonicMs: device.nowMs, wallMs: device.wallMs };
    const frame = waited + block * BLOCK;
    device.placed.push(...device.clock.take({ frame, samples: SOUND, wallMs: 0 }, now));
  }
  device.blocks(10);
  expect(device.placed.length).toBe(70);
  expect(device.holes).toEqual([]);
});

test.each([-200, 200])("an hour of clocks that differ by %i parts in a million has no hole", (ppm) => {
  const random = seeded(ppm);
  const device = new Device();
  let jitter = 0;
  device.blocks(36_000, () => {
    const last = jitter;
    jitter = random() * 30;
    return 100 * (1 + ppm / 1e6) + jitter - last;
  });
  expect(device.placed.length).toBe(36_000);
  expect(device.holes).toEqual([]);
});

test("what is kept at a suspected stall is handed over at a stop", () => {
  const device = new Device();
  device.blocks(5);
  device.pass(1000);
  device.blocks(2);
  device.placed.push(...device.clock.settle());
  expect(device.placed.length).toBe(7);
  expect(device.holes.map(([, hole]) => hole)).toEqual([RATE]);
});

test.each([0, 100])(
  "a machine that slept leaves a hole of that length where the monotonic clock slept too, seen %i ms before the device stood",
  (beforeMs) => {
    const device = new Device();
    device.blocks(10);
    device.wallMs += 3_600_000;
    device.blocks(beforeMs / 100);
    device.pass(300);
    device.blocks(20);
    expect(device.holes.map(([, hole]) => hole)).toEqual([3_600.3 * RATE]);
  },
);

test("a sleep is taken for a working day at most", () => {
  const device = new Device();
  device.blocks(10);
  device.wallMs += 1e11;
  device.pass(300);
  device.blocks(10);
  expect(device.holes.map(([, hole]) => hole)).toEqual([(12 * 3600 + 0.3) * RATE]);
});

test("a wall clock that is set forward is no hole, nor a part of one that comes later", () => {
  const random = seeded(16);
  const device = new Device();
  device.blocks(10);
  device.wallMs += 3_600_000;
  device.blocks(200, () => 95 + random() * 10);
  expect(device.holes).toEqual([]);
  device.blocks(10);
  device.pass(3000);
  device.blocks(10);
  expect(device.holes.length).toBe(1);
  expect(device.holes[0]?.[1]).toBeLessThan(4 * RATE);
});

test("a wall clock that is put back is of no interest", () => {
  const device = new Device();
  device.blocks(10);
  device.wallMs -= 3_600_000;
  device.blocks(10);
  expect(device.holes).toEqual([]);
});
