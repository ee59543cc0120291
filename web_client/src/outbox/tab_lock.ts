/** Held by one tab at a time. `lost` is called when another tab takes it away. */
export interface Hold {
  release(): void;
}

export class TabLock {
  /** Contexts that are not secure have no lock manager: then this tab counts as the only one. */
  constructor(private readonly locks: LockManager | null) {}

  /** The lock at once, or null where another tab holds it. */
  tryHold(name: string, lost: () => void): Promise<Hold | null> {
    return this.ask(name, { ifAvailable: true }, lost);
  }

  /** The lock, whoever holds it; for a person who has decided so. */
  async takeOver(name: string, lost: () => void): Promise<Hold> {
    return (await this.ask(name, { steal: true }, lost)) ?? NOT_NEEDED;
  }

  /** The lock, once it is free. Null when `signal` ends the waiting. */
  async hold(name: string, lost: () => void, signal: AbortSignal): Promise<Hold | null> {
    try {
      return await this.ask(name, { signal }, lost);
    } catch (error) {
      if (signal.aborted) return null;
      throw error;
    }
  }

  /** Whether any tab holds it. */
  async isHeld(name: string): Promise<boolean> {
    const { held = [] } = (await this.locks?.query()) ?? {};
    return held.some((lock) => lock.name === name);
  }

  private ask(name: string, options: LockOptions, lost: () => void): Promise<Hold | null> {
    const locks = this.locks;
    if (locks === null) return Promise.resolve(NOT_NEEDED);
    return new Promise((resolve, reject) => {
      let granted = false;
      const whileHeld = (lock: Lock | null): Promise<void> => {
        if (lock === null) {
          resolve(null);
          return Promise.resolve();
        }
        granted = true;
        return new Promise((release) => resolve({ release }));
      };
      locks.request(name, options, whileHeld).catch((error: unknown) => {
        if (granted) lost();
        else reject(error instanceof Error ? error : new Error(String(error)));
      });
    });
  }
}

const NOT_NEEDED: Hold = { release: () => undefined };

export function browserLocks(): LockManager | null {
  return (navigator as Partial<Navigator>).locks ?? null;
}
