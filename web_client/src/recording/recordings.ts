import type { openCapture } from "../capture/capture";
import type { Viewer } from "../live/viewer";
import { type Observable, Value } from "../observable";
import { isEmpty, type KeptSession, type NewSession } from "../outbox/outbox";
import type { Hold } from "../outbox/tab_lock";
import { SessionUpload, type Standing, type UploadParts } from "../upload/session_upload";
import { WireError } from "../wire/answer";
import { LiveRecording } from "./live_recording";
import type { News } from "./news";
import type { Recording } from "./recording";
import { samplesAway } from "./time_away";

const CHUNK_SECONDS = 15;
/** How long a tab that is asked for its recording may take to put the last piece away. */
const GIVE_UP_MS = 2_000;

export interface RecordingStart {
  title?: string | undefined;
  patientId?: string | undefined;
  /** A BCP 47 tag; without one the language is detected. */
  language?: string | undefined;
  consent: unknown;
  deviceId?: string | undefined;
  chunkSeconds?: number | undefined;
}

/** A recording that was neither stopped nor finished: offered for going on, or for finishing. */
export interface Unfinished extends KeptSession {
  /** Another tab is recording it. */
  elsewhere: boolean;
  recordedMs: number;
}

/** A recording whose chunks are still kept in this browser, stopped or not. */
export interface KeptUpload {
  session: KeptSession;
  standing: Standing;
}

type SignedIn = Observable<{ phase: string; user: { id: string } | null }>;

export interface RecordingsParts extends UploadParts {
  account: SignedIn;
  watch: (sessionId: string) => Viewer;
  openCapture: typeof openCapture;
  news: News;
  wallClock?: () => number;
}

/** Everything recorded in this browser by the user who is signed in: under way, unfinished, on its way. */
export class Recordings {
  private readonly now = new Value<LiveRecording | null>(null);
  readonly current: Observable<Recording | null> = this.now;
  private readonly left = new Value<readonly Unfinished[]>([]);
  readonly unfinished: Observable<readonly Unfinished[]> = this.left;
  private readonly all = new Value<readonly KeptUpload[]>([]);
  /** With refused chunks among them, which stay until they are discarded. */
  readonly kept: Observable<readonly KeptUpload[]> = this.all;

  private readonly uploads = new Map<string, SessionUpload>();
  private readonly wallClock: () => number;
  private account: string | null = null;
  private hold: Hold | null = null;
  /** The last that another tab has taken: the page still shows it. */
  private lostOne: LiveRecording | null = null;
  /** Looks into the outbox, and the newest of them that has come to its end. */
  private looks = 0;
  private newestLook = 0;

  constructor(private readonly parts: RecordingsParts) {
    this.wallClock = parts.wallClock ?? Date.now;
    parts.account.subscribe(() => void this.accountChanged());
    void this.accountChanged();
    addEventListener("beforeunload", (event) => {
      // Asked only where sound would be lost: the seconds since the last chunk, or what is kept in this page alone.
      if (this.now.get()?.listening === true || this.onlyHere()) event.preventDefault();
    });
    parts.news.listen({
      changed: () => void this.refresh(),
      asked: (ref) => void this.giveUp(ref),
    });
    document.addEventListener("visibilitychange", () => {
      // A tab that was killed tells nothing.
      if (document.visibilityState === "visible") void this.refresh();
    });
  }

  /** Opens the microphone and records. One that cannot be opened is a trouble of the recording's state. */
  async begin(start: RecordingStart): Promise<Recording> {
    const account = this.signedIn();
    const ref = crypto.randomUUID();
    const chunkSeconds = start.chunkSeconds ?? CHUNK_SECONDS;
    await this.leave();
    void this.parts.outbox.askToPersist();
    return this.locked(ref, false, () => {
      const recording = new LiveRecording({
        ...this.recordingParts(ref, chunkSeconds, { nextSeq: 0, nextSample: 0 }),
        keepSession: async (sampleRate) => {
          const session = await this.parts.outbox.begin(
            this.newSession(ref, account, start, chunkSeconds, sampleRate),
          );
          return { session, upload: await this.take(session, true) };
        },
      });
      return this.record(recording, start.deviceId);
    });
  }

