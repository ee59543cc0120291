import type { Capture } from "../capture/capture";
import type { RecordedChunk } from "../capture/recorded_chunk";
import { empty, type Transcript, type TypedNote } from "../live/transcript";
import type { Viewer } from "../live/viewer";
import { type Observable, Value } from "../observable";
import { type KeptSession, type Outbox, OutboxFull, OutboxTaken } from "../outbox/outbox";
import { UNKNOWN_ROOM } from "../outbox/room";
import type { SessionUpload, Standing } from "../upload/session_upload";
import type { ConnectionState } from "../wire/socket";
import type { Recording, RecordingState } from "./recording";

const OUTBOX_AGAIN_MS = 1_000;
const LISTENS: ReadonlySet<string> = new Set(["recording", "paused"]);

export interface RecordingParts {
  ref: string;
  outbox: Outbox;
  connection: Observable<ConnectionState>;
  openCapture: (onChunk: (chunk: RecordedChunk) => Promise<void>) => Capture;
  /** Puts the session into the outbox, or finds it there; asked once the microphone is open. */
  keepSession: (sampleRate: number) => Promise<Kept>;
  watch: (sessionId: string) => Viewer;
}

interface Kept {
  session: KeptSession;
  upload: SessionUpload;
}

/** A recording under way: joins microphone, outbox and upload. Every chunk is durable before it counts as recorded. */
export class LiveRecording implements Recording {
  readonly ref: string;
  readonly state: Observable<RecordingState>;
  readonly transcript: Observable<Transcript>;
  readonly notes: Observable<readonly TypedNote[]>;

  private readonly capture: Capture;
  private readonly shownState: Value<RecordingState>;
  private readonly shownTranscript = new Value<Transcript>(empty("recording"));
  private readonly shownNotes = new Value<readonly TypedNote[]>([]);
  private readonly ends: (() => void)[] = [];

  private kept: Kept | null = null;
  private keeping: Promise<Kept> | null = null;
  private viewer: Viewer | null = null;
  private lastSeq: number | null = null;
  private newestSeq = -1;
  private recordedSamples = 0;
  private stopping: Promise<void> | null = null;
  private taken: RecordingState["taken"] = null;
  private outboxTrouble: RecordingState["outboxTrouble"] = null;
  private room = UNKNOWN_ROOM;
  /** The last standing that was heard: the numbers stay on the screen when another tab takes over. */
  private lastHeard: Standing["upload"] = null;

  constructor(private readonly parts: RecordingParts) {
    this.ref = parts.ref;
    this.capture = parts.openCapture((chunk) => this.keep(chunk));
    this.shownState = new Value(this.look());
    this.state = this.shownState;
    this.transcript = this.shownTranscript;
    this.notes = this.shownNotes;
    const show = () => this.show();
    this.ends.push(this.capture.state.subscribe(show), parts.connection.subscribe(show));
  }

  get sampleRate(): number {
    return this.capture.sampleRate;
  }

  /** Opens the microphone. One that cannot be opened is a trouble of the state, not an error. */
  async open(deviceId?: string): Promise<void> {
    if (this.taken !== null) return;
    await this.capture.start(deviceId);
    // Another tab may have taken it up while the browser asked whether this one may listen.
    if (this.isTaken()) return this.capture.stop();
    if (LISTENS.has(this.capture.state.get().phase)) await this.begun();
    this.show();
  }

  async pause(): Promise<void> {
    await this.capture.pause();
    this.kept?.upload.paused(this.capture.state.get().recordedSamples);
  }

  async continue(): Promise<void> {
    await this.capture.continue();
    this.kept?.upload.continued(this.capture.state.get().recordedSamples);
  }

  stop(): Promise<void> {
    this.stopping ??= this.end();
    this.show();
    return this.stopping;
  }

  switchMicrophone(deviceId: string): Promise<void> {
    return this.capture.switchTo(deviceId);
  }

  retryCapture(deviceId?: string): Promise<void> {
    return this.open(deviceId);
  }

  async addNote(text: string): Promise<void> {
    const atMs = this.shownState.get().capturedMs;
    const { upload } = await this.noting();
    await upload.notes.put({ id: crypto.randomUUID(), atMs, text });
  }

