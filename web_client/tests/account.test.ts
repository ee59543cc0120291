import { beforeEach, describe, expect, it } from "vitest";

import { Account } from "../src/sign_in/account";
import { Api } from "../src/wire/api";
import { sharedLocks } from "./browser_locks";

const USER = { id: "user", email: "a@example.org", organisation: "o" };
const HOUR = 3_600_000;

/** The sign-in of a node: a refresh token is good once. */
class Desk {
  now = 1_000_000;
  reachable = true;
  issued = 0;
  refreshes = 0;
  ended = false;
  readonly spent = new Set<string>();
  readonly seen: string[] = [];

  readonly fetch = async (url: string, init: RequestInit): Promise<Response> => {
    await Promise.resolve();
    if (!this.reachable) throw new TypeError("no network");
    this.seen.push(url);
    const body = typeof init.body === "string" ? (JSON.parse(init.body) as Record<string, string>) : {};
    if (url.endsWith("/login"))
      return body.password === "right" ? this.tokens() : refused(401, "unauthenticated");
    if (url.endsWith("/logout")) return new Response(null, { status: 204 });
    if (url.endsWith("/refresh")) {
      this.refreshes += 1;
      const token = body.refresh_token ?? "";
      if (this.ended || this.spent.has(token)) return refused(401, "unauthenticated");
      this.spent.add(token);
      return this.tokens();
    }
    const token = new Headers(init.headers).get("Authorization");
    return token === `Bearer access-${this.issued}` ? Response.json(USER) : refused(401, "unauthenticated");
  };

  private tokens(): Response {
    this.issued += 1;
    const answer = {
      access_token: `access-${this.issued}`,
      refresh_token: `refresh-${this.issued}`,
      expires_in: 900,
    };
    return Response.json({ ...answer, user: USER });
  }
}

function refused(status: number, code: string): Response {
  return Response.json({ error: { code, message: code, retryable: false } }, { status });
}

let desk: Desk;
let locks: LockManager;

beforeEach(() => {
  localStorage.clear();
  desk = new Desk();
  locks = sharedLocks();
});

function tab(): Account {
  return new Account({ fetch: desk.fetch, storage: localStorage, locks, wallClock: () => desk.now });
}

/** What a browser tells the other tabs; happy-dom has only one. */
function tell(): void {
  dispatchEvent(Object.assign(new Event("storage"), { key: "hearken.sign_in" }));
}

describe("an account", () => {
  it("is signed in by its password, and still is after a restart of the browser", async () => {
    const account = tab();
    expect(await account.signIn("a@example.org", "wrong")).toBe(false);
    expect(account.state.get()).toMatchObject({ phase: "signed_out", error: { code: "unauthenticated" } });
    expect(await account.signIn("a@example.org", "right")).toBe(true);
    expect(account.state.get()).toMatchObject({ phase: "signed_in", user: USER, error: null });
    const later = tab();
    expect(later.state.get()).toMatchObject({ phase: "signed_in", user: USER });
    expect(await later.token()).toBe("access-1");
  });

  it("says that the server does not answer", async () => {
    desk.reachable = false;
    const account = tab();
    expect(await account.signIn("a@example.org", "right")).toBe(false);
    expect(account.state.get().error).toMatchObject({ code: "unreachable", retryable: true });
  });

  it("renews its token before it expires, once for all who ask", async () => {
    const account = tab();
    await account.signIn("a@example.org", "right");
    desk.now += 850_000;
    expect(await Promise.all([account.token(), account.token()])).toEqual(["access-2", "access-2"]);
    expect(desk.refreshes).toBe(1);
  });

  it("renews a token that the server refused, whatever the clock says", async () => {
    const account = tab();
    await account.signIn("a@example.org", "right");
    account.tokenRefused("access-1");
    expect(await account.token()).toBe("access-2");
    desk.now -= 1000 * HOUR;
    expect(await account.token()).toBe("access-3");
  });

  it("renews once for two tabs at the same time", async () => {
    const [one, two] = [tab(), tab()];
    await one.signIn("a@example.org", "right");
    tell();
    expect(two.state.get().phase).toBe("signed_in");
    desk.now += HOUR;
    expect(await Promise.all([one.token(), two.token()])).toEqual(["access-2", "access-2"]);
    expect(desk.refreshes).toBe(1);
  });

  it("stays signed in while the server is away", async () => {
    const account = tab();
    await account.signIn("a@example.org", "right");
    desk.now += HOUR;
    desk.reachable = false;
    await expect(account.token()).rejects.toMatchObject({ code: "unreachable" });
    expect(account.state.get().phase).toBe("signed_in");
    desk.reachable = true;
    expect(await account.token()).toBe("access-2");
  });

  it("has expired when the renewal is refused, knows whose it was, and can be signed in again", async () => {
    const account = tab();
    await account.signIn("a@example.org", "right");
    desk.now += HOUR;
    desk.ended = true;
    await expect(account.token()).rejects.toMatchObject({ code: "unauthenticated" });
    expect(account.state.get()).toMatchObject({ phase: "expired", user: USER });
    expect(tab().state.get()).toMatchObject({ phase: "expired", user: USER });
    expect(await account.signIn("a@example.org", "right")).toBe(true);
    expect(await account.token()).toBe("access-2");
  });

  it("is signed out in every tab, also when the server cannot be told", async () => {
    const [one, two] = [tab(), tab()];
    await one.signIn("a@example.org", "right");
    tell();
    desk.reachable = false;
    await one.signOut();
    tell();
    expect([one.state.get().phase, two.state.get().phase]).toEqual(["signed_out", "signed_out"]);
    await expect(two.token()).rejects.toMatchObject({ code: "unauthenticated" });
    expect(localStorage.length).toBe(0);
  });

  it("works without a storage, as long as the page lives", async () => {
    const account = new Account({ fetch: desk.fetch, storage: null, locks: null, wallClock: () => desk.now });
    await account.signIn("a@example.org", "right");
    desk.now += HOUR;
    expect(await account.token()).toBe("access-2");
  });

  it("takes what it did not write for nothing", () => {
    localStorage.setItem("hearken.sign_in", "{]");
    expect(tab().state.get().phase).toBe("signed_out");
    localStorage.setItem("hearken.sign_in", '{"user": 7}');
    expect(tab().state.get().phase).toBe("signed_out");
  });
});

describe("the api", () => {
  it("renews a token that ran out on the way, once", async () => {
    const account = tab();
    await account.signIn("a@example.org", "right");
    desk.issued += 1; // The server has forgotten the first one.
    const api = new Api(account, "", desk.fetch);
    expect(await api.me()).toEqual(USER);
    expect(desk.seen.filter((url) => url.endsWith("/me"))).toHaveLength(2);
  });

  it("tells a proxy's error page from a refusal", async () => {
    const api = new Api({ token: () => Promise.resolve("t"), tokenRefused: () => undefined }, "", () =>
      Promise.resolve(new Response("<html>", { status: 502 })),
    );
    await expect(api.me()).rejects.toMatchObject({ code: "unavailable", retryable: true, status: 502 });
  });
});
