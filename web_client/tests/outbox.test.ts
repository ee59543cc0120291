// @vitest-environment node
import "fake-indexeddb/auto";

import { IDBFactory } from "fake-indexeddb";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { IndexedOutbox } from "../src/outbox/indexed_outbox";
import { MemoryOutbox } from "../src/outbox/memory_outbox";
import { type Outbox, OutboxDamaged, OutboxFull, OutboxTaken } from "../src/outbox/outbox";
import { DATABASE } from "../src/outbox/outbox_database";
import { openOutbox } from "../src/outbox/open_outbox";
import { roomOf } from "../src/outbox/room";
import { chunk, session } from "./chunks";

beforeEach(() => {
  globalThis.indexedDB = new IDBFactory();
});

afterEach(() => {
  vi.restoreAllMocks();
});

const reopened = () => IndexedOutbox.open(() => 5_000, null);

async function recorded(chunks = 2): Promise<IndexedOutbox> {
  const outbox = await reopened();
  const { writer } = await outbox.begin(session());
  for (let seq = 0; seq < chunks; seq += 1) await outbox.put("ref", chunk(seq), writer);
  return outbox;
}

/** Everything that lies in the database, as it lies there. */
async function lying(): Promise<Record<string, unknown[]>> {
  const database = await new Promise<IDBDatabase>((resolve, reject) => {
    const request = indexedDB.open(DATABASE);
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(new Error("not opened"));
  });
  const found: Record<string, unknown[]> = {};
  for (const name of database.objectStoreNames) {
    found[name] = await new Promise((resolve) => {
      const request = database.transaction(name).objectStore(name).getAll();
      request.onsuccess = () => resolve(request.result as unknown[]);
    });
  }
  database.close();
  return found;
}

/** All text and bytes in a value, so that nothing hides in a nested one. */
function contents(value: unknown): string {
  if (value instanceof ArrayBuffer) return contents(new Uint8Array(value));
  if (ArrayBuffer.isView(value))
    return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString("latin1");
  if (Array.isArray(value)) return value.map(contents).join("\n");
  if (typeof value === "object" && value !== null)
    return Object.entries(value).flat().map(contents).join("\n");
  return String(value);
}

const each: [string, () => Promise<Outbox>][] = [
  ["indexed", reopened],
  ["in memory", () => Promise.resolve(new MemoryOutbox(() => 5_000))],
];