  async changeNote(id: string, text: string): Promise<void> {
    const atMs = this.shownNotes.get().find((note) => note.id === id)?.at_ms;
    const { upload } = await this.noting();
    if (atMs !== undefined) await upload.notes.put({ id, atMs, text });
  }

  /** Another tab has taken the recording up: nothing more of this one may be added. */
  lose(): void {
    if (this.taken !== null || this.lastSeq !== null) return;
    this.taken = "goes_on";
    this.show();
    void this.capture.stop();
  }

  /** It was lost, and the tab that went on with it has ended it, or it is not kept any more. */
  endedElsewhere(): void {
    if (this.taken !== "goes_on") return;
    this.taken = "ended";
    this.show();
  }

  /** Another tab wants to go on with it: puts away what the microphone gave. One that is being stopped is stopped. */
  giveUp(): Promise<void> {
    if (this.stopping === null) this.lose();
    return this.layDown();
  }

  /** Closes the microphone and puts away what it gave; unless it was stopped before, the recording stays unfinished. */
  layDown(): Promise<void> {
    return this.stopping ?? this.capture.stop();
  }

  /** Whether leaving the page now would cost sound. */
  get listening(): boolean {
    return this.stopping === null && this.taken === null && this.kept !== null;
  }

  /** The screen is done with it; the upload goes on without. */
  close(): void {
    for (const end of this.ends.splice(0)) end();
    this.viewer?.close();
  }

  private async end(): Promise<void> {
    try {
      await this.capture.stop();
    } finally {
      // However the microphone ended: what was made durable is the recording.
      await this.decideEnd();
    }
  }

  private async decideEnd(): Promise<void> {
    const lastSeq = this.newestSeq;
    if (this.kept === null || !(await this.keepEnd(this.kept, lastSeq))) return;
    this.lastSeq = lastSeq;
    // A tab that has asked for it meanwhile finds it stopped.
    this.taken = null;
    this.kept.upload.ended(lastSeq);
    this.show();
  }

  /** Until it is kept: a later page must not take the recording for unfinished. False where another tab goes on. */
  private async keepEnd({ session }: Kept, lastSeq: number): Promise<boolean> {
    for (;;) {
      try {
        await this.parts.outbox.end(this.ref, lastSeq, session.writer);
        return true;
      } catch (error) {
        if (error instanceof OutboxTaken) {
          this.lose();
          return false;
        }
        await this.notKept(error);
        await new Promise((resolve) => setTimeout(resolve, OUTBOX_AGAIN_MS));
      }
    }
  }

  private isTaken(): boolean {
    return this.taken !== null;
  }

  /** The tab that goes on sends and forgets the notes: one that came behind its back could be lost. */
  private noting(): Promise<Kept> {
    return this.isTaken() ? Promise.reject(new OutboxTaken(this.ref)) : this.begun();
  }

  /** What was begun here before another tab took it stays; nothing is begun behind that tab's back. */
  private begun(): Promise<Kept> {
    if (this.isTaken() && this.keeping === null) return Promise.reject(new OutboxTaken(this.ref));
    this.keeping ??= this.beginKeeping();
    return this.keeping;
  }

  private async beginKeeping(): Promise<Kept> {
    let kept: Kept;
    try {
      kept = await this.parts.keepSession(this.capture.sampleRate);
    } catch (error) {
      this.keeping = null; // Tried again by the next who needs it.
      throw error;
    }
    this.kept = kept;
    this.recordedSamples = kept.session.nextSample;
    this.newestSeq = kept.session.nextSeq - 1;
    const { upload } = kept;
    this.ends.push(upload.standing.subscribe(() => this.progressed(upload)));
    this.ends.push(upload.notes.waiting.subscribe(() => this.showNotes()));
    this.progressed(upload);
    void this.lookAtRoom();
    return kept;
  }

  /** Resolves once the chunk is durable; rejects where it could not be kept, and the capture offers it again. */
  private async keep(chunk: RecordedChunk): Promise<void> {
    try {
      const { session, upload } = await this.begun();
      const entry = await this.parts.outbox.put(this.ref, chunk, session.writer);
      this.outboxTrouble = null;
      this.newestSeq = entry.seq;
      this.recordedSamples = entry.firstSample + entry.sampleCount;
      upload.recorded(entry);
    } catch (error) {
      if (!(error instanceof OutboxTaken)) {
        await this.notKept(error);
        throw error;
      }
      // The timeline goes on in the other tab. These seconds were never shown as recorded; they are let go.
      this.lose();
    }
    this.show();
    void this.lookAtRoom();
  }

