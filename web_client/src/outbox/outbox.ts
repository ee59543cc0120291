import type { RecordedChunk } from "../capture/recorded_chunk";
import type { Room } from "./room";

export type KeptChunk = RecordedChunk & { sha256: string };

/** `stored`: the server has said that it holds it; `refused`: it will never take it, kept for people to look at. */
export type ChunkFate = "waiting" | "stored" | "refused";

/** A chunk without its bytes. */
export interface ListedChunk {
  seq: number;
  firstSample: number;
  sampleCount: number;
  mediaType: RecordedChunk["mediaType"];
  sha256: string;
  size: number;
  fate: ChunkFate;
  code: string | null;
}

/** One recording. What identifies people (title, patient, consent) is sealed at rest like the audio. */
export interface KeptSession {
  /** Made here; as `client_ref` it makes starting the session idempotent. */
  ref: string;
  /** The id of the user who recorded it. */
  account: string;
  sessionId: string | null;
  epoch: string | null;
  title: string | null;
  patientId: string | null;
  language: string | null;
  consent: unknown;
  mediaType: string;
  sampleRate: number;
  chunkSeconds: number;
  /** By the clock on the wall: for people, and for `recordedAt` of the same clock. */
  startedAt: number;
  /** When the newest chunk was put. */
  recordedAt: number;
  /** Where the next chunk goes on. */
  nextSeq: number;
  nextSample: number;
  /** Set by Stop. */
  lastSeq: number | null;
  stopAnswered: boolean;
  /** The server has all it will ever take; only refused chunks are left. */
  finished: boolean;
  /** Counts who has taken the session up for recording; only the last one may put chunks and end it. */
  writer: number;
}

export type SessionDetails = Pick<KeptSession, "title" | "patientId" | "language" | "consent">;

export type NewSession = Omit<
  KeptSession,
  | "sessionId"
  | "epoch"
  | "recordedAt"
  | "nextSeq"
  | "nextSample"
  | "lastSeq"
  | "stopAnswered"
  | "finished"
  | "writer"
>;

export type SessionProgress = Partial<Pick<KeptSession, "sessionId" | "epoch" | "stopAnswered" | "finished">>;

/** A note that somebody types while recording, on its way to the server. An empty text removes it there. */
export interface KeptNote {
  id: string;
  atMs: number;
  text: string;
  /** The code of a refusal for good; null while it waits. */
  refused: string | null;
}

/** Another tab has taken the recording up: this one must not add to it. */
export class OutboxTaken extends Error {
  override readonly name = "OutboxTaken";
}

/** The browser gives no more room. */
export class OutboxFull extends Error {
  override readonly name = "OutboxFull";
}

/** What is kept cannot be read: it is gone, or not what was written. */
export class OutboxDamaged extends Error {
  override readonly name = "OutboxDamaged";
}

/** Everything recorded and not yet sealed on the server. */
export interface Outbox {
  /** Whether it outlives the page. */
  readonly durable: boolean;
  /** It outlives no page because what this browser keeps was made by a newer page, which this one cannot read. */
  readonly outdated: boolean;
  /** The recordings of a user, the oldest first. */
  sessions(account: string): Promise<KeptSession[]>;
  session(ref: string): Promise<KeptSession | null>;
  begin(session: NewSession): Promise<KeptSession>;
  /** Takes a session up for recording: from now on only the answer's `writer` may put chunks and end it. */
  claim(ref: string): Promise<KeptSession>;
  update(ref: string, changes: SessionProgress): Promise<void>;
  /** Says that nothing comes behind `lastSeq`. Rejects with OutboxTaken. */
  end(ref: string, lastSeq: number, writer: number): Promise<void>;
  /**
   * Once this resolves the chunk outlives a crash. Rejects with OutboxTaken, OutboxFull; and for a `seq` that is there
   * already, which never takes the place of what was recorded first.
   */
  put(ref: string, chunk: RecordedChunk, writer: number): Promise<ListedChunk>;
  /** By seq. */
  list(ref: string): Promise<ListedChunk[]>;
  /** Rejects with OutboxDamaged. */
  read(ref: string, seq: number): Promise<KeptChunk>;
  mark(ref: string, seq: number, fate: ChunkFate, code?: string): Promise<void>;
  /** Forgets chunks that a sealed session holds. */
  release(ref: string, seqs: readonly number[]): Promise<void>;
  /** Forgets chunks that the server has said it holds, whether its session is sealed or not. */
  releaseStored(ref: string): Promise<void>;
  /** Forgets the session with everything of it. */
  remove(ref: string): Promise<void>;
  /** The same, unless a note is there, from whichever tab; says whether the session is gone. */
  removeUnlessNoted(ref: string): Promise<boolean>;
  /** The same where nothing was recorded or noted and the server was never told; says whether the session is gone. */
  removeIfEmpty(ref: string): Promise<boolean>;
  putNote(ref: string, note: KeptNote): Promise<void>;
  notes(ref: string): Promise<KeptNote[]>;
  removeNote(ref: string, id: string): Promise<void>;
  room(): Promise<Room>;
  /** Asks the browser not to clear the outbox by itself. */
  askToPersist(): Promise<void>;
}

export function newSession(session: NewSession): KeptSession {
  return {
    ...session,
    sessionId: null,
    epoch: null,
    recordedAt: session.startedAt,
    nextSeq: 0,
    nextSample: 0,
    lastSeq: null,
    stopAnswered: false,
    finished: false,
    writer: 1,
  };
}

/** Nothing was recorded of it, and nobody has ended it. */
export function isEmpty({ nextSeq, lastSeq }: Pick<KeptSession, "nextSeq" | "lastSeq">): boolean {
  return nextSeq === 0 && lastSeq === null;
}

export function listed(chunk: RecordedChunk, sha256: string): ListedChunk {
  const { seq, firstSample, sampleCount, mediaType } = chunk;
  const size = chunk.bytes.byteLength;
  return { seq, firstSample, sampleCount, mediaType, sha256, size, fate: "waiting", code: null };
}

/** The session after `chunk` was put. */
export function grown(session: KeptSession, chunk: ListedChunk, now: number): KeptSession {
  const nextSample = chunk.firstSample + chunk.sampleCount;
  return { ...session, nextSeq: chunk.seq + 1, nextSample, recordedAt: now };
}

export async function digest(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(hash, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
