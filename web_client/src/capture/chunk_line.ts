import type { Encode } from "./chunk_encoder";
import type { Cut } from "./cutter";
import type { RecordedChunk } from "./recorded_chunk";

export interface ChunkLineOptions {
  firstSeq: number;
  encode: Encode;
  /** Resolves once the chunk is safe. */
  onChunk: (chunk: RecordedChunk) => Promise<void>;
  /** The cut's memory may be used again. */
  onEncoded: (cut: Cut) => void;
  /** `crowded` or `failing` may have changed. */
  onChange: () => void;
  mostBytes?: number;
  retryMs?: number;
}

/** Some minutes of PCM, more than half an hour of Opus: an outbox that is this slow has stopped. */
const MOST_BYTES = 16 * 1024 * 1024;
const RETRY_MS = 1000;

/** Encodes cuts and hands chunks on, one after another and in order. What could not be handed on is tried again. */
export class ChunkLine {
  private nextSeq: number;
  private waitingBytes = 0;
  private encoding: Promise<unknown> = Promise.resolve();
  private last: Promise<void> = Promise.resolve();
  private full = false;
  private refused = false;

  constructor(private readonly options: ChunkLineOptions) {
    this.nextSeq = options.firstSeq;
  }

  /** No more sound should be added: set when memory is used up, until half of it is free. */
  get crowded(): boolean {
    return this.full;
  }

  /** The last attempt to hand on a chunk failed. */
  get failing(): boolean {
    return this.refused;
  }

  add(cuts: Cut[]): void {
    for (const cut of cuts) {
      this.count(cut.samples.byteLength);
      const encoded = this.encoded(cut, this.nextSeq++);
      this.last = this.handedOn(encoded, this.last);
    }
  }

  /** Resolves when everything added so far is safe. */
  async empty(): Promise<void> {
    await this.last;
  }

  private encoded(cut: Cut, seq: number): Promise<RecordedChunk> {
    const before = this.encoding;
    const encode = async (): Promise<RecordedChunk> => {
      await before;
      const { firstSample, sampleCount, samples } = cut;
      const file = await this.options.encode(cut);
      this.count(file.bytes.byteLength - samples.byteLength);
      this.options.onEncoded(cut);
      return { seq, firstSample, sampleCount, ...file };
    };
    const encoded = encode();
    this.encoding = encoded;
    return encoded;
  }

  private async handedOn(encoded: Promise<RecordedChunk>, before: Promise<void>): Promise<void> {
    const chunk = await encoded;
    await before;
    while (!(await this.offer(chunk))) {
      await new Promise((resolve) => setTimeout(resolve, this.options.retryMs ?? RETRY_MS));
    }
    this.count(-chunk.bytes.byteLength);
  }

  private async offer(chunk: RecordedChunk): Promise<boolean> {
    try {
      await this.options.onChunk(chunk);
      this.refused = false;
    } catch {
      this.refused = true; // Told by `failing`; why is known to whoever refused.
    }
    this.options.onChange();
    return !this.refused;
  }

  private count(bytes: number): void {
    const most = this.options.mostBytes ?? MOST_BYTES;
    this.waitingBytes += bytes;
    this.full = this.waitingBytes > (this.full ? most / 2 : most);
    this.options.onChange();
  }
}