  /**
   * Goes on with an unfinished one: the same session, with a hole for the time away. Rejects with `elsewhere` where
   * another tab records it, unless `takeOver` says to take it from there.
   */
  async resume(ref: string, options: { deviceId?: string; takeOver?: boolean } = {}): Promise<Recording> {
    this.signedIn();
    const present = this.now.get();
    if (present?.ref === ref && present.listening) return present;
    await this.leave();
    return this.locked(ref, options.takeOver === true, () => this.goOn(ref, options.deviceId));
  }

  private async goOn(ref: string, deviceId: string | undefined): Promise<Recording> {
    const session = await this.claim(ref);
    const away = samplesAway(session.recordedAt, this.wallClock(), session.sampleRate);
    const from = { nextSeq: session.nextSeq, nextSample: session.nextSample + away, atMs: performance.now() };
    const recording = new LiveRecording({
      ...this.recordingParts(ref, session.chunkSeconds, from),
      keepSession: async () => ({ session, upload: await this.take(session, true) }),
    });
    if (recording.sampleRate !== session.sampleRate) {
      recording.close();
      throw new WireError("invalid", "this browser does not record at the session's sample rate", false);
    }
    return this.record(recording, deviceId);
  }

  /** From here on what another tab still wants to add is refused by the outbox. */
  private async claim(ref: string): Promise<KeptSession> {
    const session = await this.parts.outbox.claim(ref);
    if (session.lastSeq === null) return session;
    throw new WireError("session_closed", "another tab has stopped this", false);
  }

  /** Says that nothing more is recorded: what is kept is uploaded, and the session goes on to its transcript. */
  async finish(ref: string, options: { takeOver?: boolean } = {}): Promise<void> {
    const present = this.now.get();
    if (present?.ref === ref) return present.stop();
    const hold = await this.recordingLock(ref, options.takeOver === true);
    try {
      const session = await this.parts.outbox.claim(ref);
      const lastSeq = session.nextSeq - 1;
      await this.parts.outbox.end(ref, lastSeq, session.writer);
      const upload = await this.take({ ...session, lastSeq }, true);
      upload.ended(lastSeq);
      await this.refresh();
      this.parts.news.tell();
    } finally {
      hold.release();
    }
  }

  /** Forgets what is kept of a recording in this browser; what the server holds stays there. */
  async discard(ref: string): Promise<void> {
    const upload = this.uploads.get(ref);
    if (upload === undefined) await this.parts.outbox.remove(ref);
    else await upload.discard();
    await this.refresh();
    this.parts.news.tell();
  }

  /** Looks into the outbox anew. */
  async refresh(): Promise<void> {
    const account = this.account;
    if (account === null) return;
    const look = (this.looks += 1);
    const sessions = await this.parts.outbox.sessions(account);
    this.lookForEnd(sessions);
    const offered: Unfinished[] = [];
    for (const session of sessions) {
      const elsewhere = await this.isElsewhere(session.ref);
      if (account !== this.account) return;
      const mine = session.ref === this.now.get()?.ref;
      const handedOver = session.ref === this.lostOne?.ref;
      if (isEmpty(session) && !elsewhere && !mine && !handedOver) {
        await this.forgetEmpty(session.ref);
        continue;
      }
      if (session.lastSeq === null && !mine) {
        const recordedMs = Math.floor((session.nextSample * 1000) / session.sampleRate);
        offered.push({ ...session, elsewhere, recordedMs });
      }
      await this.take(session, false);
    }
    // What was seen is not shown to another user, nor where a later look has shown what is newer.
    if (account !== this.account || look < this.newestLook) return;
    this.newestLook = look;
    this.left.set(offered);
    this.showKept();
  }

