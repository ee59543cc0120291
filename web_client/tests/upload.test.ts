import { afterEach, beforeEach, describe, expect, it, test, vi } from "vitest";

import { MemoryOutbox } from "../src/outbox/memory_outbox";
import { Upload } from "../src/upload/upload";
import { chunk, session } from "./chunks";
import { type Fault, ScriptedNode } from "./scripted_node";
import { there } from "./there";

let node: ScriptedNode;
let outbox: MemoryOutbox;

beforeEach(() => {
  vi.useFakeTimers();
  node = new ScriptedNode();
  outbox = new MemoryOutbox();
});

afterEach(() => {
  vi.useRealTimers();
});

async function kept(chunks: number): Promise<void> {
  const { writer } = await outbox.begin(session());
  for (let seq = 0; seq < chunks; seq += 1) await outbox.put("ref", chunk(seq), writer);
}

async function uploading(): Promise<Upload> {
  const found = await outbox.session("ref");
  const upload = new Upload(node, outbox, there(found), await outbox.list("ref"), () => 1);
  upload.run();
  return upload;
}

const pass = (seconds: number) => vi.advanceTimersByTimeAsync(seconds * 1000);

async function stopped(chunks: number): Promise<Upload> {
  const upload = await uploading();
  await outbox.end("ref", chunks - 1, 1);
  upload.ended(chunks - 1);
  return upload;
}

function expectAllStored(chunks: number): void {
  const { chunks: stored, lastSeq } = node.only;
  expect([...stored.keys()].sort((a, b) => a - b)).toEqual([...Array(chunks).keys()]);
  for (const [seq, { first, text }] of stored) {
    expect({ first, text }).toEqual({ first: seq * 100, text: `the sound of chunk ${seq}` });
  }
  expect(lastSeq).toBe(chunks - 1);
}

describe("an upload", () => {
  test.each<Fault>(["none", "empty", "wrong_echo", "lost", "break_before", "break_after", "busy"])(
    "brings everything across when every chunk first meets: %s",
    async (fault) => {
      await kept(7);
      node.script = (_, before) => (before === 0 ? fault : "none");
      node.connect();
      const upload = await stopped(7);
      await pass(200);
      expectAllStored(7);
      expect(upload.status.get()).toMatchObject({ settled: true, waitingChunks: 0, refusedChunks: 0 });
      expect(upload.status.get().safeThroughSample).toBe(700);
      expect(node.mostUnderWay).toBeLessThanOrEqual(3);
    },
  );

  it("waits for a server that is away at the start, and starts the session once", async () => {
    await kept(2);
    await stopped(2);
    await pass(60);
    expect(node.asked).toEqual([]);
    node.connect();
    await pass(10);
    expectAllStored(2);
    expect(node.asked[0]).toMatchObject({
      event: "session.start",
      body: { client_ref: "ref", title: "Hearing of Mrs Example", consent: { by: "spoken" } },
    });
  });

  it("goes on in a later page with what is not stored, without starting another session", async () => {
    await kept(4);
    node.script = (seq) => (seq > 1 ? "lost" : "none");
    node.connect();
    const first = await uploading();
    await pass(5);
    first.halt();
    node.script = () => "none";
    const asked = node.asked.length;
    const second = await stopped(4);
    expect(second.status.get().safeThroughSample).toBe(200);
    await pass(5);
    expectAllStored(4);
    const again = node.asked.slice(asked);
    expect(again.filter(({ event }) => event === "chunk").map(({ body }) => body.seq)).toEqual([2, 3]);
  });

  it("sets aside what is refused for good, keeps it, and says Stop all the same", async () => {
    await kept(3);
    node.script = (seq) => (seq === 1 ? "refused" : "none");
    node.connect();
    const upload = await stopped(3);
    await pass(5);
    expect(upload.status.get()).toMatchObject({ refusedChunks: 1, settled: true, safeThroughSample: 100 });
    expect((await outbox.list("ref"))[1]).toMatchObject({ fate: "refused", code: "bad_media" });
    expect((await outbox.read("ref", 1)).bytes).toEqual(chunk(1).bytes);
  });

  it("keeps its copies until the session is sealed, and lets them go then", async () => {
    await kept(3);
    node.connect();
    const upload = await stopped(3);
    await pass(60);
    expect((await outbox.list("ref")).map(({ fate }) => fate)).toEqual(["stored", "stored", "stored"]);
    expect(upload.status.get().finished).toBe(false);
    node.seal("session-0");
    await pass(120);
    expect(await outbox.list("ref")).toEqual([]);
    expect(upload.status.get()).toMatchObject({ finished: true, safeThroughSample: 300 });
  });

  it("sends again what a restored database has lost", async () => {
    await kept(4);
    node.connect();
    await stopped(4);
    await pass(2);
    node.only.state = "recording";
    node.restore((seq) => seq % 2 === 0);
    await pass(10);
    expectAllStored(4);
    expect((await outbox.session("ref"))?.epoch).toBe("first'");
  });

  it("sends nothing while slowed down, nor after bye", async () => {
    await kept(0);
    node.connect();
    const upload = await uploading();
    await pass(1);
    node.say("slow_down", { retry_after_s: 30 });
    upload.recorded(await outbox.put("ref", chunk(0), 1));
    await pass(29);
    expect(upload.status.get()).toMatchObject({ slowDown: true, waitingChunks: 1 });
    await pass(2);
    expect(upload.status.get().waitingChunks).toBe(0);
    node.say("bye", { code: "drain" });
    upload.recorded(await outbox.put("ref", chunk(1), 1));
    await pass(5);
    expect(upload.status.get().waitingChunks).toBe(1);
    node.disconnect();
    node.connect();
    await pass(5);
    expect(upload.status.get().waitingChunks).toBe(0);
  });

  it("asks for another token when its own is refused", async () => {
    await kept(1);
    node.connect();
    const upload = await uploading();
    const real = node.request.bind(node);
    const refused = { ok: false, error: { code: "unauthenticated", message: "", retryable: false } };
    const request = vi.spyOn(node, "request").mockResolvedValue(refused);
    await pass(1);
    request.mockImplementation(real);
    await pass(10);
    expect(node.renewals).toBeGreaterThan(0);
    expect(upload.status.get()).toMatchObject({ waitingChunks: 0, failure: null });
  });

  it("sets aside a chunk that the outbox cannot give any more, and says that there was trouble", async () => {
    await kept(2);
    const upload = await uploading();
    await outbox.release("ref", [0]);
    node.connect();
    await pass(2);
    expect(upload.status.get()).toMatchObject({ refusedChunks: 1, waitingChunks: 0 });
    expect([...node.only.chunks.keys()]).toEqual([1]);
  });

  it("says when the session was deleted, and forgets nothing by itself", async () => {
    await kept(1);
    node.connect();
    const upload = await uploading();
    await pass(1);
    node.sessions.clear();
    upload.recorded(await outbox.put("ref", chunk(1), 1));
    node.disconnect();
    node.connect();
    await pass(5);
    expect(upload.status.get().failure?.code).toBe("not_found");
    expect(await outbox.list("ref")).toHaveLength(2);
  });
});
