import type { CaptureState } from "../capture/capture";
import type { Transcript, TypedNote } from "../live/transcript";
import type { Observable } from "../observable";
import type { Room } from "../outbox/room";
import type { WireError } from "../wire/answer";

/** What the recording screen shows. Times are milliseconds on the session's timeline. */
export interface RecordingState {
  ref: string;
  /** Null until the server knows the session; a recording that was begun offline has none for a while. */
  sessionId: string | null;
  /** `stopping`: the microphone is off and the rest is on its way; `finished`: the server has all and was told so. */
  phase: "starting" | "recording" | "paused" | "trouble" | "stopping" | "finished";
  /** What the microphone has given so far; the last seconds of it are not durable yet. */
  capturedMs: number;
  /** Durable in this browser: survives a crash. */
  recordedMs: number;
  /** Stored on the server without a gap from the beginning. */
  safeMs: number;
  transcribedMs: number;
  connection: "connecting" | "connected" | "offline" | "signed_out" | "elsewhere";
  /** Another tab has taken it over, and goes on with it or has ended it; this one adds nothing more. */
  taken: "goes_on" | "ended" | null;
  waitingChunks: number;
  /** What the server will never take; it is kept in this browser. */
  refusedChunks: number;
  /** The server does not take this session at all (somebody has deleted it). */
  failure: WireError | null;
  capture: CaptureState;
  /** Whether what is recorded outlives this page. */
  durable: boolean;
  /** It does not because this page is older than what the browser keeps. */
  outdated: boolean;
  /** Why the newest chunk is not durable yet; it is tried again until it is. */
  outboxTrouble: "full" | "failed" | null;
  room: Room;
  slowDown: boolean;
}

export interface Recording {
  readonly ref: string;
  readonly state: Observable<RecordingState>;
  readonly transcript: Observable<Transcript>;
  /** Typed notes by time, also those that the server does not hold yet. */
  readonly notes: Observable<readonly TypedNote[]>;
  pause(): Promise<void>;
  continue(): Promise<void>;
  /** Resolves once everything recorded is durable and the end is decided; uploading goes on by itself. */
  stop(): Promise<void>;
  switchMicrophone(deviceId: string): Promise<void>;
  retryCapture(deviceId?: string): Promise<void>;
  /** At the time it is now on the timeline. Resolves once the note is durable; rejects where another tab goes on. */
  addNote(text: string): Promise<void>;
  /** An empty text removes the note. */
  changeNote(id: string, text: string): Promise<void>;
}