describe.each(each)("an outbox (%s)", (_, open) => {
  it("gives back what was put, and knows where the next chunk goes on", async () => {
    const outbox = await open();
    const { writer } = await outbox.begin(session());
    const entry = await outbox.put("ref", chunk(0), writer);
    await outbox.put("ref", chunk(1, 500), writer);
    expect(await outbox.read("ref", 0)).toEqual({ ...chunk(0), sha256: entry.sha256 });
    expect(entry.sha256).toMatch(/^[0-9a-f]{64}$/);
    const [kept] = await outbox.sessions("user");
    expect(kept).toMatchObject({
      ...session(),
      nextSeq: 2,
      nextSample: 600,
      recordedAt: 5_000,
      lastSeq: null,
    });
    expect((await outbox.list("ref")).map(({ seq, fate }) => [seq, fate])).toEqual([
      [0, "waiting"],
      [1, "waiting"],
    ]);
  });

  it("takes a chunk that is offered again once, and no other in its place", async () => {
    const outbox = await open();
    const { writer } = await outbox.begin(session());
    await outbox.put("ref", chunk(0), writer);
    await outbox.put("ref", chunk(0), writer);
    await expect(outbox.put("ref", { ...chunk(1), seq: 0 }, writer)).rejects.toThrow();
    expect((await outbox.read("ref", 0)).bytes).toEqual(chunk(0).bytes);
    expect(await outbox.list("ref")).toHaveLength(1);
  });

  it("refuses the chunks of a tab from which another has taken the recording over", async () => {
    const outbox = await open();
    const before = await outbox.begin(session());
    await outbox.put("ref", chunk(0), before.writer);
    const now = await outbox.claim("ref");
    await expect(outbox.put("ref", chunk(1), before.writer)).rejects.toThrow(OutboxTaken);
    await outbox.put("ref", chunk(1), now.writer);
    expect(now.nextSeq).toBe(1);
  });

  it("refuses the end that such a tab names, and takes it from the one that goes on", async () => {
    const outbox = await open();
    const before = await outbox.begin(session());
    await outbox.put("ref", chunk(0), before.writer);
    const now = await outbox.claim("ref");
    await expect(outbox.end("ref", 0, before.writer)).rejects.toThrow(OutboxTaken);
    expect((await outbox.session("ref"))?.lastSeq).toBeNull();
    await outbox.end("ref", 0, now.writer);
    expect((await outbox.session("ref"))?.lastSeq).toBe(0);
  });

  it("forgets a session with a note in it only when that note is gone", async () => {
    const outbox = await open();
    await outbox.begin(session());
    await outbox.putNote("ref", { id: "n", atMs: 7, text: "a note", refused: null });
    expect(await outbox.removeUnlessNoted("ref")).toBe(false);
    expect(await outbox.notes("ref")).toHaveLength(1);
    await outbox.removeNote("ref", "n");
    expect(await outbox.removeUnlessNoted("ref")).toBe(true);
    expect(await outbox.session("ref")).toBeNull();
  });

  it("remembers fates, progress and notes, and forgets what it is told to", async () => {
    const outbox = await open();
    const { writer } = await outbox.begin(session());
    for (const seq of [0, 1, 2]) await outbox.put("ref", chunk(seq), writer);
    await outbox.mark("ref", 0, "stored");
    await outbox.mark("ref", 1, "refused", "bad_media");
    await outbox.update("ref", { sessionId: "s", epoch: "e" });
    await outbox.end("ref", 2, writer);
    await outbox.putNote("ref", { id: "n", atMs: 7, text: "a note", refused: null });
    expect((await outbox.list("ref")).map(({ fate, code }) => [fate, code])).toEqual([
      ["stored", null],
      ["refused", "bad_media"],
      ["waiting", null],
    ]);
    expect(await outbox.session("ref")).toMatchObject({ sessionId: "s", epoch: "e", lastSeq: 2 });
    expect(await outbox.notes("ref")).toEqual([{ id: "n", atMs: 7, text: "a note", refused: null }]);
    await outbox.release("ref", [0]);
    await outbox.removeNote("ref", "n");
    expect((await outbox.list("ref")).map(({ seq }) => seq)).toEqual([1, 2]);
    expect(await outbox.notes("ref")).toEqual([]);
    await expect(outbox.read("ref", 0)).rejects.toThrow(OutboxDamaged);
    await outbox.remove("ref");
    expect(await outbox.session("ref")).toBeNull();
    expect(await outbox.list("ref")).toEqual([]);
  });

  it("makes room of what the server holds, and not of what it has lost meanwhile", async () => {
    const outbox = await open();
    const { writer } = await outbox.begin(session());
    for (const seq of [0, 1, 2]) await outbox.put("ref", chunk(seq), writer);
    for (const seq of [0, 1]) await outbox.mark("ref", seq, "stored");
    await Promise.all([outbox.mark("ref", 1, "waiting"), outbox.releaseStored("ref")]);
    expect((await outbox.list("ref")).map(({ seq }) => seq)).toEqual([1, 2]);
    expect((await outbox.read("ref", 1)).bytes).toEqual(chunk(1).bytes);
    await expect(outbox.read("ref", 0)).rejects.toThrow(OutboxDamaged);
    await outbox.releaseStored("other");
  });

  it("shows another account nothing", async () => {
    const outbox = await open();
    await outbox.begin(session("ref", "user"));
    await outbox.begin(session("other", "somebody else"));
    expect((await outbox.sessions("user")).map(({ ref }) => ref)).toEqual(["ref"]);
    expect(await outbox.sessions("nobody")).toEqual([]);
  });
});

