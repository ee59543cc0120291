import { type Observable, Value } from "../observable";
import { type KeptSession, type ListedChunk, type Outbox, OutboxDamaged } from "../outbox/outbox";
import { type Fields, isFields, type WireError } from "../wire/answer";
import type { Wire } from "../wire/socket";
import type { Action, Ask } from "./upload_action";
import { Uploader } from "./uploader";

export interface UploadStatus {
  ref: string;
  sessionId: string | null;
  /** The session's state on the server, as far as it was heard. */
  state: string | null;
  safeThroughSample: number;
  waitingChunks: number;
  refusedChunks: number;
  slowDown: boolean;
  /** Stop is said and everything is stored or set aside. */
  settled: boolean;
  /** Nothing is left that a session might still need; refused chunks may be. */
  finished: boolean;
  /** The server has refused the session itself for good. */
  failure: WireError | null;
  /** The outbox could not be written; what is stored on the server is not touched by that. */
  outboxTrouble: boolean;
}

/** Seconds that only go forward: the clock on the wall may be set while a recording runs. */
const monotonic = () => performance.now() / 1000;

/** Carries out what the uploader decides for one session: reads the outbox, asks the server, keeps what was learnt. */
export class Upload {
  private readonly uploader: Uploader;
  private readonly current: Value<UploadStatus>;
  readonly status: Observable<UploadStatus>;

  private pumping = false;
  private stirred = false;
  private outboxTrouble = false;
  private timer: ReturnType<typeof setTimeout> | null = null;
  private ends: (() => void)[] = [];

  constructor(
    private readonly wire: Wire,
    private readonly outbox: Outbox,
    private readonly session: KeptSession,
    chunks: readonly ListedChunk[],
    jitter: () => number = Math.random,
    private readonly now: () => number = monotonic,
  ) {
    const { sessionId, epoch, lastSeq, stopAnswered } = session;
    const start = startBody(session);
    this.uploader = new Uploader({ start, sessionId, epoch, lastSeq, stopAnswered, jitter });
    for (const chunk of chunks) this.uploader.recorded(chunk);
    this.current = new Value(this.look());
    this.status = this.current;
  }

  /** Uses the connection from now on, and every later one, until `pause`. */
  run(): void {
    if (this.ends.length > 0) return;
    this.ends = [
      this.wire.listen((name, data) => this.hear(name, data)),
      this.wire.state.subscribe(() => this.connection()),
      this.wire.hold(),
    ];
    this.connection();
  }

  /** Lets go of the connection; what is in the outbox waits for the next `run`, in whichever tab. */
  halt(): void {
    for (const end of this.ends) end();
    this.ends = [];
    this.greeted = null;
    this.uploader.disconnected();
    if (this.timer !== null) clearTimeout(this.timer);
    this.show();
  }

  recorded(chunk: ListedChunk): void {
    this.uploader.recorded(chunk);
    this.stir();
  }

  /** What the outbox holds by now; another tab may have put it there. */
  found({ lastSeq }: KeptSession, chunks: readonly ListedChunk[]): void {
    for (const chunk of chunks) this.uploader.recorded(chunk);
    if (lastSeq !== null) this.uploader.ended(lastSeq);
    this.stir();
  }

  ended(lastSeq: number): void {
    this.uploader.ended(lastSeq);
    this.stir();
  }

  paused(atSample: number): void {
    this.uploader.paused(atSample);
    this.stir();
  }

  continued(atSample: number): void {
    this.uploader.continued(atSample);
    this.stir();
  }

  private greeted: object | null = null;

  private connection(): void {
    const { hello } = this.wire.state.get();
    if (hello === this.greeted) return;
    if (this.greeted !== null) this.uploader.disconnected();
    this.greeted = hello;
    if (hello !== null) this.uploader.connected(hello);
    this.stir();
  }

  private hear(name: string, data: unknown): void {
    if (name === "bye") this.uploader.leaving();
    if (!isFields(data)) return;
    if (name === "slow_down" && typeof data.retry_after_s === "number") {
      this.uploader.slowedDown(data.retry_after_s, this.now());
      this.stir();
    }
    const mine = name === "event" && data.session_id === this.uploader.sessionId;
    if (mine && data.type === "session.state" && isFields(data.data) && typeof data.data.state === "string") {
      this.uploader.moved(data.data.state);
      this.stir();
    }
  }

