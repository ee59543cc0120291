import type { ListedChunk } from "../outbox/outbox";
import { type Fields, readAnswer, WireError } from "../wire/answer";
import { isOpen, isSealed } from "../wire/session_state";
import { HeldChunks } from "./held_chunks";
import { Pace } from "./pace";
import { readRanges } from "./stored_ranges";
import { type Action, type Ask, chunkHeader, echoes } from "./upload_action";

export interface UploaderStart {
  /** The body of `session.start`. */
  start: Fields;
  sessionId: string | null;
  epoch: string | null;
  lastSeq: number | null;
  /** The server has taken `lastSeq` in. */
  stopAnswered: boolean;
  /** Numbers in [0, 1). */
  jitter?: () => number;
}

interface Connected {
  epoch: string;
  credit: number;
  maxChunkBytes: number | null;
}

/**
 * One recording on its way to one session: decides what is sent and when. Pure; time comes in as an argument, in
 * seconds. What happens is told by the methods named in the past tense, what to do comes out of `actions`. The rules:
 *
 * - nothing is sent before `session.resume` has told, on this connection, what the server holds; what it does not
 *   hold is sent again, whatever was acknowledged before (a database may have been restored);
 * - at most `credit` chunks are under way: one on a new connection, twice as many with every acknowledgement; the
 *   lowest number goes first;
 * - an acknowledgement counts only if it echoes the number and the digest; anything else is no answer, and the chunk
 *   goes again after a pause that doubles, with jitter;
 * - `retry_after_s` and `slow_down` hold everything back; a chunk that is refused for good is set aside;
 * - Stop is said once every chunk is either stored or set aside;
 * - a chunk is released only after Stop was said here and the session is sealed.
 */
export class Uploader {
  sessionId: string | null;
  state: string | null = null;
  /** Set once the server has refused the session itself for good. */
  failure: WireError | null = null;
  /** Whether this connection has told what the session holds. */
  joined = false;

  private readonly start: Fields;
  private readonly pace: Pace;
  private epoch: string | null;
  private lastSeq: number | null;
  private stopAnswered: boolean;
  private readonly chunks = new HeldChunks();
  private readonly unanswered = new Map<number, Ask>();
  private effects: Action[] = [];
  private tickets = 0;
  private online = false;
  private maxChunkBytes: number | null = null;
  private restored = false;
  private mustResume = true;
  private wish: { event: string; at_sample: number } | null = null;

  constructor(start: UploaderStart) {
    this.start = start.start;
    this.sessionId = start.sessionId;
    this.epoch = start.epoch;
    this.lastSeq = start.lastSeq;
    this.stopAnswered = start.stopAnswered;
    this.pace = new Pace(start.jitter ?? Math.random);
  }

  // What happens

  /** The chunk is in the outbox. One that is known stays as far as it has come. */
  recorded(chunk: ListedChunk): void {
    this.chunks.add(chunk);
  }

  /** The recording is over; `lastSeq` is -1 when it held nothing. */
  ended(lastSeq: number): void {
    this.lastSeq = lastSeq;
  }

  paused(atSample: number): void {
    this.wish = { event: "session.pause", at_sample: atSample };
  }

  continued(atSample: number): void {
    this.wish = { event: "session.continue", at_sample: atSample };
  }

  /** A new connection said hello. */
  connected({ epoch, credit, maxChunkBytes }: Connected): void {
    this.online = true;
    this.pace.connected(credit);
    this.maxChunkBytes = maxChunkBytes;
    this.restored ||= this.epoch !== null && this.epoch !== epoch;
    this.epoch = epoch;
    this.joined = false;
    this.mustResume = true;
  }

  /** The connection is gone, and with it every answer; the next one tells what has to be sent again. */
  disconnected(): void {
    this.online = this.joined = false;
    this.unanswered.clear();
  }

  /** The server said `bye`: what is under way may still be answered, nothing more is sent. */
  leaving(): void {
    this.online = false;
  }

  slowedDown(retryAfterS: number, now: number): void {
    this.pace.slowedDown(retryAfterS, now);
  }

  /** An event tells of another state: a hint to ask, for what a sealed session holds may be released. */
  moved(state: string): void {
    this.mustResume ||= isSealed(state) && state !== this.state;
  }

  /** The outbox cannot give the chunk's bytes any more. */
  unreadable(ask: Ask): void {
    this.unanswered.delete(ask.ticket);
    if (ask.chunk !== null) this.setAside(ask.chunk, "damaged");
  }

  /** `raw` came back for `ask`; undefined when nothing came in time. */
  answered(ask: Ask, raw: unknown, now: number): void {
    if (!this.unanswered.delete(ask.ticket)) return;
    const answer = readAnswer(raw);
    if (ask.chunk !== null) this.chunkAnswered(ask.chunk, answer, now);
    else this.controlAnswered(ask, answer, now);
    if (!(answer instanceof WireError)) return;
    if (answer.code === "unauthenticated") this.giveUpConnection();
    if (answer.retryAfterS !== undefined) this.slowedDown(answer.retryAfterS, now);
  }

