import { Value } from "../observable";
import { WireError } from "../wire/answer";
import type { AudioTicket } from "../wire/api";

export interface PlayerState {
  /** `waiting`: the address or the audio is being fetched. */
  phase: "waiting" | "ready" | "failed";
  playing: boolean;
  speed: number;
  /** Why it failed: a WireError's code, or `audio`. */
  trouble: string | null;
}

/** What of an <audio> element is used. */
export type Sound = Pick<
  HTMLAudioElement,
  | "addEventListener"
  | "removeEventListener"
  | "src"
  | "currentTime"
  | "duration"
  | "playbackRate"
  | "preservesPitch"
  | "paused"
  | "play"
  | "pause"
  | "load"
  | "removeAttribute"
>;

export const SPEEDS = [0.5, 0.75, 1, 1.25, 1.5, 1.75, 2, 2.5, 3] as const;

/** In a row, without anything heard in between. */
const ATTEMPTS = 3;
/** A ticket that has not run out yet may do so before the request arrives. */
const MARGIN_MS = 5_000;

/**
 * Plays a session's audio through an <audio> element. The address carries a ticket that runs out: it is renewed
 * before the next use, or when the browser's next request for a piece of the file is refused, and playing goes on
 * where it was.
 */
export class Player {
  readonly state = new Value<PlayerState>({ phase: "waiting", playing: false, speed: 1, trouble: null });
  /** Milliseconds; renewed a few times a second while playing. For every frame read `positionMs`. */
  readonly position = new Value(0);

  private goodUntil = 0;
  private wantsToPlay = false;
  /** Where to go as soon as there is audio. */
  private pendingMs: number | null = null;
  /** How long the session is, as far as is known before there is audio. */
  private expectedMs = 0;
  private attempts = 0;
  private renewals = 0;
  private asking = false;
  private readonly stops: (() => void)[] = [];

  constructor(
    readonly sound: Sound,
    private readonly ticket: () => Promise<AudioTicket>,
    private readonly now: () => number = Date.now,
  ) {
    sound.preservesPitch = true;
    this.on("loadedmetadata", () => this.begin());
    this.on("timeupdate", () => this.moved());
    this.on("seeking", () => this.moved());
    this.on("play", () => this.change({ playing: true }));
    this.on("pause", () => this.paused());
    this.on("ended", () => {
      this.wantsToPlay = false;
    });
    this.on("error", () => this.broke());
  }

  /** Fetches an address and the file's head, from where playing can begin at once. */
  async open(): Promise<void> {
    this.attempts = 0;
    await this.renew();
  }

  close(): void {
    this.renewals += 1;
    for (const stop of this.stops) stop();
    this.sound.pause();
    this.sound.removeAttribute("src");
    this.sound.load();
  }

  get positionMs(): number {
    return this.pendingMs ?? this.sound.currentTime * 1000;
  }

  get durationMs(): number {
    return Number.isFinite(this.sound.duration) ? this.sound.duration * 1000 : 0;
  }

  /** The session is so long: whoever goes somewhere before there is audio stays within it, too. */
  expect(ms: number): void {
    this.expectedMs = ms;
  }

  play(): void {
    this.wantsToPlay = true;
    if (this.isThere()) this.start();
    else this.renewUnlessAsked();
  }

  pause(): void {
    this.wantsToPlay = false;
    this.sound.pause();
  }

  toggle(): void {
    if (this.state.get().playing || this.wantsToPlay) this.pause();
    else this.play();
  }

  seek(ms: number): void {
    const end = this.durationMs > 0 ? this.durationMs : this.expectedMs;
    const to = Math.max(0, end > 0 ? Math.min(ms, end) : ms);
    if (this.isThere()) {
      this.sound.currentTime = to / 1000;
    } else {
      this.pendingMs = to;
      this.renewUnlessAsked();
    }
    this.position.set(to);
  }

  /** From here on, aloud. */
  playFrom(ms: number): void {
    this.seek(ms);
    this.play();
  }

  skip(byMs: number): void {
    this.seek(this.positionMs + byMs);
  }

  setSpeed(speed: number): void {
    this.sound.playbackRate = speed;
    this.change({ speed });
  }

  faster(by: 1 | -1): void {
    const { speed } = this.state.get();
    const at = SPEEDS.findIndex((known) => known >= speed);
    const next = SPEEDS[at + by];
    if (next !== undefined) this.setSpeed(next);
  }

  /** Not yet where the element has its metadata and `begin` has still to hear of it: that would go elsewhere again. */
  private isThere(): boolean {
    return this.state.get().phase === "ready" && this.now() <= this.goodUntil - MARGIN_MS;
  }

  private renewUnlessAsked(): void {
    // What is wanted happens when the address is there that was asked for already.
    if (this.asking || (this.state.get().phase === "waiting" && this.renewals > 0)) return;
    this.attempts = 0;
    void this.renew();
  }

  private async renew(): Promise<void> {
    const mine = (this.renewals += 1);
    this.asking = true;
    this.change({ phase: "waiting", trouble: null });
    let ticket: AudioTicket;
    try {
      ticket = await this.ticket();
    } catch (error) {
      if (mine === this.renewals) this.fail(error instanceof WireError ? error.code : "audio");
      return;
    }
    if (mine !== this.renewals) return;
    this.asking = false;
    this.goodUntil = this.now() + ticket.expires_in * 1000;
    this.pendingMs ??= this.sound.currentTime * 1000;
    this.sound.src = ticket.url;
    this.sound.load();
  }

  private begin(): void {
    // A new source begins at its start, at normal speed.
    this.sound.playbackRate = this.state.get().speed;
    if (this.pendingMs !== null && this.pendingMs > 0) this.sound.currentTime = this.pendingMs / 1000;
    this.pendingMs = null;
    this.change({ phase: "ready" });
    if (this.wantsToPlay) this.start();
  }

  private start(): void {
    this.sound.play().catch((error: unknown) => {
      // AbortError: another source took this one's place, which says so itself.
      if (error instanceof DOMException && error.name === "NotAllowedError") this.pause();
    });
  }

  private moved(): void {
    if (this.pendingMs !== null) return;
    if (!this.sound.paused && this.sound.currentTime * 1000 > this.position.get()) this.attempts = 0;
    this.position.set(this.positionMs);
  }

  private broke(): void {
    if (this.asking) return;
    this.attempts += 1;
    if (this.attempts < ATTEMPTS) void this.renew();
    else this.fail("audio");
  }

  private paused(): void {
    // Also by the browser: headphones pulled out, a key of the keyboard, another program.
    if (this.state.get().phase === "ready") this.wantsToPlay = false;
    this.change({ playing: false });
  }

  private fail(code: string): void {
    this.asking = false;
    this.wantsToPlay = false;
    this.change({ phase: "failed", playing: false, trouble: code });
  }

  private change(part: Partial<PlayerState>): void {
    this.state.update((old) => ({ ...old, ...part }));
  }

  private on(event: string, listener: () => void): void {
    this.sound.addEventListener(event, listener);
    this.stops.push(() => this.sound.removeEventListener(event, listener));
  }
}
