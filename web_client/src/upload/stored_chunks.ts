import type { ListedChunk } from "../outbox/outbox";

type Mark = "stored" | "released";

// One row for each number: all that its header says, and what became of it; 0 where there is no chunk.
const FIRST_SAMPLE = 0; // A float of 8 bytes: a day at 48 kHz is more than 32 bits count.
const SAMPLE_COUNT = 8;
const SIZE = 12;
const DIGEST = 16;
const DIGEST_BYTES = 32;
const MARK = 48;
const MEDIA_TYPE = 49;
const ROW = 56;

const MARKS = [null, "stored", "released"] as const;
const MEDIA_TYPES = ["audio/ogg", "audio/wav"] as const;
const FIRST_ROWS = 64;

/**
 * What is known of chunks that the server holds, 56 bytes each. They are needed again only if its database is restored
 * from a backup, yet they are nearly all the chunks of a long recording; as objects they took four times the memory.
 * The rows lie by number, which a session counts from 0.
 */
export class StoredChunks {
  private rows = new DataView(new ArrayBuffer(FIRST_ROWS * ROW));
  /** One more than the highest number. */
  private end = 0;
  private stored = 0;

  /** How many are stored and not released. */
  get storedCount(): number {
    return this.stored;
  }

  put(chunk: ListedChunk, mark: Mark): void {
    this.remove(chunk.seq);
    const at = this.roomFor(chunk.seq);
    this.rows.setFloat64(at + FIRST_SAMPLE, chunk.firstSample);
    this.rows.setUint32(at + SAMPLE_COUNT, chunk.sampleCount);
    this.rows.setUint32(at + SIZE, chunk.size);
    for (let i = 0; i < DIGEST_BYTES; i += 1) {
      this.rows.setUint8(at + DIGEST + i, Number.parseInt(chunk.sha256.slice(2 * i, 2 * i + 2), 16));
    }
    this.rows.setUint8(at + MEDIA_TYPE, MEDIA_TYPES.indexOf(chunk.mediaType));
    this.rows.setUint8(at + MARK, MARKS.indexOf(mark));
    if (mark === "stored") this.stored += 1;
  }

  markOf(seq: number): Mark | null {
    return seq < this.end ? (MARKS[this.rows.getUint8(seq * ROW + MARK)] ?? null) : null;
  }

  /** The end of the chunk on the timeline, in samples; null where it is not here. */
  endOf(seq: number): number | null {
    if (this.markOf(seq) === null) return null;
    return this.rows.getFloat64(seq * ROW + FIRST_SAMPLE) + this.rows.getUint32(seq * ROW + SAMPLE_COUNT);
  }

  /** The chunk as it was put, which is not here any more then; null where it was not. */
  take(seq: number): ListedChunk | null {
    if (this.markOf(seq) === null) return null;
    const at = seq * ROW;
    const digest = new Uint8Array(this.rows.buffer, at + DIGEST, DIGEST_BYTES);
    const chunk: ListedChunk = {
      seq,
      firstSample: this.rows.getFloat64(at + FIRST_SAMPLE),
      sampleCount: this.rows.getUint32(at + SAMPLE_COUNT),
      mediaType: MEDIA_TYPES[this.rows.getUint8(at + MEDIA_TYPE)] ?? "audio/ogg",
      sha256: Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join(""),
      size: this.rows.getUint32(at + SIZE),
      fate: "stored",
      code: null,
    };
    this.remove(seq);
    return chunk;
  }

  /** The numbers of those that are stored and not released, in order. */
  storedSeqs(): number[] {
    const seqs: number[] = [];
    for (let seq = 0; seq < this.end; seq += 1) if (this.markOf(seq) === "stored") seqs.push(seq);
    return seqs;
  }

  /** The lowest number here; null where there is none. */
  lowest(): number | null {
    for (let seq = 0; seq < this.end; seq += 1) if (this.markOf(seq) !== null) return seq;
    return null;
  }

  private remove(seq: number): void {
    if (this.markOf(seq) === "stored") this.stored -= 1;
    if (seq < this.end) this.rows.setUint8(seq * ROW + MARK, 0);
  }

  private roomFor(seq: number): number {
    this.end = Math.max(this.end, seq + 1);
    const present = this.rows.byteLength;
    if (this.end * ROW > present) {
      const grown = new Uint8Array(Math.max(2 * present, this.end * ROW));
      grown.set(new Uint8Array(this.rows.buffer));
      this.rows = new DataView(grown.buffer);
    }
    return seq * ROW;
  }
}
