import { type Observable, Value } from "../observable";
import { AudioClock, type Placed } from "./audio_clock";
import { AudioInput, captureRate, fetchWorklet } from "./audio_input";
import type { Block } from "./block";
import { ChunkEncoder, fetchEncoder } from "./chunk_encoder";
import { ChunkLine } from "./chunk_line";
import { Cutter } from "./cutter";
import { LevelMeter } from "./level";
import { MicrophoneError, onMicrophonesChanged, openMicrophone } from "./microphone";
import type { RecordedChunk } from "./recorded_chunk";
import { Thaw } from "./thaw";
import { WakeLock } from "./wake_lock";

export { microphones } from "./microphone";

/**
 * Beside the phase `trouble` nothing is being recorded. Beside `recording` it is a warning: `encoder_failed` (going on
 * with larger files), `storage` (chunks can't be put away and are kept in memory; when that is full, phase `trouble`).
 */
export type CaptureTrouble =
  | "refused"
  | "no_microphone"
  | "busy"
  | "unplugged"
  | "suspended"
  | "unsupported"
  | "not_fetched"
  | "encoder_failed"
  | "storage";

export interface CaptureState {
  phase: "idle" | "opening" | "recording" | "paused" | "trouble" | "stopped";
  /** The end of the last captured sample on the session's timeline. */
  recordedSamples: number;
  level: { peak: number; rms: number };
  silentForMs: number;
  clipping: boolean;
  trouble: CaptureTrouble | null;
  deviceLabel: string | null;
  wakeLock: boolean;
}

/** Verbs wait for one another; what goes wrong with the device is told by `state`. */
export interface Capture {
  state: Observable<CaptureState>;
  sampleRate: number;
  /** Also tries again after trouble. */
  start(deviceId?: string): Promise<void>;
  pause(): Promise<void>;
  /** After a pause, and after trouble. */
  continue(): Promise<void>;
  /** Resolves after the last, shorter chunk was handed on. */
  stop(): Promise<void>;
  /** Raises `MicrophoneError` where the other microphone can't be had; the present one is kept then. */
  switchTo(deviceId: string): Promise<void>;
}

export interface CaptureOptions {
  chunkSeconds: number;
  /** Where the timeline goes on. `atMs`: the moment, by `performance.now()`, of which `nextSample` is the place: until the
   * microphone gives its first sound, time goes on. Without it the first sound is `nextSample`. */
  from: { nextSeq: number; nextSample: number; atMs?: number };
  /** Resolves once the chunk is durable in the outbox. */
  onChunk: (chunk: RecordedChunk) => Promise<void>;
}

/** What an encoder and a decoder need to settle (RFC 7845, section 4.6), and more than an encoder answers late. */
const LEAD_SECONDS = 0.08;
const TAIL_SECONDS = 0.02;
/** Less than this is not worth a chunk of its own. */
const LEAST_EARLY_SECONDS = 1;
/** The audio thread gives ten blocks a second. */
const STALLED_MS = 2000;
const WATCH_MS = 1000;

const QUIET = { level: { peak: 0, rms: 0 }, silentForMs: 0, clipping: false };

export function openCapture(options: CaptureOptions): Capture {
  return new MicrophoneCapture(options, captureRate());
}

/** Fetches what a capture needs beyond this page, while there is a network. */
export async function fetchCapture(): Promise<void> {
  await Promise.all([fetchWorklet(), fetchEncoder()]);
}

class MicrophoneCapture implements Capture {
  readonly state: Value<CaptureState>;
  private readonly input: AudioInput;
  private readonly thaw: Thaw;
  private readonly clock: AudioClock;
  private readonly cutter: Cutter;
  private readonly meter: LevelMeter;
  private readonly encoder: ChunkEncoder;
  private readonly line: ChunkLine;
  private readonly lock = new WakeLock(document, (navigator as Partial<Navigator>).wakeLock);
  private verbs: Promise<unknown> = Promise.resolve();
  private pending = 0;
  private ends: (() => void)[] = [];

  // What the phase follows from.
  private wanted: "idle" | "running" | "paused" | "stopped" = "idle";
  private opening = false;
  private track: MediaStreamTrack | null = null;
  private deviceId: string | undefined;
  private deviceTrouble: CaptureTrouble | null = null;
  private encoderFailed = false;
  private recording = false;
  private lastBlockMs = 0;
  /** Of which moment the first sample's place was told; null once that is made good. */
  private toldAtMs: number | null;

