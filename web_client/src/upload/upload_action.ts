import type { ListedChunk } from "../outbox/outbox";
import type { Fields } from "../wire/answer";

/** A request to the server; `ticket` tells its answer from answers to earlier ones. */
export interface Ask {
  kind: "ask";
  ticket: number;
  event: string;
  body: Fields;
  chunk: ListedChunk | null;
}

/** What an uploader can want: a request, or a change in the outbox or of the connection. */
export type Action =
  | Ask
  /** Keep the session's id and the epoch, before any chunk is sent. */
  | { kind: "remember"; sessionId: string; epoch: string }
  /** The server holds the chunk. */
  | { kind: "stored"; seq: number }
  /** The server holds it no more: it was restored from a backup. */
  | { kind: "lost"; seq: number }
  /** The chunk was refused for good. */
  | { kind: "set_aside"; seq: number; code: string }
  /** The chunks are safe in a sealed session. */
  | { kind: "release"; seqs: number[] }
  /** Stop was answered. */
  | { kind: "stopped" }
  /** This connection is of no use any more; another one may be. */
  | { kind: "reconnect" };

export function chunkHeader(sessionId: string, chunk: ListedChunk): Fields {
  return {
    session_id: sessionId,
    seq: chunk.seq,
    first_sample: chunk.firstSample,
    sample_count: chunk.sampleCount,
    sha256: chunk.sha256,
    media_type: chunk.mediaType,
  };
}

/** Whether an acknowledgement is that of this chunk. */
export function echoes(answer: Fields, chunk: ListedChunk): boolean {
  return answer.seq === chunk.seq && answer.sha256 === chunk.sha256;
}
