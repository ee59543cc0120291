import type { Cut } from "./cutter";
import type { RecordedChunk } from "./recorded_chunk";
import { wavFile } from "./wav";

export type EncodedFile = Pick<RecordedChunk, "mediaType" | "bytes">;
export type Encode = (cut: Cut) => Promise<EncodedFile>;

type OpusFile = typeof import("./opus").opusFile;

/**
 * Opus where the browser can, PCM where it can't. An encoder that failed once isn't tried again in this recording: the
 * chunk at hand and all that follow are eight times larger, but whole. One that could not be fetched is asked for again
 * with the next chunk.
 */
export class ChunkEncoder {
  private opus: Promise<OpusFile | null> | null = null;

  constructor(
    private readonly sampleRate: number,
    private readonly onFailure: () => void,
  ) {}

  /** Loads the encoder while the network is there; needed once, harmless more often. */
  prepare(): void {
    this.opus ??= load(this.sampleRate).catch((error: unknown) => {
      this.opus = null;
      return this.failed(error);
    });
  }

  readonly encode: Encode = async (cut) => {
    this.prepare();
    const opusFile = await this.opus;
    if (opusFile) {
      try {
        return { mediaType: "audio/ogg", bytes: await opusFile(cut, this.sampleRate) };
      } catch (error) {
        this.opus = Promise.resolve(this.failed(error));
      }
    }
    const samples = cut.samples.subarray(cut.lead, cut.lead + cut.sampleCount);
    return { mediaType: "audio/wav", bytes: wavFile(samples, this.sampleRate) };
  };

  private failed(error: unknown): null {
    console.warn("no Opus, going on with PCM:", error);
    this.onFailure();
    return null;
  }
}

/** Fetches the encoder, for a recording that is begun while the node is away. */
export async function fetchEncoder(): Promise<void> {
  await import("./opus");
}

async function load(sampleRate: number): Promise<OpusFile | null> {
  if (typeof AudioEncoder === "undefined") return null;
  const { encodesOpus, opusFile } = await import("./opus");
  return (await encodesOpus(sampleRate)) ? opusFile : null;
}
