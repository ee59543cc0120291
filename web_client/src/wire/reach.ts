import { type Observable, Value } from "../observable";
import type { Fetch } from "./http";

const AGAIN_MS = 5_000;
/** Answered by the node itself, and by a proxy only where a node is behind it. */
const ASKED = "/healthz";

/**
 * Whether the server answers over HTTP: as its last answer said, or its silence. While it is away it is asked every few
 * seconds, until it is back.
 */
export class Reach {
  private readonly current = new Value(true);
  readonly state: Observable<boolean> = this.current;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly ask: Fetch = (url, init) => globalThis.fetch(url, init)) {}

  /** As `fetch` does, and hears what comes of it. */
  readonly fetch: Fetch = async (url, init) => {
    try {
      const answer = await this.ask(url, init);
      this.heard(!isProxys(answer));
      return answer;
    } catch (error) {
      // Whoever gave up waiting has learnt nothing about the server, unless it was for the time that it took.
      if (!(error instanceof DOMException && error.name === "AbortError")) this.heard(false);
      throw error;
    }
  };

  /** Asks now, for a page that has asked nothing yet. */
  readonly look = async (): Promise<void> => {
    try {
      await this.fetch(ASKED, { cache: "no-store", signal: AbortSignal.timeout(AGAIN_MS) });
    } catch {
      // Told by `state`.
    }
  };

  private heard(answered: boolean): void {
    clearTimeout(this.timer);
    if (!answered) this.timer = setTimeout(() => void this.look(), AGAIN_MS);
    if (answered !== this.current.get()) this.current.set(answered);
  }
}

/** What a proxy says whose nodes are away; a node that has a trouble says so in JSON. */
function isProxys({ status, headers }: Response): boolean {
  return GATEWAY.has(status) && headers.get("Content-Type")?.startsWith("application/json") !== true;
}

const GATEWAY: ReadonlySet<number> = new Set([502, 503, 504]);
