import { type Observable, Value } from "../observable";

/** What is needed of the document and the navigator. */
export interface Screen {
  visibilityState: DocumentVisibilityState;
  addEventListener(type: "visibilitychange", listener: () => void): void;
  removeEventListener(type: "visibilitychange", listener: () => void): void;
}

export interface ScreenLock {
  readonly released: boolean;
  release(): Promise<void>;
  addEventListener(type: "release", listener: () => void): void;
}

export interface ScreenLocks {
  request(type: "screen"): Promise<ScreenLock>;
}

/**
 * Keeps the screen, and with it the machine, awake. Browsers take the lock away whenever the page is hidden: it is asked
 * for again when the page is seen again. Refusals (a low battery, an old browser) cost nothing but the lock.
 */
export class WakeLock {
  private readonly value = new Value(false);
  private wanted = false;
  private asking = false;
  private lock: ScreenLock | null = null;

  constructor(
    private readonly screen: Screen,
    private readonly locks: ScreenLocks | undefined,
  ) {}

  get held(): Observable<boolean> {
    return this.value;
  }

  async acquire(): Promise<void> {
    if (!this.wanted) this.screen.addEventListener("visibilitychange", this.seen);
    this.wanted = true;
    await this.ask();
  }

  async release(): Promise<void> {
    this.wanted = false;
    this.screen.removeEventListener("visibilitychange", this.seen);
    const lock = this.lock;
    this.lock = null;
    this.value.set(false);
    await lock?.release();
  }

  private readonly seen = (): void => void this.ask();

  private async ask(): Promise<void> {
    const holding = this.lock !== null && !this.lock.released;
    if (this.locks === undefined || this.asking || holding || this.screen.visibilityState !== "visible")
      return;
    this.asking = true;
    try {
      this.take(await this.locks.request("screen"));
    } catch {
      this.value.set(false);
    } finally {
      this.asking = false;
    }
  }

  private take(lock: ScreenLock): void {
    if (!this.wanted) {
      void lock.release();
      return;
    }
    this.lock = lock;
    this.value.set(true);
    lock.addEventListener("release", () => {
      if (this.lock === lock) this.value.set(false);
    });
  }
}
