import { type Observable, Value } from "../observable";
import type { KeptSession, ListedChunk, Outbox } from "../outbox/outbox";
import type { Hold, TabLock } from "../outbox/tab_lock";
import type { Api } from "../wire/api";
import type { Wire } from "../wire/socket";
import { NoteQueue } from "./note_queue";
import { Upload, type UploadStatus } from "./upload";

const AGAIN_MS = 1_000;

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
  /** Whether it is being looked whether anything is left. */
  private ending = false;
  private over = false;
  /** Begins wait for one another. */
  private turn: Promise<void> = Promise.resolve();
  /** What was recorded while nothing was uploaded here. */
  private early: ListedChunk[] = [];
  private timer: ReturnType<typeof setTimeout> | null = null;
  private earlyEnd: number | null = null;

  constructor(
    private readonly parts: UploadParts,
    readonly session: KeptSession,
    private readonly on: {
      /** All is done and nothing is kept any more. */
      gone: () => void;
      /** Something was put into the outbox that concerns other tabs: what they upload, or the end. */
      kept: () => void;
    },
  ) {
    this.notes = new NoteQueue(parts.outbox, parts.api, session.ref, parts.jitter);
  }

  /**
   * Uploads here: at once where no other tab does, or `takeOver` says so; otherwise when that tab is gone. Where it is
   * uploaded here already, what other tabs have put into the outbox is taken in.
   */
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
    if (this.removed) return;
    if (this.upload !== null) return this.readAgain(this.upload);
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
    this.gone();
  }

  /** The chunk is in the outbox. */
  recorded(chunk: ListedChunk): void {
    if (this.upload !== null) {
      this.upload.recorded(chunk);
      return;
    }
    this.early.push(chunk);
    this.on.kept();
  }

  /** The end is in the outbox. */
  ended(lastSeq: number): void {
    if (this.upload === null) this.earlyEnd = lastSeq;
    else this.upload.ended(lastSeq);
    this.on.kept();
  }

  paused(atSample: number): void {
    this.upload?.paused(atSample);
  }

  continued(atSample: number): void {
    this.upload?.continued(atSample);
  }

  private async here(hold: Hold, signal: AbortSignal): Promise<void> {
    this.early = [];
    this.earlyEnd = null;
    let read: [KeptSession | null, ListedChunk[]];
    try {
      // Read now: the tab that had the lock before may have recorded and uploaded.
      read = await this.read();
    } catch {
      hold.release();
      if (!signal.aborted) {
        this.current.set({ place: "nowhere", upload: null });
        this.later();
      }
      return;
    }
    const [session, chunks] = read;
    if (signal.aborted || session === null || this.upload !== null) {
      hold.release();
      if (session === null) this.on.gone();
      return;
    }
    this.hold = hold;
    this.start(session, chunks);
    await this.readNotes();
  }

  private start(session: KeptSession, chunks: ListedChunk[]): void {
    const { wire, outbox, jitter } = this.parts;
    const upload = new Upload(wire, outbox, session, chunks, jitter);
    this.upload = upload;
    // What was put into the outbox while it was being read.
    for (const chunk of this.early) upload.recorded(chunk);
    if (this.earlyEnd !== null) upload.ended(this.earlyEnd);
    const progressed = () => this.progressed(upload);
    const ends = [upload.status.subscribe(progressed), this.notes.waiting.subscribe(progressed)];
    this.unsubscribe = () => ends.forEach((end) => end());
    if (!session.finished) upload.run();
    this.progressed(upload);
  }

  private async readAgain(upload: Upload): Promise<void> {
    let read: [KeptSession | null, ListedChunk[]];
    try {
      read = await this.read();
    } catch {
      this.later();
      return;
    }
    const [session, chunks] = read;
    if (upload !== this.upload) return;
    if (session === null) {
      this.gone();
      return;
    }
    upload.found(session, chunks);
    await this.readNotes();
    this.progressed(upload);
  }

  private read(): Promise<[KeptSession | null, ListedChunk[]]> {
    const { outbox } = this.parts;
    const { ref } = this.session;
    return Promise.all([outbox.session(ref), outbox.list(ref)]);
  }

  private async readNotes(): Promise<void> {
    try {
      await this.notes.load();
    } catch {
      this.later();
    }
  }

  /** The outbox could not be read; it may be the next time. */
  private later(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.begin(), AGAIN_MS);
  }

  private progressed(upload: Upload): void {
    if (upload !== this.upload) return;
    const status = upload.status.get();
    this.current.set({ place: "here", upload: status });
    if (status.sessionId !== null) this.notes.started(status.sessionId);
    if (status.finished && this.notes.waiting.get().length === 0) void this.done(status);
  }

  private async done(status: UploadStatus): Promise<void> {
    if (this.over || this.ending || this.removed) return;
    this.ending = true;
    try {
      this.over = await this.nothingLeft(status);
    } catch {
      this.later();
    } finally {
      this.ending = false;
    }
  }

  private async nothingLeft({ refusedChunks }: UploadStatus): Promise<boolean> {
    const { outbox } = this.parts;
    const { ref } = this.session;
    // Another tab may have put one there, which is sent first; its sending leads here again.
    await this.notes.load();
    if (this.notes.waiting.get().length > 0) return false;
    // What was refused for good stays until somebody has looked at it.
    if (refusedChunks > 0) await outbox.update(ref, { finished: true });
    else if (await outbox.removeUnlessNoted(ref)) this.gone();
    else this.later();
    return refusedChunks > 0 || this.removed;
  }

  private gone(): void {
    this.removed = true;
    this.end();
    this.on.gone();
  }

  private lost(): void {
    this.hold = null;
    // Also of a lock that was lost before what it is for had begun.
    this.waiting.abort();
    this.drop();
    this.current.set({ place: "elsewhere", upload: null });
    if (!this.removed) void this.begin();
  }

  private drop(): void {
    this.unsubscribe?.();
    this.unsubscribe = null;
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    this.upload?.halt();
    this.upload = null;
    this.notes.halt();
  }
}
