import { Value } from "../src/observable";
import { type Fields, isFields } from "../src/wire/answer";
import type { ConnectionState, OnMessage, Wire } from "../src/wire/socket";

export type Fault =
  "none" | "empty" | "wrong_echo" | "lost" | "break_before" | "break_after" | "busy" | "refused";

export interface StoredSession {
  clientRef: string;
  state: string;
  lastSeq: number | null;
  chunks: Map<number, { first: number; count: number; sha256: string; text: string }>;
  events: { version: number; type: string; data: object }[];
}

const SILENCE_MS = 10_000;
const RECONNECT_MS = 1_000;

/** A node that speaks docs/protocol.md truly and fails as a test tells it to, with the connection to it. */
export class ScriptedNode implements Wire {
  readonly state = new Value<ConnectionState>({ phase: "connecting", hello: null });
  readonly sessions = new Map<string, StoredSession>();
  readonly asked: { event: string; body: Fields }[] = [];
  /** From a chunk's number and how often it came before to what happens. */
  script: (seq: number, before: number) => Fault = () => "none";
  epoch = "first";
  mostUnderWay = 0;
  renewals = 0;
  private readonly arrivals: number[] = [];
  private readonly listeners = new Set<OnMessage>();
  private underWay = 0;

  listen(listener: OnMessage): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  hold(): () => void {
    return () => undefined;
  }

  renew(): void {
    this.renewals += 1;
    this.break();
  }

  connect(): void {
    this.state.set({ phase: "connected", hello: { epoch: this.epoch, credit: 3, maxChunkBytes: 4_000_000 } });
  }

  /** For good, until `connect`. */
  disconnect(phase: "offline" | "signed_out" = "offline"): void {
    this.underWay = 0;
    this.state.set({ phase, hello: null });
  }

  say(name: string, data: unknown): void {
    for (const listener of [...this.listeners]) listener(name, data);
  }

  /** `lost` chunks of a backup are gone; the connection breaks. */
  restore(lost: (seq: number) => boolean): void {
    this.epoch += "'";
    for (const { chunks } of this.sessions.values()) {
      for (const seq of [...chunks.keys()]) if (lost(seq)) chunks.delete(seq);
    }
    this.break();
  }

  seal(sessionId: string): void {
    this.session(sessionId).state = "ready";
  }

  get only(): StoredSession {
    const [session, ...more] = this.sessions.values();
    if (session === undefined || more.length > 0) throw new Error(`${this.sessions.size} sessions`);
    return session;
  }

  happened(sessionId: string, type: string, data: object): void {
    const { events } = this.session(sessionId);
    const event = { version: events.length + 1, type, data };
    events.push(event);
    this.say("event", { session_id: sessionId, at: "", ...event });
  }

  async request(event: string, body: object, attachment?: Uint8Array): Promise<unknown> {
    const { hello } = this.state.get();
    if (hello === null || !isFields(body)) return undefined;
    this.asked.push({ event, body });
    this.underWay += 1;
    this.mostUnderWay = Math.max(this.mostUnderWay, this.underWay);
    await Promise.resolve();
    const answer = event === "chunk" ? await this.chunk(body, attachment) : this.control(event, body);
    if (this.state.get().hello !== hello) return undefined;
    this.underWay -= 1;
    return answer;
  }

  private break(): void {
    this.disconnect();
    setTimeout(() => this.connect(), RECONNECT_MS);
  }

  private session(id: unknown): StoredSession {
    const session = this.sessions.get(String(id));
    if (session === undefined) throw new Error("no such session");
    return session;
  }

  private control(event: string, body: Fields): unknown {
    if (event === "session.start") return this.start(String(body.client_ref));
    const session = this.sessions.get(String(body.session_id));
    if (session === undefined) return refusal("not_found");
    if (event === "session.resume") {
      const stored = [...session.chunks.keys()].map((seq) => [seq, seq]);
      return { ok: true, state: session.state, stored, sealed_through: -1, epoch: this.epoch };
    }
    if (event === "session.watch") return this.watch(session, String(body.session_id), Number(body.after));
    if (event === "session.stop") {
      session.lastSeq = Number(body.last_seq);
      if (session.state === "recording") session.state = "sealing";
    }
    return { ok: true, state: session.state };
  }

  private start(clientRef: string): object {
    const known = [...this.sessions].find(([, session]) => session.clientRef === clientRef)?.[0];
    const id = known ?? `session-${this.sessions.size}`;
    if (known === undefined) {
      this.sessions.set(id, { clientRef, state: "recording", lastSeq: null, chunks: new Map(), events: [] });
    }
    return { ok: true, session_id: id, state: this.session(id).state, next_seq: 0 };
  }

  private watch(session: StoredSession, id: string, after: number): object {
    for (const event of session.events.slice(after)) this.say("event", { session_id: id, at: "", ...event });
    return { ok: true, head: session.events.length, state: session.state };
  }

  private async chunk(body: Fields, attachment: Uint8Array | undefined): Promise<unknown> {
    const seq = Number(body.seq);
    const fault = this.script(seq, this.arrivals.filter((each) => each === seq).length);
    this.arrivals.push(seq);
    if (fault === "break_before") this.break();
    if (fault === "busy") return refusal("overloaded", true, { retry_after_s: 2 });
    if (fault === "refused") return refusal("bad_media");
    if (fault === "wrong_echo") return { ok: true, seq, sha256: "0".repeat(64), epoch: this.epoch };
    if (fault === "lost" || fault === "break_before") return silence();
    const session = this.sessions.get(String(body.session_id));
    if (session === undefined) return refusal("not_found");
    const { chunks } = session;
    const duplicate = chunks.has(seq);
    if (duplicate && chunks.get(seq)?.sha256 !== body.sha256) return refusal("seq_conflict");
    const { first_sample: first, sample_count: count, sha256 } = body;
    const text = new TextDecoder().decode(attachment);
    chunks.set(seq, { first: Number(first), count: Number(count), sha256: String(sha256), text });
    if (fault === "break_after") this.break();
    if (fault === "empty") return undefined;
    return { ok: true, seq, sha256, duplicate, epoch: this.epoch };
  }
}

export function refusal(code: string, retryable = false, more: object = {}): object {
  return { ok: false, error: { code, message: code, retryable, ...more } };
}

function silence(): Promise<undefined> {
  return new Promise((resolve) => setTimeout(() => resolve(undefined), SILENCE_MS));
}