  // What to do

  /** Everything that is due, in the order in which it must be done. */
  actions(now: number): Action[] {
    if (this.online && this.failure === null && now >= this.pace.holdUntil) {
      this.chunks.releaseDelayed(now);
      if (this.waitsForSealing() && now >= this.pace.sealedAt) this.mustResume = true;
      this.nextControl(now);
      this.nextChunks();
    }
    const effects = this.effects;
    this.effects = [];
    return effects;
  }

  /** When something becomes due by itself; null when nothing does. */
  wakeAt(): number | null {
    if (!this.online || this.failure !== null) return null;
    const times: number[] = [];
    const due = this.chunks.nextDueAt();
    if (due !== null) times.push(due);
    if (this.wantsControl() && this.unanswered.size === 0) times.push(this.pace.controlAt);
    if (this.waitsForSealing() && this.unanswered.size === 0) times.push(this.pace.sealedAt);
    if (this.maySend()) times.push(0);
    return times.length === 0 ? null : Math.max(Math.min(...times), this.pace.holdUntil);
  }

  // How far it has come

  /** The end, in samples, of what the server holds without a gap from the first chunk on. */
  get safeThroughSample(): number {
    return this.chunks.safeThroughSample();
  }

  get waiting(): number {
    return this.chunks.count("ready", "delayed", "under_way");
  }

  get refused(): number {
    return this.chunks.count("refused");
  }

  get slowDownUntil(): number {
    return this.pace.holdUntil;
  }

  /** All is stored or set aside and Stop is said: the server can do the rest alone. */
  get settled(): boolean {
    const over = this.state !== null && !isOpen(this.state);
    return over && this.lastSeq !== null && this.stopAnswered && this.waiting === 0;
  }

  /** Nothing is left here that a session might still need. */
  get finished(): boolean {
    return this.settled && this.joined && !this.mustResume && this.chunks.storedCount === 0;
  }

  // Control requests: start, resume, pause, continue, stop

  private wantsControl(): boolean {
    return this.mustResume || this.wantsStop() || (this.wish !== null && isOpen(this.state));
  }

  /** Also of a session that was sealed by itself: without the last number nobody sees that its end is missing. */
  private wantsStop(): boolean {
    if (this.lastSeq === null || this.state === null || this.waiting > 0) return false;
    return isOpen(this.state) || !this.stopAnswered;
  }

  private waitsForSealing(): boolean {
    return this.settled && !this.mustResume && this.chunks.storedCount > 0;
  }

  private nextControl(now: number): void {
    if (this.unanswered.size > 0 || now < this.pace.controlAt || !this.wantsControl()) return;
    if (this.sessionId === null) {
      this.ask("session.start", this.start);
    } else if (this.mustResume) {
      // A hint that comes while this is under way asks once more.
      this.mustResume = false;
      this.ask("session.resume", { session_id: this.sessionId });
    } else if (this.wantsStop()) {
      this.ask("session.stop", { session_id: this.sessionId, last_seq: this.lastSeq });
    } else if (this.wish !== null) {
      const { event, at_sample } = this.wish;
      this.ask(event, { session_id: this.sessionId, at_sample });
    }
  }

  private controlAnswered(ask: Ask, answer: Fields | WireError | null, now: number): void {
    const { event } = ask;
    if (answer instanceof WireError && !answer.retryable) {
      if (answer.code !== "unauthenticated") this.wishAnswered(ask);
      this.controlRefused(event, answer);
    } else if (answer !== null && !(answer instanceof WireError) && this.accepted(event, answer, now)) {
      this.wishAnswered(ask);
      this.pace.controlAnswered();
    } else {
      this.mustResume ||= event === "session.resume";
      this.pace.controlFailed(now);
    }
  }

  /** A newer wish, which came while this one was under way, stays. */
  private wishAnswered({ event, body }: Ask): void {
    if (this.wish?.event === event && this.wish.at_sample === body.at_sample) this.wish = null;
  }

  /** Takes a positive answer in; false when it lacks what it must hold. */
  private accepted(event: string, answer: Fields, now: number): boolean {
    if (typeof answer.state !== "string") return false;
    if (event === "session.start") return this.started(answer.session_id);
    if (event === "session.resume" && !this.resumed(answer)) return false;
    this.state = answer.state;
    if (event === "session.stop") this.stopTaken();
    if (event === "session.resume" || event === "session.stop") this.releaseSealed(now);
    return true;
  }

  private stopTaken(): void {
    this.stopAnswered = true;
    this.effects.push({ kind: "stopped" });
  }

  private started(sessionId: unknown): boolean {
    if (typeof sessionId !== "string" || this.epoch === null) return false;
    this.sessionId = sessionId;
    this.effects.push({ kind: "remember", sessionId, epoch: this.epoch });
    return true;
  }

