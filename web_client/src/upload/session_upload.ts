import { type Observable, Value } from "../observable";
import type { KeptSession, ListedChunk, Outbox } from "../outbox/outbox";
import type { Hold, TabLock } from "../outbox/tab_lock";
import type { Api } from "../wire/api";
import type { Wire } from "../wire/socket";
import { NoteQueue } from "./note_queue";
import { Upload, type UploadStatus } from "./upload";

export interface UploadParts {
  wire: Wire;
  outbox: Outbox;
  api: Pick<Api, "putTypedNote">;
  lock: TabLock;
  jitter?: () => number;
}

/** Where a session's upload stands; `upload` is null while another tab does it, or before this one has begun. */
export interface Standing {
  place: "here" | "elsewhere" | "nowhere";
  upload: UploadStatus | null;
}

/**
 * The upload of one kept session, in one tab at a time: this one does it, or waits until the tab that does is gone.
 * Two tabs at once would lose nothing, since the server takes a chunk once; they would only send everything twice.
 */
export class SessionUpload {
  readonly notes: NoteQueue;
  private readonly current = new Value<Standing>({ place: "nowhere", upload: null });
  readonly standing: Observable<Standing> = this.current;

  private upload: Upload | null = null;
  private hold: Hold | null = null;
  private unsubscribe: (() => void) | null = null;
  private waiting = new AbortController();
  private removed = false;
  /** Until the notes are read nobody knows that none is left. */
  private notesRead = false;
  private over = false;
  /** Begins wait for one another. */
  private turn: Promise<void> = Promise.resolve();
  /** What was recorded while nothing was uploaded here. */
  private early: ListedChunk[] = [];
  private earlyEnd: number | null = null;

  constructor(
    private readonly parts: UploadParts,
    readonly session: KeptSession,
    /** Called once all is done and nothing is kept any more. */
    private readonly onGone: () => void,
  ) {
    this.notes = new NoteQueue(parts.outbox, parts.api, session.ref, parts.jitter);
  }

  /** Uploads here: at once where no other tab does, or `takeOver` says so; otherwise when that tab is gone. */
  begin(takeOver = false): Promise<void> {
    const before = this.turn;
    const run = async (): Promise<void> => {
      await before.catch(() => undefined); // Told to whoever asked for it.
      await this.beginOnce(takeOver);
    };
    this.turn = run();
    return this.turn;
  }

  private async beginOnce(takeOver: boolean): Promise<void> {
    if (this.upload !== null || this.removed) return;
    this.waiting.abort();
    this.waiting = new AbortController();
    const { signal } = this.waiting;
    const name = `hearken.upload.${this.session.ref}`;
    const lost = () => this.lost();
    const { lock } = this.parts;
    const hold = takeOver ? await lock.takeOver(name, lost) : await lock.tryHold(name, lost);
    if (hold !== null) return this.here(hold, signal);
    this.current.set({ place: "elsewhere", upload: null });
    void lock.hold(name, lost, signal).then((late) => (late === null ? undefined : this.here(late, signal)));
  }

  /** Lets go: another tab, or a later page, may go on. */
  end(): void {
    this.waiting.abort();
    this.drop();
    this.hold?.release();
    this.hold = null;
    this.current.set({ place: "nowhere", upload: null });
  }

  /** Ends, and forgets the session with everything of it that is kept in this browser. */
  async discard(): Promise<void> {
    this.removed = true;
    this.drop();
    await this.parts.outbox.remove(this.session.ref);
    this.end();
    this.onGone();
  }

  recorded(chunk: ListedChunk): void {
    if (this.upload === null) this.early.push(chunk);
    else this.upload.recorded(chunk);
  }

  ended(lastSeq: number): void {
    if (this.upload === null) this.earlyEnd = lastSeq;
    else this.upload.ended(lastSeq);
  }

  paused(atSample: number): void {
    this.upload?.paused(atSample);
  }

  continued(atSample: number): void {
    this.upload?.continued(atSample);
  }

  private async here(hold: Hold, signal: AbortSignal): Promise<void> {
    const { wire, outbox, jitter } = this.parts;
    const { ref } = this.session;
    // Read now: the tab that had the lock before may have recorded and uploaded.
    const [session, chunks] = await Promise.all([outbox.session(ref), outbox.list(ref)]);
    if (signal.aborted || session === null || this.upload !== null) {
      hold.release();
      if (session === null) this.onGone();
      return;
    }
    this.hold = hold;
    const upload = new Upload(wire, outbox, session, chunks, jitter);
    this.upload = upload;
    this.notesRead = false;
    this.catchUp(upload, chunks);
    const progressed = () => this.progressed(upload);
    const ends = [upload.status.subscribe(progressed), this.notes.waiting.subscribe(progressed)];
    this.unsubscribe = () => ends.forEach((end) => end());
    if (!session.finished) upload.run();
    await this.notes.load();
    this.notesRead = true;
    this.progressed(upload);
  }

  /** What was put into the outbox while it was being read. */
  private catchUp(upload: Upload, known: readonly ListedChunk[]): void {
    const seqs = new Set(known.map((chunk) => chunk.seq));
    for (const chunk of this.early) if (!seqs.has(chunk.seq)) upload.recorded(chunk);
    if (this.earlyEnd !== null) upload.ended(this.earlyEnd);
    this.early = [];
    this.earlyEnd = null;
  }

  private progressed(upload: Upload): void {
    if (upload !== this.upload) return;
    const status = upload.status.get();
    this.current.set({ place: "here", upload: status });
    if (status.sessionId !== null) this.notes.started(status.sessionId);
    if (status.finished && this.notesRead && this.notes.waiting.get().length === 0) void this.done(status);
  }

  private async done(status: UploadStatus): Promise<void> {
    if (this.over || this.removed) return;
    this.over = true;
    // What was refused for good stays until somebody has looked at it.
    if (status.refusedChunks > 0) await this.parts.outbox.update(this.session.ref, { finished: true });
    else await this.discard();
  }

  private lost(): void {
    this.hold = null;
    this.drop();
    this.current.set({ place: "elsewhere", upload: null });
    if (!this.removed) void this.begin();
  }

  private drop(): void {
    this.unsubscribe?.();
    this.unsubscribe = null;
    this.upload?.halt();
    this.upload = null;
    this.notes.halt();
  }
}
