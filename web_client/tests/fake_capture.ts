import type { Capture, CaptureOptions, CaptureState } from "../src/capture/capture";
import { Value } from "../src/observable";

export const RATE = 16_000;
const IDLE: CaptureState = {
  phase: "idle",
  recordedSamples: 0,
  level: { peak: 0, rms: 0 },
  silentForMs: 0,
  clipping: false,
  trouble: null,
  deviceLabel: null,
  wakeLock: false,
};

/** A microphone that gives a chunk when it is told to, and offers again what was not taken, as the real one does. */
export class FakeCapture implements Capture {
  readonly state: Value<CaptureState>;
  readonly sampleRate = RATE;
  trouble: CaptureState["trouble"] = null;
  /** Seconds that were heard and make no whole chunk yet. */
  rest = 0;
  /** Until the browser's question whether the page may listen is answered. */
  answered: Promise<void> | null = null;
  private seq: number;
  private sample: number;
  private stopping: Promise<void> | null = null;

  constructor(private readonly options: CaptureOptions) {
    this.seq = options.from.nextSeq;
    this.sample = options.from.nextSample;
    this.state = new Value({ ...IDLE, recordedSamples: this.sample });
  }

  async start(): Promise<void> {
    await this.answered;
    return this.become(this.trouble === null ? "recording" : "trouble");
  }

  pause(): Promise<void> {
    return this.become("paused");
  }

  continue(): Promise<void> {
    return this.become("recording");
  }

  /** Whoever asks waits until the last chunk was handed on. */
  stop(): Promise<void> {
    this.stopping ??= this.end();
    return this.stopping;
  }

  switchTo(): Promise<void> {
    return Promise.resolve();
  }

  async record(seconds = this.options.chunkSeconds): Promise<void> {
    const sampleCount = seconds * RATE;
    const [seq, firstSample] = [this.seq, this.sample];
    const bytes = new TextEncoder().encode(`sound ${seq} from ${firstSample}`);
    this.seq += 1;
    this.sample += sampleCount;
    this.state.update((old) => ({ ...old, recordedSamples: this.sample }));
    await this.options.onChunk({ seq, firstSample, sampleCount, mediaType: "audio/ogg", bytes });
  }

  private async end(): Promise<void> {
    if (this.answered !== null) {
      // One thing at a time, as the real one; it is heard for a moment.
      await this.answered;
      await new Promise((resolve) => setTimeout(resolve));
    }
    const { rest } = this;
    this.rest = 0;
    if (rest > 0) await this.record(rest);
    await this.become("stopped");
  }

  private become(phase: CaptureState["phase"]): Promise<void> {
    this.state.update((old) => ({ ...old, phase, trouble: this.trouble }));
    return Promise.resolve();
  }
}
