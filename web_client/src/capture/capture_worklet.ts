/** Runs on the audio thread: collects what the microphone gives into blocks, counted by the audio clock. */
import { type Block, BLOCK_SECONDS, type FromWorklet, type ToWorklet } from "./block";

// What the scope of an audio worklet offers; TypeScript's libraries do not describe it.
declare const currentFrame: number;
declare const sampleRate: number;
declare class AudioWorkletProcessor {
  readonly port: MessagePort;
}
declare function registerProcessor(name: string, processor: typeof AudioWorkletProcessor): void;

const BLOCK_SAMPLES = Math.round(sampleRate * BLOCK_SECONDS);

class CaptureProcessor extends AudioWorkletProcessor {
  private readonly free: ArrayBuffer[] = [];
  private recording = false;
  /** A whole block has come without an interruption: sources stutter in their first moments. */
  private steady = false;
  private block: Omit<Block, "wallMs"> | null = null;
  private held = 0;

  constructor() {
    super();
    this.port.onmessage = ({ data }: MessageEvent<ToWorklet>) => {
      if (data instanceof ArrayBuffer) {
        this.free.push(data);
        return;
      }
      this.recording = data === "record";
      this.steady &&= this.recording;
      if (!this.recording) {
        this.post();
        this.port.postMessage("held" satisfies FromWorklet);
      }
    };
  }

  /** One quantum of sound; nothing is connected while a microphone is being changed. */
  process(inputs: Float32Array[][]): boolean {
    const input = inputs[0]?.[0];
    if (!this.recording || input === undefined) {
      this.interrupted();
      return true;
    }
    if (this.block !== null && this.block.frame + this.held !== currentFrame) this.interrupted();
    for (let at = 0; at < input.length;) {
      this.block ??= { frame: currentFrame + at, samples: this.buffer() };
      const taken = Math.min(input.length - at, BLOCK_SAMPLES - this.held);
      this.block.samples.set(input.subarray(at, at + taken), this.held);
      this.held += taken;
      at += taken;
      if (this.held === BLOCK_SAMPLES) {
        this.steady = true;
        this.post();
      }
    }
    return true;
  }

  private interrupted(): void {
    if (this.steady) {
      this.post();
    } else if (this.block !== null) {
      this.free.push(this.block.samples.buffer);
      this.block = null;
      this.held = 0;
    }
  }

  private buffer(): Float32Array<ArrayBuffer> {
    return new Float32Array(
      this.free.pop() ?? new ArrayBuffer(BLOCK_SAMPLES * Float32Array.BYTES_PER_ELEMENT),
    );
  }

  private post(): void {
    if (this.block === null) return;
    const { frame, samples } = this.block;
    const block: FromWorklet = { frame, samples: samples.subarray(0, this.held), wallMs: Date.now() };
    this.port.postMessage(block, [samples.buffer]);
    this.block = null;
    this.held = 0;
  }
}

registerProcessor("capture", CaptureProcessor);
