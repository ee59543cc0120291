import { pauseAfter } from "../wire/backoff";

const BACKOFF_BASE_S = 0.5;
const BACKOFF_MOST_S = 30;
/** After Stop: how often is asked whether the session is sealed, so that the copies here can go. */
const SEALED_BASE_S = 5;
const SEALED_MOST_S = 60;

/** How much may be under way at once, and when the server may be asked again. Pure; used by the uploader alone. */
export class Pace {
  /** Nothing at all is sent before this time, in seconds. */
  holdUntil = 0;
  /** When the next control request is due. */
  controlAt = 0;
  /** When the session is asked for again that is to be sealed. */
  sealedAt = 0;

  private granted = 1;
  private carried = 1;
  private controlTries = 0;
  private sealedAsked = 0;

  /** `jitter` gives numbers in [0, 1). */
  constructor(private readonly jitter: () => number) {}

  /** A new connection begins, for which the server grants `credit` chunks under way. */
  connected(credit: number): void {
    this.granted = Math.max(1, credit);
    this.carried = 1;
    this.holdUntil = this.controlAt = 0;
  }

  /**
   * How many chunks may be under way: one at first, twice as many with every acknowledgement of the connection. What
   * it carries is not known before: on a slow one all that was sent at once would share it, and none might be answered
   * in time.
   */
  get credit(): number {
    return Math.min(this.carried, this.granted);
  }

  chunkAcknowledged(): void {
    this.carried = Math.min(2 * this.carried, this.granted);
  }

  slowedDown(retryAfterS: number, now: number): void {
    this.holdUntil = Math.max(this.holdUntil, now + retryAfterS);
  }

  controlAnswered(): void {
    this.controlTries = 0;
  }

  controlFailed(now: number): void {
    this.controlTries += 1;
    this.controlAt = now + this.pause(this.controlTries);
  }

  notYetSealed(now: number): void {
    this.sealedAsked += 1;
    this.sealedAt = now + pauseAfter(this.sealedAsked, SEALED_BASE_S, SEALED_MOST_S, this.jitter);
  }

  /** How long to wait after so many failures of the same thing. */
  pause(failures: number): number {
    return pauseAfter(failures, BACKOFF_BASE_S, BACKOFF_MOST_S, this.jitter);
  }
}