  private resumed(answer: Fields): boolean {
    const holds = readRanges(answer.stored);
    if (holds === null || typeof answer.epoch !== "string" || this.sessionId === null) return false;
    const { found, lost } = this.chunks.heldByServer(holds);
    for (const seq of found) this.effects.push({ kind: "stored", seq });
    for (const seq of lost) this.effects.push({ kind: "lost", seq });
    if (answer.epoch !== this.epoch || this.restored) {
      this.stopAnswered = false; // The backup may not know of it.
      this.epoch = answer.epoch;
      this.restored = false;
      this.effects.push({ kind: "remember", sessionId: this.sessionId, epoch: answer.epoch });
    }
    this.joined = true;
    return true;
  }

  private controlRefused(event: string, refusal: WireError): void {
    if (refusal.code === "unauthenticated") {
      this.mustResume ||= event === "session.resume";
    } else if (event === "session.resume" && refusal.code === "not_found" && this.restored) {
      this.sessionId = null;
      this.mustResume = true;
    } else if (event === "session.stop" && refusal.code === "session_closed") {
      // Another last number was named before, and counts.
      this.stopTaken();
      this.mustResume = true;
      this.state = "sealing";
    } else if (event !== "session.pause" && event !== "session.continue") {
      // What a pause that comes too late was about, the chunks tell.
      this.failure = refusal;
    }
  }

  // Chunks

  private nextChunks(): void {
    while (this.maySend()) {
      const chunk = this.chunks.lowestReady();
      if (chunk === null) return;
      if (this.maxChunkBytes !== null && chunk.size > this.maxChunkBytes) {
        // A message over the server's buffer ends the connection without a reason.
        this.setAside(chunk, "too_large");
      } else {
        this.chunks.underWay(chunk.seq);
        this.ask("chunk", chunkHeader(this.sessionId ?? "", chunk), chunk);
      }
    }
  }

  private maySend(): boolean {
    if (this.mustResume || !this.joined || this.unanswered.size >= this.pace.credit) return false;
    for (const ask of this.unanswered.values()) if (ask.chunk === null) return false;
    return this.chunks.lowestReady() !== null;
  }

  private chunkAnswered(chunk: ListedChunk, answer: Fields | WireError | null, now: number): void {
    if (answer instanceof WireError) {
      if (answer.retryable) this.delay(chunk, now);
      else this.chunkRefused(chunk, answer, now);
    } else if (answer !== null && echoes(answer, chunk)) {
      this.chunkStored(chunk, answer.epoch);
    } else {
      this.delay(chunk, now);
    }
  }

  private chunkRefused(chunk: ListedChunk, refusal: WireError, now: number): void {
    if (refusal.code === "not_found" || refusal.code === "forbidden") {
      // That is about the session, not the chunk: ask for it, and keep the chunk.
      this.mustResume = true;
      this.delay(chunk, now);
    } else if (refusal.code === "unauthenticated") {
      this.delay(chunk, now);
    } else {
      this.setAside(chunk, refusal.code);
    }
  }

  private chunkStored(chunk: ListedChunk, epoch: unknown): void {
    if (epoch !== this.epoch) {
      // The database was restored under this connection: begin anew, and ask what it holds.
      this.restored = true;
      this.giveUpConnection();
      return;
    }
    this.pace.chunkAcknowledged();
    this.chunks.stored(chunk.seq);
    this.effects.push({ kind: "stored", seq: chunk.seq });
    // A late chunk takes a finished session up again.
    this.mustResume ||= isSealed(this.state);
  }

  private delay(chunk: ListedChunk, now: number): void {
    this.chunks.delay(chunk.seq, now + this.pace.pause(this.chunks.failed(chunk.seq)));
  }

  private setAside(chunk: ListedChunk, code: string): void {
    this.chunks.refused(chunk.seq);
    this.effects.push({ kind: "set_aside", seq: chunk.seq, code });
  }

  private releaseSealed(now: number): void {
    if (this.lastSeq === null) return;
    const seqs = this.chunks.storedSeqs();
    if (isSealed(this.state) && this.stopAnswered && !this.mustResume && seqs.length > 0) {
      // In a sealed session all that it says it holds is needed here no more, also behind a refused chunk.
      for (const seq of seqs) this.chunks.released(seq);
      this.effects.push({ kind: "release", seqs });
    } else {
      this.pace.notYetSealed(now);
    }
  }

  // Tickets, pauses, connections

  private ask(event: string, body: Fields, chunk: ListedChunk | null = null): void {
    this.tickets += 1;
    const ask: Ask = { kind: "ask", ticket: this.tickets, event, body, chunk };
    this.unanswered.set(ask.ticket, ask);
    this.effects.push(ask);
  }

  private giveUpConnection(): void {
    this.effects.push({ kind: "reconnect" });
    this.online = false;
  }
}
