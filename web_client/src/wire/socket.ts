import { type Observable, Value } from "../observable";
import { type Greeting, readHello, readRefusal, WireError } from "./answer";
import type { Bearer } from "./api";
import { pauseAfter } from "./backoff";

const HELLO_TIMEOUT_MS = 10_000;
const ANSWER_TIMEOUT_MS = 10_000;
/** The slowest uplink that is waited for: 4 KB/s, what a recording needs to keep up. */
const SLOWEST_BYTES_PER_MS = 4;
const BYE_GRACE_MS = 5_000;
const PAUSE_BASE_MS = 250;
const PAUSE_MOST_MS = 10_000;
/** So many requests without an answer while nothing at all is heard, and the connection counts as dead. */
const SILENCES_MOST = 2;

export interface ConnectionState {
  /** `connecting` until the first attempt has failed, `offline` from then on. */
  phase: "connecting" | "connected" | "offline" | "signed_out";
  /** What the node said at the beginning of this connection; null while there is none. */
  hello: Greeting | null;
}

export type OnMessage = (name: string, data: unknown) => void;

/** What uploads and viewers need of the connection to the server. */
export interface Wire {
  readonly state: Observable<ConnectionState>;
  /**
   * The raw acknowledgement, or undefined where none came in time or the connection ended. Never rejects: whoever
   * asks has to ask again in each of these cases.
   */
  request(event: string, body: object, attachment?: Uint8Array<ArrayBuffer>): Promise<unknown>;
  /** Hears `event`, `head`, `slow_down` and `bye`. */
  listen(listener: OnMessage): () => void;
  /** Keeps the connection open until the returned function is called. */
  hold(): () => void;
  /** The connection is of no use any more; the next one uses a new token. */
  renew(): void;
}

/** One attempt at a connection and what came of it. `ended` comes once, also after `refused`. */
export interface LineEvents {
  said(name: string, data: unknown): void;
  refused(reason: unknown): void;
  ended(): void;
}

export interface Line {
  send(event: string, values: unknown[], acknowledged: (...values: unknown[]) => void): void;
  close(): void;
}

export type OpenLine = (token: string, events: LineEvents) => Line;

interface Ending {
  greeted: boolean;
  refusal: WireError | null;
  /** The server closed in good order: go on at once, with some chance so that not all clients do. */
  bye: boolean;
  over: boolean;
}

type SignedIn = Bearer & { readonly state: Observable<{ phase: string }> };

/** The page's one connection to the server; opens it again by itself for as long as somebody holds it. */
export class Socket implements Wire {
  private readonly current = new Value<ConnectionState>({ phase: "connecting", hello: null });
  readonly state: Observable<ConnectionState> = this.current;

  private readonly listeners = new Set<OnMessage>();
  private readonly unanswered = new Set<() => void>();
  private holders = 0;
  private running = false;
  private line: Line | null = null;
  private end: ((bye: boolean) => void) | null = null;
  private leaving = false;
  private silences = 0;
  private heardAt = 0;
  private bytesUnderWay = 0;
  private token = "";
  private wake: (() => void) | null = null;

  constructor(
    private readonly account: SignedIn,
    private readonly open: OpenLine,
    private readonly jitter: () => number = Math.random,
  ) {
    account.state.subscribe(() => this.nudge());
  }

  /** Tries at once instead of at the end of the pause; for a network that has come back. */
  nudge(): void {
    this.wake?.();
  }

