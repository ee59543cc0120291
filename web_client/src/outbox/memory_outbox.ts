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
  OutboxTaken,
  type SessionProgress,
} from "./outbox";
import { room, type Room, storageManager } from "./room";

interface Shelf {
  session: KeptSession;
  chunks: Map<number, { entry: ListedChunk; bytes: Uint8Array<ArrayBuffer> }>;
  notes: Map<string, KeptNote>;
}

/** For browsers that keep nothing (private windows), or not for this page: the same, as long as the page lives. */
export class MemoryOutbox implements Outbox {
  readonly durable = false;
  private readonly shelves = new Map<string, Shelf>();

  constructor(
    private readonly wallClock: () => number = Date.now,
    readonly outdated = false,
  ) {}

  sessions(account: string): Promise<KeptSession[]> {
    const all = [...this.shelves.values()].map((shelf) => shelf.session);
    return Promise.resolve(all.filter((session) => session.account === account));
  }

  session(ref: string): Promise<KeptSession | null> {
    return Promise.resolve(this.shelves.get(ref)?.session ?? null);
  }

  begin(session: NewSession): Promise<KeptSession> {
    const kept = newSession(session);
    this.shelves.set(session.ref, { session: kept, chunks: new Map(), notes: new Map() });
    return Promise.resolve(kept);
  }

  async claim(ref: string): Promise<KeptSession> {
    const shelf = await this.shelf(ref);
    shelf.session = { ...shelf.session, writer: shelf.session.writer + 1 };
    return shelf.session;
  }

  async update(ref: string, changes: SessionProgress): Promise<void> {
    const shelf = await this.shelf(ref);
    shelf.session = { ...shelf.session, ...changes };
  }

  async end(ref: string, lastSeq: number, writer: number): Promise<void> {
    const shelf = await this.shelf(ref);
    if (shelf.session.writer !== writer) throw new OutboxTaken(ref);
    shelf.session = { ...shelf.session, lastSeq };
  }

  async put(ref: string, chunk: RecordedChunk, writer: number): Promise<ListedChunk> {
    const entry = listed(chunk, await digest(chunk.bytes));
    const shelf = await this.shelf(ref);
    if (shelf.session.writer !== writer) throw new OutboxTaken(ref);
    if (shelf.chunks.get(chunk.seq)?.entry.sha256 === entry.sha256) return entry;
    if (shelf.chunks.has(chunk.seq)) throw new OutboxDamaged(`chunk ${chunk.seq} is there already`);
    shelf.chunks.set(chunk.seq, { entry, bytes: chunk.bytes });
    shelf.session = grown(shelf.session, entry, this.wallClock());
    return entry;
  }

  list(ref: string): Promise<ListedChunk[]> {
    const chunks = [...(this.shelves.get(ref)?.chunks.values() ?? [])];
    return Promise.resolve(chunks.map((each) => each.entry).sort((a, b) => a.seq - b.seq));
  }

  async read(ref: string, seq: number): Promise<KeptChunk> {
    const chunk = (await this.shelf(ref)).chunks.get(seq);
    if (chunk === undefined) throw new OutboxDamaged(`chunk ${seq} is not there`);
    const { firstSample, sampleCount, mediaType, sha256 } = chunk.entry;
    return { seq, firstSample, sampleCount, mediaType, sha256, bytes: chunk.bytes };
  }

  mark(ref: string, seq: number, fate: ChunkFate, code?: string): Promise<void> {
    const chunk = this.shelves.get(ref)?.chunks.get(seq);
    if (chunk !== undefined) chunk.entry = { ...chunk.entry, fate, code: code ?? null };
    return Promise.resolve();
  }

  release(ref: string, seqs: readonly number[]): Promise<void> {
    for (const seq of seqs) this.shelves.get(ref)?.chunks.delete(seq);
    return Promise.resolve();
  }

  releaseStored(ref: string): Promise<void> {
    const chunks = this.shelves.get(ref)?.chunks;
    for (const [seq, { entry }] of chunks ?? []) if (entry.fate === "stored") chunks?.delete(seq);
    return Promise.resolve();
  }

  remove(ref: string): Promise<void> {
    this.shelves.delete(ref);
    return Promise.resolve();
  }

  removeUnlessNoted(ref: string): Promise<boolean> {
    if ((this.shelves.get(ref)?.notes.size ?? 0) > 0) return Promise.resolve(false);
    this.shelves.delete(ref);
    return Promise.resolve(true);
  }

  removeIfEmpty(ref: string): Promise<boolean> {
    const { session, notes } = this.shelves.get(ref) ?? {};
    if (session !== undefined && (session.sessionId !== null || !isEmpty(session) || notes?.size !== 0))
      return Promise.resolve(false);
    this.shelves.delete(ref);
    return Promise.resolve(true);
  }

  async putNote(ref: string, note: KeptNote): Promise<void> {
    (await this.shelf(ref)).notes.set(note.id, note);
  }

  notes(ref: string): Promise<KeptNote[]> {
    return Promise.resolve([...(this.shelves.get(ref)?.notes.values() ?? [])]);
  }

  removeNote(ref: string, id: string): Promise<void> {
    this.shelves.get(ref)?.notes.delete(id);
    return Promise.resolve();
  }

  room(): Promise<Room> {
    return room(storageManager());
  }

  askToPersist(): Promise<void> {
    return Promise.resolve();
  }

  private shelf(ref: string): Promise<Shelf> {
    const shelf = this.shelves.get(ref);
    return shelf === undefined
      ? Promise.reject(new OutboxDamaged("the recording is not there any more"))
      : Promise.resolve(shelf);
  }
}