  /**
   * One that the microphone never gave anything to, and the server was never told of, is nothing to offer; where
   * something was noted it is finished. Whoever recorded it may have put something away since it was read, and has
   * let go of it since.
   */
  private async forgetEmpty(ref: string): Promise<void> {
    if (await this.parts.outbox.removeIfEmpty(ref)) return;
    const session = await this.parts.outbox.session(ref);
    if (session === null || !isEmpty(session)) return this.refresh();
    await this.finish(ref).catch((error: unknown) => {
      // By another look, which began at the same time.
      if (!(error instanceof WireError && error.code === "elsewhere")) throw error;
    });
  }

  private async accountChanged(): Promise<void> {
    const { phase, user } = this.parts.account.get();
    // While a sign-in has run out, or is being renewed, everything stays as it is and waits.
    if (phase === "expired" || phase === "signing_in") return;
    const account = phase === "signed_in" && user !== null ? user.id : null;
    if (account === this.account) return;
    this.account = account;
    for (const upload of this.uploads.values()) upload.end();
    this.left.set([]);
    this.showKept();
    this.forgetLost();
    void this.layDown();
    await this.refresh();
  }

  /** Whose user has gone hears nothing more and is shown to nobody; it is unfinished when that user is back. */
  private async layDown(): Promise<void> {
    const recording = this.now.get();
    if (recording === null) return;
    const { hold } = this;
    this.hold = null;
    this.now.set(null);
    try {
      await recording.layDown();
    } finally {
      recording.close();
      hold?.release();
    }
    await this.refresh();
    this.parts.news.tell();
  }

  private signedIn(): string {
    if (this.account === null) throw new WireError("unauthenticated", "nobody is signed in", false);
    return this.account;
  }

  /** Ends the recording before: it is stopped, or nothing came of it. One that another tab has is not ended here. */
  private async leave(): Promise<void> {
    const before = this.now.get();
    if (before === null) return;
    await (before.state.get().taken === null ? before.stop() : before.layDown());
    before.close();
    this.now.set(null);
    this.unlock();
  }

  /** What the microphone gave until now is put away before another tab goes on. */
  private async giveUp(ref: string): Promise<void> {
    const { hold } = this;
    const present = this.now.get();
    if (present?.ref !== ref) return;
    try {
      await present.giveUp();
    } finally {
      hold?.release();
    }
  }

  /** Another tab goes on with it: this one is free for the next, and whoever looks at the page is told the end. */
  private async handOver(recording: LiveRecording): Promise<void> {
    try {
      await recording.layDown();
    } finally {
      // One that was being stopped may have been quicker than the other tab.
      if (this.now.get() === recording && recording.state.get().taken !== null) {
        this.forgetLost();
        this.lostOne = recording;
        this.now.set(null);
        this.unlock();
      }
    }
    await this.refresh();
  }

  private lookForEnd(sessions: readonly KeptSession[]): void {
    const taken = this.lostOne;
    const session = sessions.find(({ ref }) => ref === taken?.ref);
    if (session === undefined || session.lastSeq !== null) taken?.endedElsewhere();
  }

  private forgetLost(): void {
    this.lostOne?.close();
    this.lostOne = null;
  }

  private unlock(): void {
    this.hold?.release();
    this.hold = null;
  }

  private async record(recording: LiveRecording, deviceId: string | undefined): Promise<Recording> {
    this.now.set(recording);
    this.forgetLost();
    await this.refresh();
    this.tellOf(recording);
    await recording.open(deviceId);
    return recording;
  }

