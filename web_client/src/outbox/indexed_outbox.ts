import type { RecordedChunk } from "../capture/recorded_chunk";
import {
  type ChunkFate,
  digest,
  grown,
  isEmpty,
  type KeptChunk,
  type KeptNote,
  type KeptSession,
  listed,
  type ListedChunk,
  type NewSession,
  newSession,
  type Outbox,
  OutboxDamaged,
  OutboxFull,
  OutboxTaken,
  type SessionDetails,
  type SessionProgress,
} from "./outbox";
import { openDatabase, type OutboxDatabase, type SessionRow } from "./outbox_database";
import { room, type Room, storageManager } from "./room";
import { makeKey, seal, sealJson, unseal, unsealJson } from "./seal";

/** What is written before something relies on it: back from the disk, not from a cache that a power cut empties. */
const STRICT = { durability: "strict" } as const;

/** The outbox in IndexedDB. Audio, notes and what identifies people are sealed with a key of the user's own. */
export class IndexedOutbox implements Outbox {
  readonly durable = true;
  readonly outdated = false;
  private opened: Promise<OutboxDatabase> | null = null;
  private readonly keys = new Map<string, Promise<CryptoKey>>();

  private constructor(
    private readonly wallClock: () => number,
    private readonly storage: StorageManager | null,
  ) {}

  /** Rejects where the browser has no IndexedDB for this page. */
  static async open(wallClock: () => number = Date.now, storage = storageManager()): Promise<IndexedOutbox> {
    const outbox = new IndexedOutbox(wallClock, storage);
    await outbox.database();
    return outbox;
  }

  async sessions(account: string): Promise<KeptSession[]> {
    const rows = await (await this.database()).getAllFromIndex("sessions", "account", account);
    const sessions = await Promise.all(rows.map((row) => this.opensSession(row)));
    return sessions.sort((a, b) => a.startedAt - b.startedAt);
  }

  async session(ref: string): Promise<KeptSession | null> {
    const row = await (await this.database()).get("sessions", ref);
    return row === undefined ? null : this.opensSession(row);
  }

  async begin(session: NewSession): Promise<KeptSession> {
    const { title, patientId, language, consent, ...rest } = newSession(session);
    const key = await this.key(session.account);
    const details: SessionDetails = { title, patientId, language, consent };
    const row = { ...rest, details: await sealJson(key, details, detailsOf(session.ref)) };
    const tx = (await this.database()).transaction("sessions", "readwrite", STRICT);
    await whole(tx, () => tx.store.add(row));
    return newSession(session);
  }

  async claim(ref: string): Promise<KeptSession> {
    return this.opensSession(await this.change(ref, (row) => ({ ...row, writer: row.writer + 1 })));
  }

  async update(ref: string, changes: SessionProgress): Promise<void> {
    await this.change(ref, (row) => ({ ...row, ...changes }));
  }

  async end(ref: string, lastSeq: number, writer: number): Promise<void> {
    await this.change(ref, (row) => {
      if (row.writer !== writer) throw new OutboxTaken(ref);
      return { ...row, lastSeq };
    });
  }

  async put(ref: string, chunk: RecordedChunk, writer: number): Promise<ListedChunk> {
    const entry = listed(chunk, await digest(chunk.bytes));
    // Sealed before the transaction begins: it would end by itself while the sealing is waited for.
    const audio = await seal(await this.keyOf(ref), chunk.bytes, chunkOf(ref, entry));
    const tx = (await this.database()).transaction(["sessions", "chunks", "audio"], "readwrite", STRICT);
    const [row, present] = await Promise.all([
      tx.objectStore("sessions").get(ref),
      tx.objectStore("chunks").get([ref, chunk.seq]),
    ]);
    if (row?.writer !== writer || present?.sha256 === entry.sha256) {
      await tx.done; // Nothing was written.
      if (row?.writer !== writer) throw new OutboxTaken(ref);
      return entry; // Offered again: what went wrong before came after the writing.
    }
    const { nextSeq, nextSample, recordedAt } = grown(row as unknown as KeptSession, entry, this.wallClock());
    await whole(
      tx,
      () => tx.objectStore("chunks").add({ ref, ...entry }),
      () => tx.objectStore("audio").add({ ref, seq: chunk.seq, ...audio }),
      () => tx.objectStore("sessions").put({ ...row, nextSeq, nextSample, recordedAt }),
    );
    return entry;
  }