  private async notKept(error: unknown): Promise<void> {
    this.outboxTrouble = error instanceof OutboxFull ? "full" : "failed";
    this.show();
    if (!(error instanceof OutboxFull)) return;
    try {
      await this.makeRoom();
    } catch {
      this.outboxTrouble = "failed"; // Shown; whoever could not put something tries again.
      this.show();
    }
  }

  /** On a full disk the copies of what the server has said it holds give way to what exists nowhere else. */
  private async makeRoom(): Promise<void> {
    if (this.kept === null) return;
    const { outbox } = this.parts;
    for (const { ref } of await outbox.sessions(this.kept.session.account)) await outbox.releaseStored(ref);
  }

  private async lookAtRoom(): Promise<void> {
    this.room = await this.parts.outbox.room();
    this.show();
  }

  private progressed(upload: SessionUpload): void {
    const standing = upload.standing.get();
    this.lastHeard = standing.upload ?? this.lastHeard;
    const sessionId = standing.upload?.sessionId ?? null;
    if (sessionId !== null && this.viewer === null) this.follow(sessionId);
    this.show();
  }

  private follow(sessionId: string): void {
    const viewer = this.parts.watch(sessionId);
    this.viewer = viewer;
    const shown = () => {
      this.shownTranscript.set(viewer.transcript.get());
      this.showNotes();
      this.show();
    };
    this.ends.push(viewer.transcript.subscribe(shown));
    shown();
  }

  /** What waits here is newer than what the server has told. */
  private showNotes(): void {
    const waiting = this.kept?.upload.notes.waiting.get() ?? [];
    const notes = new Map(this.shownTranscript.get().notes.map((note) => [note.id, note]));
    for (const { id, atMs, text } of waiting) notes.set(id, { id, at_ms: atMs, text });
    const visible = [...notes.values()].filter((note) => note.text !== "");
    this.shownNotes.set(visible.sort((a, b) => a.at_ms - b.at_ms));
  }

  private show(): void {
    this.shownState.set(this.look());
  }

  private look(): RecordingState {
    const capture = this.capture.state.get();
    const upload = this.lastHeard;
    const ms = (samples: number) => Math.floor((samples * 1000) / this.capture.sampleRate);
    return {
      ref: this.ref,
      sessionId: upload?.sessionId ?? this.kept?.session.sessionId ?? null,
      phase: this.phase(capture.phase),
      capturedMs: ms(Math.max(capture.recordedSamples, this.recordedSamples)),
      recordedMs: ms(this.recordedSamples),
      safeMs: ms(upload?.safeThroughSample ?? 0),
      transcribedMs: this.shownTranscript.get().coverage?.transcribed_ms ?? 0,
      connection: this.connection(),
      waitingChunks: upload?.waitingChunks ?? 0,
      refusedChunks: upload?.refusedChunks ?? 0,
      failure: upload?.failure ?? null,
      capture,
      taken: this.taken,
      durable: this.parts.outbox.durable,
      outdated: this.parts.outbox.outdated,
      outboxTrouble: this.outboxTrouble,
      room: this.room,
      slowDown: upload?.slowDown ?? false,
    };
  }

  private phase(capture: RecordingState["capture"]["phase"]): RecordingState["phase"] {
    if (this.taken !== null) return "trouble";
    if (this.stopping !== null) return this.stopped() ? "finished" : "stopping";
    if (capture === "trouble" || capture === "stopped") return "trouble";
    if (capture === "recording" || capture === "paused") return this.kept === null ? "starting" : capture;
    return "starting";
  }

  private stopped(): boolean {
    return this.kept === null || (this.lastSeq !== null && this.lastHeard?.settled === true);
  }

  private connection(): RecordingState["connection"] {
    const place = this.kept?.upload.standing.get().place;
    if (this.taken !== null || place === "elsewhere") return "elsewhere";
    return this.parts.connection.get().phase;
  }
}
