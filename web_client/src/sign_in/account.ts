import { type Observable, Value } from "../observable";
import { browserLocks } from "../outbox/tab_lock";
import { isFields, WireError } from "../wire/answer";
import type { Bearer } from "../wire/api";
import { exchange, type Fetch, jsonOf } from "../wire/http";
import type { Tokens, User } from "../wire/messages";
import { type KeptSignIn, SignInShelf, usableStorage } from "./kept_sign_in";

/** Renewed so long before its end that a request on its way still finds it good. */
const MARGIN_MS = 60_000;

export interface AccountState {
  /** `expired`: the server does not renew the sign-in any more; `user` says whose it was. */
  phase: "signed_out" | "signing_in" | "signed_in" | "expired";
  user: User | null;
  /** Why the last attempt to sign in failed. */
  error: WireError | null;
}

export interface AccountParts {
  base?: string;
  fetch?: Fetch;
  storage?: Storage | null;
  locks?: LockManager | null;
  /** Milliseconds. A wrong clock only makes a token be renewed early, or late after the server has refused it. */
  wallClock?: () => number;
}

/**
 * Who is signed in, in all tabs of this browser. Nothing here touches a recording: one that runs while the sign-in
 * expires goes on into the outbox, and is uploaded once the same person has signed in again.
 */
export class Account implements Bearer {
  private readonly current: Value<AccountState>;
  readonly state: Observable<AccountState>;

  private readonly shelf: SignInShelf;
  private readonly base: string;
  private readonly fetch: Fetch;
  private readonly locks: LockManager | null;
  private readonly wallClock: () => number;
  private refused = new Set<string>();
  private renewal: Promise<string> | null = null;

  constructor(parts: AccountParts = {}) {
    this.base = `${parts.base ?? ""}/api/v1/auth`;
    this.fetch = parts.fetch ?? ((url, init) => globalThis.fetch(url, init));
    this.shelf = new SignInShelf(parts.storage === undefined ? usableStorage() : parts.storage);
    this.locks = parts.locks === undefined ? browserLocks() : parts.locks;
    this.wallClock = parts.wallClock ?? Date.now;
    this.current = new Value(stateOf(this.shelf.read()));
    this.state = this.current;
    this.shelf.onOtherTab(() => this.show());
  }

  /** Whether it worked; `state` says why where it did not. */
  async signIn(email: string, password: string): Promise<boolean> {
    this.current.set({ phase: "signing_in", user: this.current.get().user, error: null });
    try {
      const answer = await exchange(this.fetch, `${this.base}/login`, {
        method: "POST",
        body: { email, password },
      });
      this.keep(readTokens(await jsonOf(answer)));
      return true;
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      this.current.set({ ...stateOf(this.shelf.read()), error });
      return false;
    }
  }

  /** Ends the sign-in here at once, and on the server where that can be reached. The outbox stays. */
  async signOut(): Promise<void> {
    const access = this.shelf.read()?.tokens?.access;
    this.shelf.write(null);
    this.show();
    if (access === undefined) return;
    try {
      await exchange(this.fetch, `${this.base}/logout`, { method: "POST", token: access });
    } catch (error) {
      // The tokens are gone from this browser; on the server they run out by themselves.
      if (!(error instanceof WireError)) throw error;
    }
  }

  /**
   * A token that is good for a while. Rejects with `unauthenticated` where nobody is signed in, and with what the
   * renewal met with otherwise.
   */
  async token(): Promise<string> {
    const access = this.goodToken(this.shelf.read());
    if (access !== null) return access;
    this.renewal ??= this.renew().finally(() => (this.renewal = null));
    return this.renewal;
  }

  tokenRefused(token: string): void {
    this.refused.add(token);
  }

  /** One tab at a time: a refresh token is good for one use, and the other tabs find its answer on the shelf. */
  private renew(): Promise<string> {
    const renewed = () => this.renewed();
    return this.locks === null ? renewed() : this.locks.request("hearken.renewal", renewed);
  }

  private async renewed(): Promise<string> {
    const kept = this.shelf.read();
    const access = this.goodToken(kept);
    if (access !== null) return access;
    if (kept?.tokens == null) {
      this.show();
      throw new WireError("unauthenticated", "nobody is signed in", false);
    }
    const body = { refresh_token: kept.tokens.refresh };
    try {
      const answer = await exchange(this.fetch, `${this.base}/refresh`, { method: "POST", body });
      return this.keep(readTokens(await jsonOf(answer)), kept);
    } catch (error) {
      if (error instanceof WireError && error.code === "unauthenticated") this.expire(kept);
      throw error;
    }
  }

  private expire(kept: KeptSignIn): void {
    // Somebody may have signed in or out while the answer was on its way.
    if (this.shelf.read()?.tokens?.refresh === kept.tokens?.refresh) {
      this.shelf.write({ user: kept.user, tokens: null });
    }
    this.show();
  }

  /** Keeps new tokens, unless the sign-in that they renew has been ended or replaced meanwhile. */
  private keep(tokens: Tokens, renewed?: KeptSignIn): string {
    const { user, access_token: access, refresh_token: refresh, expires_in: expiresInS } = tokens;
    const still = renewed === undefined || this.shelf.read()?.tokens?.refresh === renewed.tokens?.refresh;
    if (!still) throw new WireError("unauthenticated", "signed out meanwhile", false);
    this.shelf.write({ user, tokens: { access, refresh, receivedAt: this.wallClock(), expiresInS } });
    this.refused = new Set();
    this.show();
    return access;
  }

  private goodToken(kept: KeptSignIn | null): string | null {
    if (kept?.tokens == null || this.refused.has(kept.tokens.access)) return null;
    const { access, receivedAt, expiresInS } = kept.tokens;
    const age = this.wallClock() - receivedAt;
    const life = expiresInS * 1000;
    return age >= 0 && age < life - Math.min(MARGIN_MS, life / 2) ? access : null;
  }

  private show(): void {
    const next = stateOf(this.shelf.read());
    const now = this.current.get();
    if (next.phase !== now.phase || next.user?.id !== now.user?.id) this.current.set(next);
  }
}

function stateOf(kept: KeptSignIn | null): AccountState {
  if (kept === null) return { phase: "signed_out", user: null, error: null };
  return { phase: kept.tokens === null ? "expired" : "signed_in", user: kept.user, error: null };
}

function readTokens(raw: unknown): Tokens {
  const good =
    isFields(raw) &&
    typeof raw.access_token === "string" &&
    typeof raw.refresh_token === "string" &&
    typeof raw.expires_in === "number" &&
    isFields(raw.user) &&
    typeof raw.user.id === "string";
  if (!good) throw new WireError("internal", "the answer is not what it should be", true);
  return raw as unknown as Tokens;
}
