export interface Level {
  /** Of the last block, 0 to 1. */
  peak: number;
  rms: number;
  /** For how long there has been nothing louder than a quiet room. */
  silentForMs: number;
  /** Sound was cut off at full scale within the last two seconds. */
  clipping: boolean;
}

/** -55 dBFS: below this a microphone is muted, or nobody is near it. */
const SILENCE_RMS = 10 ** (-55 / 20);
const FULL_SCALE = 0.99;
/** One sample at full scale is a peak; several in a row are a flattened wave. */
const CLIPPED_RUN = 3;
const CLIPPING_HOLD_MS = 2000;

export class LevelMeter {
  private silentSamples = 0;
  private samplesSinceClipped = Infinity;
  private run = 0;

  constructor(private readonly sampleRate: number) {}

  push(block: Float32Array): Level {
    let peak = 0;
    let energy = 0;
    let clipped = false;
    for (const sample of block) {
      const size = Math.abs(sample);
      if (size > peak) peak = size;
      energy += size * size;
      this.run = size >= FULL_SCALE ? this.run + 1 : 0;
      if (this.run >= CLIPPED_RUN) clipped = true;
    }
    const rms = block.length > 0 ? Math.sqrt(energy / block.length) : 0;
    this.silentSamples = rms < SILENCE_RMS ? this.silentSamples + block.length : 0;
    this.samplesSinceClipped = clipped ? 0 : this.samplesSinceClipped + block.length;
    return {
      peak: Math.min(peak, 1),
      rms: Math.min(rms, 1),
      silentForMs: this.ms(this.silentSamples),
      clipping: this.ms(this.samplesSinceClipped) < CLIPPING_HOLD_MS,
    };
  }

  /** After a hole: what was heard before it says nothing about now. */
  reset(): void {
    this.silentSamples = 0;
    this.samplesSinceClipped = Infinity;
    this.run = 0;
  }

  private ms(samples: number): number {
    return (samples * 1000) / this.sampleRate;
  }
}