  async list(ref: string): Promise<ListedChunk[]> {
    const rows = await (await this.database()).getAll("chunks", allOf(ref));
    return rows.map(({ ref: _, ...chunk }) => chunk);
  }

  async read(ref: string, seq: number): Promise<KeptChunk> {
    const key = await this.keyOf(ref);
    const tx = (await this.database()).transaction(["chunks", "audio"]);
    const [chunk, audio] = await Promise.all([
      tx.objectStore("chunks").get([ref, seq]),
      tx.objectStore("audio").get([ref, seq]),
    ]);
    if (chunk === undefined || audio === undefined) throw new OutboxDamaged(`chunk ${seq} is not there`);
    const { firstSample, sampleCount, mediaType, sha256 } = chunk;
    const bytes = await unseal(key, audio, chunkOf(ref, chunk));
    return { seq, firstSample, sampleCount, mediaType, sha256, bytes };
  }

  async mark(ref: string, seq: number, fate: ChunkFate, code?: string): Promise<void> {
    // Not strict: where this is lost, the server says it again.
    const tx = (await this.database()).transaction("chunks", "readwrite");
    const row = await tx.store.get([ref, seq]);
    if (row !== undefined) await tx.store.put({ ...row, fate, code: code ?? null });
    await tx.done;
  }

  async release(ref: string, seqs: readonly number[]): Promise<void> {
    const tx = (await this.database()).transaction(["chunks", "audio"], "readwrite");
    const gone = seqs.flatMap((seq) => [
      tx.objectStore("chunks").delete([ref, seq]),
      tx.objectStore("audio").delete([ref, seq]),
    ]);
    await Promise.all([...gone, tx.done]);
  }

  async releaseStored(ref: string): Promise<void> {
    const tx = (await this.database()).transaction(["chunks", "audio"], "readwrite");
    const rows = await tx.objectStore("chunks").getAll(allOf(ref));
    const gone = rows
      .filter((row) => row.fate === "stored")
      .flatMap(({ seq }) => [
        tx.objectStore("chunks").delete([ref, seq]),
        tx.objectStore("audio").delete([ref, seq]),
      ]);
    await Promise.all([...gone, tx.done]);
  }

  async remove(ref: string): Promise<void> {
    await this.removeUnless(ref, () => false);
  }

  removeUnlessNoted(ref: string): Promise<boolean> {
    return this.removeUnless(ref, (_row, notes) => notes > 0);
  }

  removeIfEmpty(ref: string): Promise<boolean> {
    return this.removeUnless(
      ref,
      (row, notes) => notes > 0 || (row !== undefined && (row.sessionId !== null || !isEmpty(row))),
    );
  }

  private async removeUnless(
    ref: string,
    stays: (row: SessionRow | undefined, notes: number) => boolean,
  ): Promise<boolean> {
    const stores = ["sessions", "chunks", "audio", "notes"] as const;
    const tx = (await this.database()).transaction(stores, "readwrite");
    const [row, notes] = await Promise.all([
      tx.objectStore("sessions").get(ref),
      tx.objectStore("notes").count(allOf(ref)),
    ]);
    if (stays(row, notes)) {
      await tx.done;
      return false;
    }
    await Promise.all([
      tx.objectStore("sessions").delete(ref),
      tx.objectStore("chunks").delete(allOf(ref)),
      tx.objectStore("audio").delete(allOf(ref)),
      tx.objectStore("notes").delete(allOf(ref)),
      tx.done,
    ]);
    return true;
  }

  async putNote(ref: string, note: KeptNote): Promise<void> {
    const { id, refused, ...rest } = note;
    const row = { ref, id, refused, note: await sealJson(await this.keyOf(ref), rest, noteOf(ref, id)) };
    const tx = (await this.database()).transaction("notes", "readwrite", STRICT);
    await whole(tx, () => tx.store.put(row));
  }

