import type { Block } from "./block";

/** The audio thread makes a block every 100 ms; where it was away for longer than this, it had stopped. */
const STOPPED_MS = 500;
/** Blocks that are made up for follow one another faster than sound can have come in. */
const MADE_UP_FOR = 0.5;
/** A microphone's own silence is noise: so many zeros in a row were never heard. */
const LEAST_SECONDS = 0.02;

/**
 * Takes out what nobody heard while the page was frozen. When a process that was stopped goes on, Chromium makes up for
 * the time at once: the audio clock is right again within milliseconds, and where the microphone's few hundred
 * milliseconds of buffer end, the samples are zeros. Left out here, they are missing from the audio clock's count,
 * which makes them a hole.
 *
 * Zeros alone are no sign: a muted device gives them as well, but a block every 100 ms. Neither is a gap alone: a clock
 * that was set makes one too, but no rush afterwards.
 */
export class Thaw {
  private lastMs: number | null = null;
  /** The first block after a gap, kept until the next one tells what the gap was. */
  private first: Block | null = null;
  private rushing = false;

  constructor(private readonly sampleRate: number) {}

  /** What was heard of what has come so far, in order. */
  take(block: Block): Block[] {
    const sinceMs = block.wallMs - (this.lastMs ?? block.wallMs);
    this.lastMs = block.wallMs;
    const made = sinceMs >= 0 && sinceMs < (MADE_UP_FOR * 1000 * block.samples.length) / this.sampleRate;
    const first = this.rest();
    if (sinceMs > STOPPED_MS) {
      this.first = block;
      this.rushing = false;
      return first;
    }
    const before = first.flatMap((each) => (made ? this.heard(each) : [each]));
    // The last block of a rush is filled up at the usual pace.
    const suspect = this.rushing || (made && first.length > 0);
    this.rushing = suspect && made;
    return [...before, ...(suspect ? this.heard(block) : [block])];
  }

  /** What is kept back, when nothing will come that could tell more. */
  rest(): Block[] {
    const { first } = this;
    this.first = null;
    return first === null ? [] : [first];
  }

  private heard(block: Block): Block[] {
    const { samples } = block;
    const pieces: Block[] = [];
    let from = 0;
    for (const [zerosFrom, zerosTo] of this.zeros(samples)) {
      if (zerosFrom > from) pieces.push(piece(block, from, zerosFrom));
      from = zerosTo;
    }
    if (from === 0) return [block];
    if (from < samples.length) pieces.push(piece(block, from, samples.length));
    return pieces;
  }

  /** Runs of zeros that are long enough, as from and to. */
  private zeros(samples: Float32Array): [number, number][] {
    const least = LEAST_SECONDS * this.sampleRate;
    const runs: [number, number][] = [];
    let from = 0;
    for (let at = 0; at <= samples.length; at++) {
      if (samples[at] === 0) continue;
      if (at - from >= least) runs.push([from, at]);
      from = at + 1;
    }
    return runs;
  }
}

/** A block of its own, with memory of its own: what a block lies in is given back when it is done with. */
function piece({ frame, samples, wallMs }: Block, from: number, to: number): Block {
  const memory = new Float32Array(samples.buffer.byteLength / Float32Array.BYTES_PER_ELEMENT);
  memory.set(samples.subarray(from, to));
  return { frame: frame + from, samples: memory.subarray(0, to - from), wallMs };
}
