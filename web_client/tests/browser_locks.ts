import { there } from "./there";

interface Waiting {
  grant: () => void;
}

interface Held {
  name: string;
  lose: () => void;
}

/** A lock manager as the tabs of one browser share it, so far as this program uses one. */
export class BrowserLocks {
  private readonly held = new Map<string, Held>();
  private readonly waiting = new Map<string, Waiting[]>();

  query(): Promise<LockManagerSnapshot> {
    return Promise.resolve({ held: [...this.held.keys()].map((name) => ({ name })) } as LockManagerSnapshot);
  }

  request<T>(
    name: string,
    options: LockOptions | LockGrantedCallback<T>,
    granted?: LockGrantedCallback<T>,
  ): Promise<T> {
    if (typeof options === "function") return this.request(name, {}, options);
    return new Promise<T>((resolve, reject) => {
      const run = () => {
        const mine: Held = { name, lose: () => reject(new DOMException("stolen", "AbortError")) };
        this.held.set(name, mine);
        const done = () => {
          if (this.held.get(name) !== mine) return;
          this.held.delete(name);
          this.waiting.get(name)?.shift()?.grant();
        };
        Promise.resolve(there(granted)({ name, mode: "exclusive" }))
          .finally(done)
          .then(resolve, reject);
      };
      const present = this.held.get(name);
      if (present === undefined) run();
      else if (options.steal === true) {
        present.lose();
        run();
      } else if (options.ifAvailable === true) {
        Promise.resolve(there(granted)(null)).then(resolve, reject);
      } else {
        const queue = this.waiting.get(name) ?? [];
        this.waiting.set(name, [...queue, { grant: run }]);
        options.signal?.addEventListener("abort", () => {
          const waiting = this.waiting.get(name) ?? [];
          const others = waiting.filter((each) => each.grant !== run);
          if (others.length === waiting.length) return; // Granted before: that stays.
          this.waiting.set(name, others);
          reject(new DOMException("aborted", "AbortError"));
        });
      }
    });
  }
}

export function sharedLocks(): LockManager {
  return new BrowserLocks();
}