  /** Something was told to the uploader: see whether something is due. */
  private stir(): void {
    this.stirred = true;
    if (!this.pumping) void this.pump();
  }

  private async pump(): Promise<void> {
    this.pumping = true;
    while (this.stirred) {
      this.stirred = false;
      for (const action of this.uploader.actions(this.now())) await this.carryOut(action);
      this.show();
    }
    this.pumping = false;
    this.rest();
  }

  private rest(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    // A hold that is over is shown so, even where nothing waits for its end.
    const hold = this.current.get().slowDown ? this.uploader.slowDownUntil : null;
    const wakeAt = this.uploader.wakeAt() ?? hold;
    if (wakeAt === null || this.ends.length === 0) return;
    // Rounded up, so that it is due when the timer fires.
    this.timer = setTimeout(() => this.stir(), Math.max(0, Math.ceil((wakeAt - this.now()) * 1000)) + 1);
  }

  private async carryOut(action: Action): Promise<void> {
    const { ref } = this.session;
    switch (action.kind) {
      case "ask":
        void this.ask(action);
        return;
      case "reconnect":
        this.wire.renew();
        return;
      case "remember":
        return this.keep(this.outbox.update(ref, { sessionId: action.sessionId, epoch: action.epoch }));
      case "stopped":
        return this.keep(this.outbox.update(ref, { stopAnswered: true }));
      case "stored":
        return this.keep(this.outbox.mark(ref, action.seq, "stored"));
      case "lost":
        return this.keep(this.outbox.mark(ref, action.seq, "waiting"));
      case "set_aside":
        return this.keep(this.outbox.mark(ref, action.seq, "refused", action.code));
      case "release":
        return this.keep(this.outbox.release(ref, action.seqs));
    }
  }

  /** A note that the outbox does not take is made again by the next resume or refusal: nothing hangs on it. */
  private async keep(work: Promise<void>): Promise<void> {
    try {
      await work;
      this.outboxTrouble = false;
    } catch {
      this.outboxTrouble = true;
    }
  }

  private async ask(ask: Ask): Promise<void> {
    let bytes: Uint8Array<ArrayBuffer> | undefined;
    try {
      if (ask.chunk !== null) bytes = (await this.outbox.read(this.session.ref, ask.chunk.seq)).bytes;
    } catch (error) {
      if (error instanceof OutboxDamaged) this.uploader.unreadable(ask);
      else this.uploader.answered(ask, undefined, this.now());
      this.outboxTrouble = true;
      this.stir();
      return;
    }
    const raw = await this.wire.request(ask.event, ask.body, bytes);
    this.uploader.answered(ask, raw, this.now());
    this.stir();
  }

  private show(): void {
    const next = this.look();
    const now = this.current.get();
    const same = (Object.keys(next) as (keyof UploadStatus)[]).every((name) => next[name] === now[name]);
    if (!same) this.current.set(next);
  }

  private look(): UploadStatus {
    const { uploader } = this;
    return {
      ref: this.session.ref,
      sessionId: uploader.sessionId,
      state: uploader.state,
      safeThroughSample: uploader.safeThroughSample,
      waitingChunks: uploader.waiting,
      refusedChunks: uploader.refused,
      slowDown: uploader.slowDownUntil > this.now(),
      settled: uploader.settled,
      finished: uploader.finished,
      failure: uploader.failure,
      outboxTrouble: this.outboxTrouble,
    };
  }
}

/** The body of `session.start`; always the same one, so that asking twice starts one session. */
function startBody(session: KeptSession): Fields {
  const body: Record<string, unknown> = {
    client_ref: session.ref,
    media_type: session.mediaType,
    sample_rate: session.sampleRate,
    chunk_seconds: session.chunkSeconds,
  };
  if (session.title !== null) body.title = session.title;
  if (session.patientId !== null) body.patient_id = session.patientId;
  if (session.language !== null) body.language = session.language;
  if (session.consent !== null && session.consent !== undefined) body.consent = session.consent;
  return body;
}