  constructor(
    { chunkSeconds, from, onChunk }: CaptureOptions,
    readonly sampleRate: number,
  ) {
    this.toldAtMs = from.atMs ?? null;
    const samples = (seconds: number): number => Math.round(seconds * sampleRate);
    this.input = new AudioInput(sampleRate, this.onBlock, this.onEvent);
    this.thaw = new Thaw(sampleRate);
    this.clock = new AudioClock(sampleRate);
    this.meter = new LevelMeter(sampleRate);
    this.cutter = new Cutter({
      chunkSamples: samples(chunkSeconds),
      lead: samples(LEAD_SECONDS),
      tail: samples(TAIL_SECONDS),
      firstSample: from.nextSample,
    });
    this.encoder = new ChunkEncoder(sampleRate, () => {
      this.encoderFailed = true;
      this.show();
    });
    this.line = new ChunkLine({
      firstSeq: from.nextSeq,
      encode: this.encoder.encode,
      onChunk,
      onEncoded: (cut) => this.cutter.release(cut),
      onChange: () => this.show(),
    });
    this.state = new Value<CaptureState>({
      phase: "idle",
      recordedSamples: from.nextSample,
      trouble: null,
      deviceLabel: null,
      wakeLock: false,
      ...QUIET,
    });
    this.lock.held.subscribe(() => this.state.update((old) => ({ ...old, wakeLock: this.lock.held.get() })));
  }

  start(deviceId?: string): Promise<void> {
    return this.next(async () => {
      if (this.wanted === "stopped") throw new Error("a capture that was stopped is not started again");
      this.encoder.prepare();
      this.watch();
      this.wanted = "running";
      await this.open([deviceId]);
    });
  }

  pause(): Promise<void> {
    return this.next(async () => {
      if (this.wanted !== "running") return;
      this.wanted = "paused";
      await this.adjust();
      if (this.track !== null) this.track.enabled = false;
      await this.lock.release();
    });
  }

  continue(): Promise<void> {
    return this.next(async () => {
      if (this.wanted === "stopped" || this.wanted === "idle") return;
      this.wanted = "running";
      if (this.track?.readyState === "live") await this.listen(this.track);
      else await this.open([this.deviceId, undefined]);
    });
  }

  stop(): Promise<void> {
    return this.next(async () => {
      if (this.wanted === "stopped") return;
      this.wanted = "stopped";
      for (const end of this.ends) end();
      this.ends = [];
      await this.adjust();
      this.drop();
      await Promise.all([this.input.close(), this.lock.release()]);
      await this.line.empty();
    });
  }

  switchTo(deviceId: string): Promise<void> {
    return this.next(async () => {
      const track = await openMicrophone(deviceId);
      this.deviceId = deviceId;
      await this.attach(track);
      if (this.wanted === "running") await this.listen(track);
      else track.enabled = false;
    });
  }

  /** One thing at a time, whoever asks. */
  private async next(verb: () => Promise<void>): Promise<void> {
    const before = this.verbs;
    this.pending += 1;
    const run = async (): Promise<void> => {
      await before.catch(() => undefined); // Told to whoever asked for it.
      try {
        await verb();
      } finally {
        this.pending -= 1;
        this.show();
      }
    };
    this.verbs = run();
    await this.verbs;
  }

  /** Opens the first of these devices that can be had; `undefined` is the one that the system prefers. */
  private async open(devices: (string | undefined)[]): Promise<void> {
    this.opening = true;
    this.show();
    try {
      for (const device of devices) {
        if (await this.tryOpen(device)) return;
      }
    } finally {
      this.opening = false;
    }
  }

  private async tryOpen(deviceId: string | undefined): Promise<boolean> {
    try {
      const track = await openMicrophone(deviceId);
      this.deviceId = deviceId;
      await this.attach(track);
      await this.listen(track);
      return true;
    } catch (error) {
      const trouble = error instanceof MicrophoneError ? error.trouble : "unsupported";
      // Of a device that vanished it says more that it was unplugged than that it isn't there.
      if (trouble !== "no_microphone" || this.deviceTrouble !== "unplugged") this.deviceTrouble = trouble;
      if (trouble === "unsupported" || trouble === "not_fetched")
        console.warn("the microphone cannot be listened to:", error);
      return false;
    }
  }

  private async attach(track: MediaStreamTrack): Promise<void> {
    try {
      await this.input.connect(track);
    } catch (error) {
      track.stop();
      throw error;
    }
    this.drop();
    this.track = track;
    for (const event of ["ended", "mute", "unmute"]) track.addEventListener(event, this.onEvent);
    this.deviceTrouble = null;
  }

  private drop(): void {
    if (this.track === null) return;
    for (const event of ["ended", "mute", "unmute"]) this.track.removeEventListener(event, this.onEvent);
    this.track.stop();
    this.track = null;
  }

  private async listen(track: MediaStreamTrack): Promise<void> {
    track.enabled = true;
    await this.input.resume();
    await this.adjust();
    await this.lock.acquire();
  }

  /** Records exactly while there is something to record. What was begun is put away before a hole. */
  private async adjust(): Promise<void> {
    const able = this.wanted === "running" && this.input.running && this.track?.muted === false;
    if (able === this.recording) return;
    this.recording = able;
    this.lastBlockMs = performance.now();
    if (able) {
      await this.input.record();
      return;
    }
    await this.input.hold();
    this.place(this.thaw.rest());
    for (const placed of this.clock.settle()) this.put(placed);
    this.line.add(this.cutter.rest());
    this.meter.reset();
  }

