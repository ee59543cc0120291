import { expect, test } from "vitest";

import type { Block } from "../../src/capture/block";
import { Thaw } from "../../src/capture/thaw";
import { seeded } from "./seeded";

const RATE = 16_000;
const BLOCK = 1600;

/** An audio thread that hands over blocks of 100 ms; what it heard is told apart from what it made up. */
class AudioThread {
  readonly thaw = new Thaw(RATE);
  readonly heard: Block[] = [];
  frame = 0;
  wallMs = 1e12;
  private readonly noise = seeded(7);

  blocks(count: number, msPerBlock: number, sample = () => this.noise() - 0.5): void {
    for (let block = 0; block < count; block++) {
      this.wallMs += msPerBlock;
      this.give(Float32Array.from({ length: BLOCK }, sample));
    }
  }

  give(samples: Float32Array<ArrayBuffer>): void {
    this.heard.push(...this.thaw.take({ frame: this.frame, samples, wallMs: this.wallMs }));
    this.frame += samples.length;
  }

  /** Frames that were left out, as from and to. */
  get missing(): [number, number][] {
    const gaps: [number, number][] = [];
    let expected = 0;
    for (const { frame, samples } of this.heard) {
      if (frame !== expected) gaps.push([expected, frame]);
      expected = frame + samples.length;
    }
    return gaps;
  }
}

const silence = () => 0;

test("what a stopped process did not hear is left out, and what lay in the buffer is kept to the sample", () => {
  const audio = new AudioThread();
  audio.blocks(20, 100);
  audio.wallMs += 4000;
  audio.blocks(1, 0);
  audio.blocks(20, 0.3, silence);
  audio.blocks(1, 0.3);
  audio.blocks(18, 0.3, silence);
  audio.blocks(20, 100);
  expect(audio.missing).toEqual([
    [21 * BLOCK, 41 * BLOCK],
    [42 * BLOCK, 60 * BLOCK],
  ]);
});

test("silence begins and ends within a block", () => {
  const audio = new AudioThread();
  audio.blocks(5, 100);
  audio.wallMs += 2000;
  let at = 0;
  const half = (): number => (at++ < BLOCK / 2 ? 0.5 : 0);
  audio.blocks(1, 0, half);
  audio.blocks(18, 0.3, silence);
  at = 0;
  audio.blocks(1, 80, () => 0.5 - half());
  audio.blocks(5, 100);
  expect(audio.missing).toEqual([[5.5 * BLOCK, 24.5 * BLOCK]]);
  // Each piece can be given back by itself.
  expect(new Set(audio.heard.map(({ samples }) => samples.buffer)).size).toBe(audio.heard.length);
  expect(new Set(audio.heard.map(({ samples }) => samples.buffer.byteLength)).size).toBe(1);
});

test("a muted device is silent at the usual pace, and its silence is kept", () => {
  const audio = new AudioThread();
  audio.blocks(50, 100, silence);
  expect(audio.missing).toEqual([]);
});

test("an audio thread that was held up and catches up with what was heard loses nothing", () => {
  const audio = new AudioThread();
  audio.blocks(5, 100);
  audio.wallMs += 700;
  audio.blocks(7, 1);
  audio.blocks(20, 100);
  expect(audio.missing).toEqual([]);
});

test("a short stall of a muted device is none", () => {
  const audio = new AudioThread();
  audio.blocks(5, 100, silence);
  audio.wallMs += 300;
  audio.blocks(3, 1, silence);
  audio.blocks(20, 100, silence);
  expect(audio.missing).toEqual([]);
});

test.each([3, -3])("a clock that is set by %i years in a silence changes nothing", (years) => {
  const audio = new AudioThread();
  audio.blocks(5, 100, silence);
  audio.wallMs += years * 365 * 86_400_000;
  audio.blocks(20, 100, silence);
  expect(audio.missing).toEqual([]);
});

test("the block that is waited with comes out when nothing follows it", () => {
  const audio = new AudioThread();
  audio.blocks(5, 100);
  audio.wallMs += 4000;
  audio.blocks(1, 0);
  expect(audio.heard.length).toBe(5);
  audio.heard.push(...audio.thaw.rest());
  expect(audio.missing).toEqual([]);
  expect(audio.heard.length).toBe(6);
  expect(audio.thaw.rest()).toEqual([]);
});
