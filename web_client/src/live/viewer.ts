import { type Observable, Value } from "../observable";
import { isFields, isInteger, readAnswer, WireError } from "../wire/answer";
import { readEvent, type SessionEvent } from "../wire/event";
import type { SessionState } from "../wire/messages";
import type { Wire } from "../wire/socket";
import { tail } from "./tail";
import { apply, empty, isGap, type Transcript } from "./transcript";

const ASK_AGAIN_MS = 1_000;
/** Events come in bursts, when a session is replayed; what they make is shown this often. */
const SHOW_EVERY_MS = 50;

export interface Viewer {
  readonly transcript: Observable<Transcript>;
  readonly connection: Observable<"connecting" | "connected" | "offline">;
  /** Set when the server does not show this session; nothing follows then. */
  readonly refusal: Observable<WireError | null>;
  close(): void;
}

/** How many viewers of this page watch a session: the server is told when the last one leaves. */
const watchers = new WeakMap<Wire, Map<string, number>>();

/** Everything that happened in a session, and what happens from now on. `from` is what is known of it already. */
export function watch(wire: Wire, sessionId: string, { from }: { from?: Transcript } = {}): Viewer {
  return new SessionViewer(wire, sessionId, from ?? empty("recording"), (transcript) => transcript);
}

/** The end of a session's transcript, as it grows. */
export function watchTail(wire: Wire, sessionId: string): Viewer {
  return new SessionViewer(wire, sessionId, empty("recording"), tail);
}

class SessionViewer implements Viewer {
  private readonly shown: Value<Transcript>;
  readonly transcript: Observable<Transcript>;
  private readonly reached = new Value<"connecting" | "connected" | "offline">("connecting");
  readonly connection: Observable<"connecting" | "connected" | "offline"> = this.reached;
  private readonly refused = new Value<WireError | null>(null);
  readonly refusal: Observable<WireError | null> = this.refused;

  private known: Transcript;
  private asking = false;
  /** The version after which was asked last: what follows may be on its way, and is waited for a moment. */
  private askedAfter = -1;
  private head = 0;
  private closed = false;
  private showing: ReturnType<typeof setTimeout> | null = null;
  private again: ReturnType<typeof setTimeout> | null = null;
  private readonly ends: (() => void)[];

  constructor(
    private readonly wire: Wire,
    private readonly sessionId: string,
    from: Transcript,
    /** What is held of the transcript, once an event was taken in. */
    private readonly held: (transcript: Transcript) => Transcript,
  ) {
    this.known = from;
    this.shown = new Value(this.known);
    this.transcript = this.shown;
    count(wire, sessionId, 1);
    this.ends = [
      wire.listen((name, data) => this.hear(name, data)),
      wire.state.subscribe(() => this.connected()),
      wire.hold(),
    ];
    this.connected();
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    if (this.showing !== null) clearTimeout(this.showing);
    if (this.again !== null) clearTimeout(this.again);
    if (count(this.wire, this.sessionId, -1) === 0) {
      void this.wire.request("session.unwatch", { session_id: this.sessionId });
    }
    for (const end of this.ends) end();
  }

  private connected(): void {
    const { phase, hello } = this.wire.state.get();
    this.reached.set(phase === "signed_out" ? "offline" : phase);
    if (hello !== null) void this.ask();
  }

  private hear(name: string, data: unknown): void {
    if (!isFields(data) || data.session_id !== this.sessionId || this.closed) return;
    if (name === "head" && isInteger(data.version)) {
      this.head = Math.max(this.head, data.version);
      if (this.head > this.known.version) void this.ask();
    } else if (name === "event") {
      const event = readEvent(data);
      if (event !== null) this.take(event);
    }
  }

  private take(event: SessionEvent): void {
    this.head = Math.max(this.head, event.version);
    if (!isGap(this.known, event)) this.know(this.held(apply(this.known, event)));
    else if (this.known.version !== this.askedAfter) void this.ask();
    else this.askLater(ASK_AGAIN_MS, () => this.known.version < this.head);
  }

  private know(transcript: Transcript): void {
    this.known = transcript;
    this.showing ??= setTimeout(() => {
      this.showing = null;
      this.shown.set(this.known);
    }, SHOW_EVERY_MS);
  }

  private async ask(): Promise<void> {
    if (this.asking || this.closed || this.refused.get() !== null) return;
    this.asking = true;
    const { hello } = this.wire.state.get();
    const after = (this.askedAfter = this.known.version);
    const answer = readAnswer(
      await this.wire.request("session.watch", { session_id: this.sessionId, after }),
    );
    this.asking = false;
    if (answer instanceof WireError) this.askRefused(answer);
    else if (answer !== null && isInteger(answer.head)) this.watching(answer.head, answer.state, after);
    else this.askLater(ASK_AGAIN_MS);
    // A connection that began meanwhile knows nothing of this.
    if (this.wire.state.get().hello !== hello) void this.ask();
  }

  private askRefused(refusal: WireError): void {
    // A token that has run out is renewed by the connection, which then asks anew.
    if (refusal.code === "unauthenticated") this.wire.renew();
    else if (!refusal.retryable) this.refused.set(refusal);
    else this.askLater(Math.max(ASK_AGAIN_MS, (refusal.retryAfterS ?? 0) * 1000));
  }

  private askLater(ms: number, needed: () => boolean = () => true): void {
    if (this.wire.state.get().hello === null || this.closed || this.again !== null) return;
    this.again = setTimeout(() => {
      this.again = null;
      if (needed()) void this.ask();
    }, ms);
  }

  private watching(head: number, state: unknown, after: number): void {
    this.head = head;
    if (head < after) {
      // The log is shorter than what was seen: the database was restored, and so is the view.
      this.know(empty(this.known.state));
      void this.ask();
    } else if (this.known.version === head && typeof state === "string" && this.known.state !== state) {
      // A view that begins at the end of the log gets no event that tells the state.
      this.know({ ...this.known, state: state as SessionState });
    }
  }
}

function count(wire: Wire, sessionId: string, change: number): number {
  const counts = watchers.get(wire) ?? new Map<string, number>();
  watchers.set(wire, counts);
  const next = (counts.get(sessionId) ?? 0) + change;
  if (next === 0) counts.delete(sessionId);
  else counts.set(sessionId, next);
  return next;
}