  readonly listen = (listener: OnMessage): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  hold(): () => void {
    this.holders += 1;
    if (!this.running) void this.run();
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      this.holders -= 1;
      if (this.holders === 0) {
        this.end?.(true);
        this.nudge();
      }
    };
  }

  renew(): void {
    this.account.tokenRefused(this.token);
    this.end?.(true);
  }

  request(event: string, body: object, attachment?: Uint8Array<ArrayBuffer>): Promise<unknown> {
    const line = this.line;
    if (line === null || this.leaving || this.current.get().hello === null) return Promise.resolve(undefined);
    const size = attachment?.byteLength ?? 0;
    this.bytesUnderWay += size;
    return new Promise((resolve) => {
      const settle = (value: unknown) => {
        clearTimeout(timer);
        if (this.unanswered.delete(forget)) this.bytesUnderWay -= size;
        resolve(value);
      };
      const forget = () => settle(undefined);
      const timer = setTimeout(
        () => {
          forget();
          this.silence();
        },
        ANSWER_TIMEOUT_MS + this.bytesUnderWay / SLOWEST_BYTES_PER_MS,
      );
      this.unanswered.add(forget);
      line.send(event, attachment === undefined ? [body] : [body, attachment], (...values) => {
        if (line === this.line) this.heard();
        settle(values.length === 1 ? values[0] : undefined);
      });
    });
  }

  private heard(): void {
    this.silences = 0;
    this.heardAt = performance.now();
  }

  /** A request was not answered in time. On a slow connection others are: then it is alive. */
  private silence(): void {
    if (performance.now() - this.heardAt < ANSWER_TIMEOUT_MS) return;
    this.silences += 1;
    if (this.silences >= SILENCES_MOST) this.end?.(false);
  }

  private async run(): Promise<void> {
    this.running = true;
    let failures = 0;
    while (this.holders > 0) {
      const token = await this.tokenOrNull();
      if (this.holdersLeft() === 0) break;
      if (token === null) {
        failures += 1;
        await this.pause(pauseAfter(failures, PAUSE_BASE_MS, PAUSE_MOST_MS, this.jitter));
        continue;
      }
      const { greeted, refusal, bye } = await this.talk(token);
      if (refusal?.code === "unauthenticated") this.account.tokenRefused(token);
      failures = greeted ? 0 : failures + 1;
      const pause = bye
        ? PAUSE_BASE_MS * this.jitter()
        : pauseAfter(failures, PAUSE_BASE_MS, PAUSE_MOST_MS, this.jitter);
      await this.pause(Math.max(pause, (refusal?.retryAfterS ?? 0) * 1000));
    }
    this.running = false;
    this.current.set({ phase: "connecting", hello: null });
    // Somebody may have taken hold between the last look and now.
    if (this.holdersLeft() > 0) void this.run();
  }

  /** A method, because the number changes while `run` waits. */
  private holdersLeft(): number {
    return this.holders;
  }

  private async tokenOrNull(): Promise<string | null> {
    try {
      return await this.account.token();
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      const signedOut = error.code === "unauthenticated";
      this.current.set({ phase: signedOut ? "signed_out" : "offline", hello: null });
      return null;
    }
  }

  private talk(token: string): Promise<Ending> {
    this.token = token;
    this.leaving = false;
    this.heard();
    const ending: Ending = { greeted: false, refusal: null, bye: false, over: false };
    return new Promise((resolve) => {
      const end = (bye: boolean) => {
        if (ending.over) return;
        ending.over = true;
        clearTimeout(deadline);
        ending.bye ||= bye;
        this.hangUp(ending.bye);
        resolve(ending);
      };
      let deadline = setTimeout(() => end(false), HELLO_TIMEOUT_MS);
      this.end = end;
      const line = this.open(token, {
        said: (name, data) => {
          if (ending.over) return;
          this.heard();
          if (name === "hello")
            ending.greeted = this.greeted(data, () => clearTimeout(deadline)) || ending.greeted;
          else this.hear(name, data);
          if (name !== "bye") return;
          // A node that said bye closes by itself; one that hangs must not keep its clients.
          clearTimeout(deadline);
          deadline = setTimeout(() => end(true), BYE_GRACE_MS);
          ending.bye = true;
        },
        refused: (reason) => {
          ending.refusal = readRefusal(reason);
          end(false);
        },
        ended: () => end(false),
      });
      if (ending.over) line.close();
      else this.line = line;
    });
  }

  private greeted(data: unknown, done: () => void): boolean {
    const hello = readHello(data);
    if (hello === null) return false;
    done();
    this.current.set({ phase: "connected", hello });
    return true;
  }

  private hear(name: string, data: unknown): void {
    if (name === "bye") {
      this.leaving = true;
      const code = data !== null && typeof data === "object" && "code" in data ? data.code : null;
      if (code === "token_expired" || code === "signed_out") this.account.tokenRefused(this.token);
    }
    for (const listener of [...this.listeners]) listener(name, data);
  }

  private hangUp(inOrder: boolean): void {
    this.line?.close();
    this.line = null;
    this.end = null;
    for (const forget of [...this.unanswered]) forget();
    this.current.set({ phase: inOrder ? "connecting" : "offline", hello: null });
  }

  private async pause(ms: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.wake = null;
  }
}
