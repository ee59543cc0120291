/** A piece of the timeline, ready to be encoded. `samples` belongs to the cutter: give it back with `release`. */
export interface Cut {
  firstSample: number;
  sampleCount: number;
  /** `lead` samples of what came before, the chunk's own `sampleCount`, `tail` samples of what followed. */
  samples: Float32Array<ArrayBuffer>;
  lead: number;
  tail: number;
}

export interface CutterOptions {
  /** How many samples a full chunk holds. */
  chunkSamples: number;
  /** Encoders start cold and answer late: they are given this much of the neighbours on either side. */
  lead: number;
  tail: number;
  firstSample: number;
}

/**
 * Cuts a stream of samples into chunks by counting. A hole ends a chunk, so that no chunk spans one; beside a hole the
 * neighbouring samples are zeros. A full chunk is handed over once `tail` samples after its end are there.
 */
export class Cutter {
  private readonly free: Float32Array<ArrayBuffer>[] = [];
  private samples: Float32Array<ArrayBuffer>;
  /** The chunk's own samples, and after them up to `tail` of the next one's. */
  private held = 0;
  private first: number;

  constructor(private readonly options: CutterOptions) {
    this.first = options.firstSample;
    this.samples = this.take();
  }

  /** The end of the last sample taken, on the timeline. */
  get end(): number {
    return this.first + this.held;
  }

  push(block: Float32Array): Cut[] {
    const { chunkSamples, lead, tail } = this.options;
    const cuts: Cut[] = [];
    for (let at = 0; at < block.length;) {
      const taken = Math.min(block.length - at, chunkSamples + tail - this.held);
      this.samples.set(block.subarray(at, at + taken), lead + this.held);
      this.held += taken;
      at += taken;
      if (this.held === chunkSamples + tail) cuts.push(this.full());
    }
    return cuts;
  }

  /** Ends the chunk under way and leaves `count` samples of the timeline empty. */
  hole(count: number): Cut[] {
    const cuts = this.rest();
    this.first += count;
    return cuts;
  }

  /** Ends the chunk under way, however short. */
  rest(): Cut[] {
    const cuts: Cut[] = [];
    // What is held may reach into the next chunk by less than the tail.
    while (this.held > this.options.chunkSamples) cuts.push(this.full());
    if (this.held > 0) {
      const next = this.take();
      cuts.push(this.cut(this.held));
      this.first += this.held;
      this.samples = next;
      this.held = 0;
    } else {
      this.samples.fill(0);
    }
    return cuts;
  }

  release(cut: Cut): void {
    this.free.push(cut.samples);
  }

  /** Ends the chunk under way before it is full, where it has `least` samples and its tail; the sound goes on. */
  early(least: number): Cut[] {
    const sampleCount = this.held - this.options.tail;
    return sampleCount < least ? [] : [this.ended(sampleCount)];
  }

  private full(): Cut {
    return this.ended(this.options.chunkSamples);
  }

  /** The next chunk begins with what followed, and with this one's end before it. */
  private ended(sampleCount: number): Cut {
    const { lead } = this.options;
    const cut = this.cut(sampleCount);
    const next = this.take();
    next.set(cut.samples.subarray(sampleCount, lead + this.held));
    this.samples = next;
    this.held -= sampleCount;
    this.first += sampleCount;
    return cut;
  }

  private cut(sampleCount: number): Cut {
    const { lead, tail } = this.options;
    return { firstSample: this.first, sampleCount, samples: this.samples, lead, tail };
  }

  private take(): Float32Array<ArrayBuffer> {
    const { chunkSamples, lead, tail } = this.options;
    return this.free.pop()?.fill(0) ?? new Float32Array(lead + chunkSamples + tail);
  }
}
