import type { Capture, CaptureOptions, CaptureTrouble } from "../capture/capture";
import type { RecordedChunk } from "../capture/recorded_chunk";
import { type Observable, Value } from "../observable";
import { WireError } from "../wire/answer";
import type { VoiceSpoken, VoiceView } from "../wire/messages";
import { base64 } from "./base64";

/** A sample may end from here on, */
export const LEAST_MS = 20_000;
/** and ends by itself here. */
export const MOST_MS = 30_000;
/** Longer than any sample: it stays one piece. */
const PIECE_SECONDS = 60;

export type SampleState =
  | { phase: "idle" | "opening" | "sending" }
  | { phase: "recording"; heardMs: number; peak: number; silentForMs: number }
  /** `interrupted`: the page was hidden or the microphone went away for a moment, and a piece is missing. */
  | { phase: "trouble"; trouble: CaptureTrouble | "interrupted" }
  /** `message` is what the server says. `again`: the same sample can be sent once more. */
  | { phase: "refused"; code: string; message: string; again: boolean }
  | { phase: "enrolled"; voice: VoiceView };

export interface SamplerOptions {
  openCapture: (options: CaptureOptions) => Capture;
  /** Rejects with a WireError. */
  enrol: (spoken: VoiceSpoken) => Promise<VoiceView>;
}

/** Records one sample of a voice and has it enrolled. The sound is only in this page's memory until it is taken or let
 *  go; it never goes where recordings of sessions are kept. */
export class VoiceSampler {
  private readonly shown = new Value<SampleState>({ phase: "idle" });
  readonly state: Observable<SampleState> = this.shown;
  private name = "";
  private capture: Capture | null = null;
  private pieces: RecordedChunk[] = [];

  constructor(private readonly options: SamplerOptions) {}

  async begin(name: string, deviceId?: string): Promise<void> {
    if (this.capture !== null || this.shown.get().phase === "sending") return;
    this.name = name;
    this.pieces = [];
    this.shown.set({ phase: "opening" });
    const capture = this.opened();
    if (capture === null) return;
    this.capture = capture;
    capture.state.subscribe(() => this.heard(capture));
    await capture.start(deviceId);
    // Whoever left while the browser asked for the microphone has it closed again.
    if (this.capture !== capture) await capture.stop();
  }

  /** The sample is long enough for who speaks: it is sent. */
  async finish(): Promise<void> {
    const { capture } = this;
    const state = this.shown.get();
    if (capture === null || state.phase !== "recording" || state.heardMs < LEAST_MS) return;
    this.capture = null;
    this.shown.set({ phase: "sending" });
    await capture.stop();
    await this.send();
  }

  /** Sends the same sample once more. */
  async again(): Promise<void> {
    const state = this.shown.get();
    if (state.phase !== "refused" || !state.again) return;
    this.shown.set({ phase: "sending" });
    await this.send();
  }

  /** Lets go of what was recorded, and of the microphone. */
  cancel(): void {
    this.letGo();
    this.shown.set({ phase: "idle" });
  }

  private opened(): Capture | null {
    try {
      return this.options.openCapture({
        chunkSeconds: PIECE_SECONDS,
        from: { nextSeq: 0, nextSample: 0 },
        onChunk: (piece) => {
          this.pieces.push(piece);
          // A piece before the end: the page was hidden, or the microphone was away.
          if (this.capture !== null) this.interrupt("interrupted");
          return Promise.resolve();
        },
      });
    } catch (error) {
      console.warn("this browser cannot record:", error);
      this.interrupt("unsupported");
      return null;
    }
  }

  private heard(capture: Capture): void {
    if (this.capture !== capture) return;
    const { phase, trouble, recordedSamples, level, silentForMs } = capture.state.get();
    if (phase === "trouble") this.interrupt(trouble ?? "interrupted");
    else if (phase === "recording") {
      const heardMs = (recordedSamples * 1000) / capture.sampleRate;
      this.shown.set({ phase, heardMs, peak: level.peak, silentForMs });
      if (heardMs >= MOST_MS) void this.finish();
    }
  }

  private interrupt(trouble: CaptureTrouble | "interrupted"): void {
    this.letGo();
    this.shown.set({ phase: "trouble", trouble });
  }

  private letGo(): void {
    const { capture } = this;
    this.capture = null;
    this.pieces = [];
    void capture?.stop();
  }

  private async send(): Promise<void> {
    const [piece, ...more] = this.pieces;
    if (piece === undefined || more.length > 0) {
      this.interrupt("interrupted");
      return;
    }
    const spoken = {
      name: this.name,
      consent: true as const,
      media_type: piece.mediaType,
      audio: base64(piece.bytes),
    };
    try {
      const voice = await this.options.enrol(spoken);
      this.pieces = [];
      this.shown.set({ phase: "enrolled", voice });
    } catch (error) {
      this.refused(error);
    }
  }

  private refused(error: unknown): void {
    const { code, message, retryable } =
      error instanceof WireError ? error : new WireError("internal", "something went wrong", true);
    const again = retryable || code === "unauthenticated";
    if (!again) this.pieces = [];
    this.shown.set({ phase: "refused", code, message, again });
  }
}