  private watch(): void {
    if (this.ends.length > 0) return;
    const timer = setInterval(this.onEvent, WATCH_MS);
    const seen = ["visibilitychange", "freeze"];
    for (const event of seen) document.addEventListener(event, this.onSeen);
    this.ends = [
      () => clearInterval(timer),
      () => seen.forEach((event) => document.removeEventListener(event, this.onSeen)),
      onMicrophonesChanged(this.onDevices),
    ];
  }

  /** A page that is hidden may be ended without a word: what it has heard so far is put away. */
  private readonly onSeen = (): void => {
    const begun = this.sampleRate * LEAST_EARLY_SECONDS;
    if (document.visibilityState === "hidden") this.line.add(this.cutter.early(begun));
    this.onEvent();
  };

  /** Something about the track, the context or the page changed, or a second has passed. */
  private readonly onEvent = (): void => {
    if (this.pending > 0) return; // What is under way looks at it, or the next second does.
    if (this.track?.readyState === "ended" && this.wanted !== "stopped") void this.next(() => this.lost());
    else if (this.wanted === "running" && this.track !== null && !this.settled)
      void this.next(() => this.revive());
    else if (this.stalled) this.show();
  };

  private get settled(): boolean {
    return this.recording === (this.input.running && this.track?.muted === false) && this.input.running;
  }

  private async revive(): Promise<void> {
    if (this.wanted !== "running") return;
    await this.adjust();
    await this.input.resume();
    await this.adjust();
  }

  /** The device went away under a recording: its return, or another one, ends the hole. */
  private async lost(): Promise<void> {
    if (this.track?.readyState !== "ended") return;
    this.drop();
    this.deviceTrouble = "unplugged";
    await this.adjust();
    if (this.wanted === "running") await this.open([this.deviceId, undefined]);
  }

  private readonly onDevices = (): void => {
    const curable = ["unplugged", "no_microphone", "busy"].includes(this.deviceTrouble ?? "");
    if (curable) {
      void this.next(async () => {
        if (this.wanted === "running" && this.track === null) await this.open([this.deviceId, undefined]);
      });
    }
  };

  private readonly onBlock = (block: Block): void => {
    this.lastBlockMs = performance.now();
    if (this.toldAtMs !== null) this.makeGood(this.toldAtMs, block);
    this.place(this.thaw.take(block));
  };

  /** The time in which a microphone was opened, of a timeline that had begun before, is a hole. */
  private makeGood(toldAtMs: number, first: Block): void {
    this.toldAtMs = null;
    const missing = (this.lastBlockMs - toldAtMs) * (this.sampleRate / 1000) - first.samples.length;
    if (missing > 0) this.line.add(this.cutter.hole(Math.round(missing)));
  }

  private place(blocks: Block[]): void {
    for (const block of blocks) {
      const now = { frame: this.input.frame, monotonicMs: performance.now(), wallMs: Date.now() };
      for (const placed of this.clock.take(block, now)) this.put(placed);
    }
  }

  private put({ hole, block }: Placed): void {
    const { samples } = block;
    if (hole > 0) this.line.add(this.cutter.hole(hole));
    // Where memory is used up, what can't be kept is a hole like any other.
    const kept = !this.line.crowded;
    this.line.add(kept ? this.cutter.push(samples) : this.cutter.hole(samples.length));
    const { peak, rms, silentForMs, clipping } = this.meter.push(samples);
    void this.input.recycle(block);
    const heard = { level: { peak, rms }, silentForMs, clipping };
    this.show(kept ? { ...heard, recordedSamples: this.cutter.end } : heard);
  }

  private show(heard: Partial<CaptureState> = {}): void {
    const { phase, trouble } = this.judged();
    const quiet = phase === "recording" ? {} : QUIET;
    const deviceLabel = this.track?.label ?? null;
    this.state.update((old) => ({ ...old, ...heard, ...quiet, phase, trouble, deviceLabel }));
  }

  private judged(): Pick<CaptureState, "phase" | "trouble"> {
    const warning = this.line.failing ? "storage" : this.encoderFailed ? "encoder_failed" : null;
    if (this.opening) return { phase: "opening", trouble: null };
    if (this.wanted !== "running") return { phase: this.wanted, trouble: this.deviceTrouble ?? warning };
    if (this.deviceTrouble !== null) return { phase: "trouble", trouble: this.deviceTrouble };
    if (!this.recording || this.stalled) return { phase: "trouble", trouble: "suspended" };
    if (this.line.crowded) return { phase: "trouble", trouble: "storage" };
    return { phase: "recording", trouble: warning };
  }

  private get stalled(): boolean {
    return this.recording && performance.now() - this.lastBlockMs > STALLED_MS;
  }
}