  async notes(ref: string): Promise<KeptNote[]> {
    const rows = await (await this.database()).getAll("notes", allOf(ref));
    if (rows.length === 0) return [];
    const key = await this.keyOf(ref);
    return Promise.all(
      rows.map(async ({ id, refused, note }) => ({
        id,
        refused,
        ...(await unsealJson<Pick<KeptNote, "atMs" | "text">>(key, note, noteOf(ref, id))),
      })),
    );
  }

  async removeNote(ref: string, id: string): Promise<void> {
    await (await this.database()).delete("notes", [ref, id]);
  }

  room(): Promise<Room> {
    return room(this.storage);
  }

  async askToPersist(): Promise<void> {
    await this.storage?.persist();
  }

  private database(): Promise<OutboxDatabase> {
    if (this.opened === null) {
      const opening = openDatabase(() => (this.opened = null));
      this.opened = opening;
      // A database that could not be opened is tried again by the next who asks.
      opening.catch(() => (this.opened = null));
    }
    return this.opened;
  }

  private async change(ref: string, changed: (row: SessionRow) => SessionRow): Promise<SessionRow> {
    const tx = (await this.database()).transaction("sessions", "readwrite", STRICT);
    const row = await tx.store.get(ref);
    if (row === undefined) {
      await tx.done;
      throw new OutboxDamaged("the recording is not there any more");
    }
    let next = row;
    await whole(tx, () => {
      next = changed(row);
      return tx.store.put(next);
    });
    return next;
  }

  private async opensSession({ details, ...row }: SessionRow): Promise<KeptSession> {
    const key = await this.key(row.account);
    return { ...row, ...(await unsealJson<SessionDetails>(key, details, detailsOf(row.ref))) };
  }

  private async keyOf(ref: string): Promise<CryptoKey> {
    const row = await (await this.database()).get("sessions", ref);
    if (row === undefined) throw new OutboxDamaged("the recording is not there any more");
    return this.key(row.account);
  }

  private key(account: string): Promise<CryptoKey> {
    const known = this.keys.get(account);
    if (known !== undefined) return known;
    const found = this.findKey(account);
    this.keys.set(account, found);
    found.catch(() => this.keys.delete(account));
    return found;
  }

  /** The user's key, made at the first use; of two tabs that make one, the first one's counts. */
  private async findKey(account: string): Promise<CryptoKey> {
    const fresh = await makeKey();
    const tx = (await this.database()).transaction("keys", "readwrite", STRICT);
    const kept = await tx.store.get(account);
    if (kept === undefined) await tx.store.add(fresh, account);
    await tx.done;
    return kept ?? fresh;
  }
}

/** All writes of a transaction, or none of them, whichever way they fail. */
async function whole(
  tx: { readonly done: Promise<void>; abort: () => void },
  ...writes: (() => Promise<unknown>)[]
): Promise<void> {
  const under: Promise<unknown>[] = [tx.done];
  try {
    for (const write of writes) under.push(write());
    await Promise.all(under);
  } catch (error) {
    for (const each of under) each.catch(() => undefined); // They fail as well, of the same cause.
    try {
      tx.abort();
    } catch {
      // It has ended by itself.
    }
    const full = error instanceof DOMException && error.name === "QuotaExceededError";
    throw full ? new OutboxFull() : error;
  }
}

/** Every key of a session in a store whose keys begin with its ref: an array sorts behind every number and string. */
function allOf(ref: string): IDBKeyRange {
  return IDBKeyRange.bound([ref], [ref, []]);
}

function detailsOf(ref: string): string {
  return `${ref}/details`;
}

function noteOf(ref: string, id: string): string {
  return `${ref}/note/${id}`;
}

function chunkOf(ref: string, chunk: Pick<ListedChunk, "seq" | "firstSample" | "sampleCount">): string {
  return `${ref}/chunk/${chunk.seq}/${chunk.firstSample}/${chunk.sampleCount}`;
}