  /** Other tabs offer what is unfinished: they hear when that begins and ends. */
  private tellOf(recording: LiveRecording): void {
    let phase: string | null = null;
    let taken: string | null = null;
    const tell = (): void => {
      const before = taken;
      ({ taken } = recording.state.get());
      if (before === null && taken !== null) void this.handOver(recording);
      const now = recording.state.get().phase;
      if (now === phase) return;
      phase = now;
      this.parts.news.tell();
    };
    recording.state.subscribe(tell);
    tell();
  }

  private recordingParts(ref: string, chunkSeconds: number, from: Parameters<typeof openCapture>[0]["from"]) {
    const { outbox, wire, watch, openCapture } = this.parts;
    return {
      ref,
      outbox,
      connection: wire.state,
      watch,
      openCapture: (onChunk: Parameters<typeof openCapture>[0]["onChunk"]) =>
        openCapture({ chunkSeconds, from, onChunk }),
    };
  }

  private newSession(
    ref: string,
    account: string,
    start: RecordingStart,
    chunkSeconds: number,
    sampleRate: number,
  ): NewSession {
    return {
      ref,
      account,
      title: start.title ?? null,
      patientId: start.patientId ?? null,
      language: start.language ?? null,
      consent: start.consent,
      mediaType: "audio/ogg",
      sampleRate,
      chunkSeconds,
      startedAt: this.wallClock(),
    };
  }

  private async take(session: KeptSession, takeOver: boolean): Promise<SessionUpload> {
    let upload = this.uploads.get(session.ref);
    if (upload === undefined) {
      upload = new SessionUpload(this.parts, session, {
        gone: () => {
          this.uploads.delete(session.ref);
          this.showKept();
          this.parts.news.tell();
        },
        kept: () => this.parts.news.tell(),
      });
      this.uploads.set(session.ref, upload);
      upload.standing.subscribe(() => this.showKept());
    }
    // Nothing is sent in another user's name.
    if (session.account === this.account) await upload.begin(takeOver);
    return upload;
  }

  private showKept(): void {
    const kept = [...this.uploads.values()].filter(({ session }) => session.account === this.account);
    this.all.set(kept.map((upload) => ({ session: upload.session, standing: upload.standing.get() })));
  }

  private onlyHere(): boolean {
    if (this.parts.outbox.durable) return false;
    return this.all.get().some(({ standing: { upload } }) => (upload?.waitingChunks ?? 0) > 0);
  }

  private async isElsewhere(ref: string): Promise<boolean> {
    return ref !== this.now.get()?.ref && (await this.parts.lock.isHeld(lockOf(ref)));
  }

  /** Records under the lock. Where that fails the lock is free again, and no microphone stays open. */
  private async locked(ref: string, takeOver: boolean, open: () => Promise<Recording>): Promise<Recording> {
    const hold = await this.recordingLock(ref, takeOver);
    this.hold = hold;
    try {
      return await open();
    } catch (error) {
      if (this.now.get()?.ref === ref) await this.layDown();
      if (this.hold === hold) this.hold = null;
      hold.release();
      void this.refresh(); // What another tab has done with it meanwhile.
      throw error;
    }
  }

  private async recordingLock(ref: string, takeOver: boolean): Promise<Hold> {
    const { lock } = this.parts;
    const lost = () => {
      const present = this.now.get();
      if (present?.ref === ref) present.lose();
    };
    const hold = takeOver ? await this.takenOver(ref, lost) : await lock.tryHold(lockOf(ref), lost);
    if (hold === null) throw new WireError("elsewhere", "another tab is recording this", false);
    return hold;
  }

  /** From the tab that records, which is asked for it; one that is frozen does not answer, and loses it. */
  private async takenOver(ref: string, lost: () => void): Promise<Hold> {
    const { lock, news } = this.parts;
    const given = lock.hold(lockOf(ref), lost, AbortSignal.timeout(GIVE_UP_MS));
    news.askFor(ref);
    return (await given) ?? lock.takeOver(lockOf(ref), lost);
  }
}

function lockOf(ref: string): string {
  return `hearken.record.${ref}`;
}