describe("the indexed outbox", () => {
  it("outlives the page", async () => {
    await recorded(3);
    const later = await reopened();
    const [kept] = await later.sessions("user");
    expect(kept).toMatchObject({ title: "Hearing of Mrs Example", consent: { by: "spoken" }, nextSeq: 3 });
    expect((await later.read("ref", 2)).bytes).toEqual(chunk(2).bytes);
  });

  it("asks for strict durability where something relies on it", async () => {
    const outbox = await reopened();
    const transaction = vi.spyOn(IDBDatabase.prototype, "transaction");
    const { writer } = await outbox.begin(session());
    await outbox.put("ref", chunk(0), writer);
    await outbox.end("ref", 0, writer);
    await outbox.claim("ref");
    await outbox.putNote("ref", { id: "n", atMs: 0, text: "a note", refused: null });
    const writes = transaction.mock.calls.filter(([, mode]) => mode === "readwrite");
    expect(writes).toHaveLength(6);
    for (const [, , options] of writes) expect(options).toEqual({ durability: "strict" });
  });

  it("keeps no sound, title, patient, consent or note that could be read", async () => {
    const outbox = await recorded();
    await outbox.putNote("ref", { id: "n", atMs: 7, text: "a private note", refused: null });
    const stores = await lying();
    expect(stores.chunks).toHaveLength(2);
    const all = contents(Object.entries(stores).filter(([name]) => name !== "keys"));
    expect(all).toContain("audio/ogg");
    for (const plain of ["the sound", "Example", "4711", "spoken", "private note"])
      expect(all).not.toContain(plain);
  });

  it("has a key of its own for each user, which nobody can take out", async () => {
    const outbox = await recorded();
    await outbox.begin(session("other", "somebody else"));
    const keys = (await lying()).keys as CryptoKey[];
    expect(keys).toHaveLength(2);
    for (const key of keys) {
      expect(key.extractable).toBe(false);
      await expect(crypto.subtle.exportKey("raw", key)).rejects.toThrow();
    }
  });

  it("opens a chunk only where it was put", async () => {
    const outbox = await recorded();
    const database = await new Promise<IDBDatabase>((resolve) => {
      const request = indexedDB.open(DATABASE);
      request.onsuccess = () => resolve(request.result);
    });
    const store = database.transaction("audio", "readwrite").objectStore("audio");
    await new Promise((resolve) => {
      const get = store.get(["ref", 0]);
      get.onsuccess = () => {
        store.put({ ...(get.result as object), seq: 1 }).onsuccess = resolve;
      };
    });
    database.close();
    await expect(outbox.read("ref", 1)).rejects.toThrow(OutboxDamaged);
    expect((await outbox.read("ref", 0)).bytes).toEqual(chunk(0).bytes);
  });

  it("writes a chunk, its sound and the session's place in one step, or nothing", async () => {
    const outbox = await recorded(1);
    const add = Reflect.get(IDBObjectStore.prototype, "add") as (
      ...values: unknown[]
    ) => IDBRequest<IDBValidKey>;
    vi.spyOn(IDBObjectStore.prototype, "add").mockImplementation(function (this: IDBObjectStore, ...values) {
      if (this.name === "audio") throw new DOMException("no room", "QuotaExceededError");
      return add.apply(this, values);
    });
    await expect(outbox.put("ref", chunk(1), 1)).rejects.toThrow(OutboxFull);
    vi.restoreAllMocks();
    const later = await reopened();
    expect(await later.list("ref")).toHaveLength(1);
    expect(await later.session("ref")).toMatchObject({ nextSeq: 1, nextSample: 100 });
    await later.put("ref", chunk(1), 1);
    expect((await later.read("ref", 1)).bytes).toEqual(chunk(1).bytes);
  });

  it("lists an hour of chunks without reading its sound", async () => {
    const outbox = await recorded();
    const transaction = vi.spyOn(IDBDatabase.prototype, "transaction");
    await outbox.list("ref");
    expect(transaction.mock.calls.map(([stores]) => stores)).toEqual(["chunks"]);
  });
});

describe("room", () => {
  it("is said to be short before it is used up", () => {
    expect(roomOf(0, 10_000_000_000, true)).toMatchObject({
      nearlyFull: false,
      full: false,
      persisted: true,
    });
    expect(roomOf(900_000_000, 1_000_000_000, false)).toMatchObject({ nearlyFull: true, full: false });
    expect(roomOf(1_100_000_000, 1_000_000_000, false)).toMatchObject({ freeBytes: 0, full: true });
  });
});

describe("where no outbox lasts", () => {
  beforeEach(() => vi.stubGlobal("navigator", {}));
  afterEach(() => vi.unstubAllGlobals());

  async function madeByNewerPage(): Promise<void> {
    const newer = await new Promise<IDBDatabase>((resolve, reject) => {
      const request = indexedDB.open(DATABASE, 1_000);
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(new Error("not opened"));
    });
    newer.close();
  }

  it("a page older than what is kept is told apart from a window that keeps nothing", async () => {
    await madeByNewerPage();
    expect(await openOutbox()).toMatchObject({ durable: false, outdated: true });
    vi.spyOn(indexedDB, "open").mockImplementation(() => {
      throw new DOMException("not here", "SecurityError");
    });
    expect(await openOutbox()).toMatchObject({ durable: false, outdated: false });
  });

  it("a page that can read what is kept uses it", async () => {
    expect(await openOutbox()).toMatchObject({ durable: true, outdated: false });
  });
});
