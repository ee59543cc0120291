import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { Value } from "../src/observable";
import { WireError } from "../src/wire/answer";
import { type LineEvents, Socket } from "../src/wire/socket";
import { there } from "./there";

interface Attempt {
  token: string;
  events: LineEvents;
  sent: { event: string; values: unknown[]; acknowledged: (...values: unknown[]) => void }[];
  closed: boolean;
}

const HELLO = { protocol: 1, epoch: "e", limits: { credit: 4, max_chunk_bytes: 10, media_types: [] } };

let attempts: Attempt[];
let issued: number;
let tokenError: WireError | null;
let signIn: Value<{ phase: string }>;
let socket: Socket;

beforeEach(() => {
  vi.useFakeTimers();
  attempts = [];
  issued = 1;
  tokenError = null;
  signIn = new Value({ phase: "signed_in" });
  const account = {
    state: signIn,
    token: () => (tokenError === null ? Promise.resolve(`token-${issued}`) : Promise.reject(tokenError)),
    tokenRefused: (token: string) => {
      if (token === `token-${issued}`) issued += 1;
    },
  };
  socket = new Socket(
    account,
    (token, events) => {
      const attempt: Attempt = { token, events, sent: [], closed: false };
      attempts.push(attempt);
      return {
        send: (event, values, acknowledged) => attempt.sent.push({ event, values, acknowledged }),
        close: () => (attempt.closed = true),
      };
    },
    () => 0.5,
  );
});

afterEach(() => {
  vi.useRealTimers();
});

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);
const phase = () => socket.state.get().phase;

async function connected(): Promise<Attempt> {
  socket.hold();
  await pass(0);
  const attempt = there(attempts.at(-1));
  attempt.events.said("hello", HELLO);
  return attempt;
}

describe("a socket", () => {
  it("connects while somebody holds it, and is connected once hello was said", async () => {
    await pass(1000);
    expect(attempts).toHaveLength(0);
    const release = socket.hold();
    await pass(0);
    expect([phase(), attempts[0]?.token]).toEqual(["connecting", "token-1"]);
    there(attempts[0]).events.said("hello", HELLO);
    expect(socket.state.get()).toEqual({
      phase: "connected",
      hello: { epoch: "e", credit: 4, maxChunkBytes: 10 },
    });
    release();
    await pass(60_000);
    expect(attempts).toHaveLength(1);
    expect(there(attempts[0]).closed).toBe(true);
  });

  it("gives up an attempt that says no hello, and pauses longer each time", async () => {
    socket.hold();
    await pass(10_000);
    expect(there(attempts[0]).closed).toBe(true);
    expect(phase()).toBe("offline");
    for (let failures = 1; failures < 12; failures += 1) {
      there(attempts.at(-1)).events.ended();
      await pass(10_000);
      expect(attempts.length).toBeGreaterThan(failures);
    }
  });

  it("tries at once when it is told that the network is back", async () => {
    const first = await connected();
    for (let failures = 0; failures < 8; failures += 1) {
      there(attempts.at(-1)).events.ended();
      await pass(10_000);
    }
    there(attempts.at(-1)).events.ended();
    const before = attempts.length;
    await pass(10);
    socket.nudge();
    await pass(10);
    expect(attempts.length).toBe(before + 1);
    expect(first.closed).toBe(true);
  });

  it("renews its token when the server says that it has expired, and goes on at once", async () => {
    const first = await connected();
    const heard: string[] = [];
    socket.listen((name) => heard.push(name));
    first.events.said("bye", { code: "token_expired" });
    expect(await socket.request("chunk", {})).toBeUndefined();
    expect(first.sent).toHaveLength(0);
    first.events.ended();
    await pass(250);
    expect(heard).toEqual(["bye"]);
    expect(attempts[1]?.token).toBe("token-2");
    expect(phase()).toBe("connecting");
  });

  it("leaves a node that said bye and hangs", async () => {
    const first = await connected();
    first.events.said("bye", { code: "drain" });
    await pass(5_500);
    expect(first.closed).toBe(true);
    expect(attempts[1]?.token).toBe("token-1");
  });

  it("renews a token that a connection is refused for", async () => {
    socket.hold();
    await pass(0);
    there(attempts[0]).events.refused({ code: "unauthenticated", message: "" });
    await pass(1_000);
    expect(attempts[1]?.token).toBe("token-2");
  });

  it("waits as long as a refusal asks for", async () => {
    socket.hold();
    await pass(0);
    there(attempts[0]).events.refused({
      code: "quota_exceeded",
      message: "",
      retryable: true,
      retry_after_s: 20,
    });
    await pass(19_000);
    expect(attempts).toHaveLength(1);
    await pass(2_000);
    expect(attempts).toHaveLength(2);
  });

  it("says that nobody is signed in, and connects once somebody is", async () => {
    tokenError = new WireError("unauthenticated", "", false);
    socket.hold();
    await pass(60_000);
    expect(phase()).toBe("signed_out");
    tokenError = null;
    signIn.set({ phase: "signing_in" });
    await pass(1);
    expect(attempts).toHaveLength(1);
  });

  it("gives the acknowledgement, and nothing where none comes in time", async () => {
    const line = await connected();
    const answer = socket.request("session.resume", { session_id: "s" });
    expect(line.sent[0]).toMatchObject({ event: "session.resume", values: [{ session_id: "s" }] });
    there(line.sent[0]).acknowledged({ ok: true });
    expect(await answer).toEqual({ ok: true });
    const bytes = new Uint8Array([1]);
    const empty = socket.request("chunk", { seq: 0 }, bytes);
    expect(line.sent[1]?.values).toEqual([{ seq: 0 }, bytes]);
    there(line.sent[1]).acknowledged();
    expect(await empty).toBeUndefined();
    const silent = socket.request("chunk", { seq: 1 });
    await pass(10_000);
    expect(await silent).toBeUndefined();
    expect(line.closed).toBe(false);
  });

  it("takes a connection that answers nothing for dead", async () => {
    const line = await connected();
    void socket.request("chunk", { seq: 0 });
    void socket.request("chunk", { seq: 1 });
    await pass(10_000);
    expect(line.closed).toBe(true);
    await pass(500);
    expect(attempts).toHaveLength(2);
  });

  it("is not torn down on a slow uplink that answers one chunk after the other", async () => {
    const line = await connected();
    const bytes = new Uint8Array(60_000);
    const answers = Array.from({ length: 8 }, (_, seq) => socket.request("chunk", { seq }, bytes));
    await pass(12_000);
    for (const sent of line.sent) {
      await pass(1_900);
      sent.acknowledged({ ok: true });
    }
    expect(await Promise.all(answers)).toEqual(Array(8).fill({ ok: true }));
    expect(line.closed).toBe(false);
  });

  it("is alive while anything is heard, though some requests are not answered", async () => {
    const line = await connected();
    for (let seq = 0; seq < 4; seq += 1) void socket.request("chunk", { seq });
    await pass(5_000);
    line.events.said("event", {});
    await pass(6_000);
    expect(line.closed).toBe(false);
  });

  it("answers nothing for what was under way when the connection broke", async () => {
    const line = await connected();
    const answer = socket.request("chunk", { seq: 0 });
    line.events.ended();
    expect(await answer).toBeUndefined();
    there(line.sent[0]).acknowledged({ ok: true });
    expect(phase()).toBe("offline");
  });
});
