import type { RecordedChunk } from "../src/capture/recorded_chunk";
import type { ListedChunk, NewSession } from "../src/outbox/outbox";

export const CHUNK_SAMPLES = 100;

/** Bytes that tell chunks apart. */
export function chunk(seq: number, firstSample = seq * CHUNK_SAMPLES): RecordedChunk {
  const bytes = new TextEncoder().encode(`the sound of chunk ${seq}`);
  return { seq, firstSample, sampleCount: CHUNK_SAMPLES, mediaType: "audio/ogg", bytes };
}

export function entry(seq: number, size = 10): ListedChunk {
  const { firstSample, sampleCount, mediaType } = chunk(seq);
  return {
    seq,
    firstSample,
    sampleCount,
    mediaType,
    sha256: seq.toString(16).padStart(64, "0"),
    size,
    fate: "waiting",
    code: null,
  };
}

export function session(ref = "ref", account = "user"): NewSession {
  return {
    ref,
    account,
    title: "Hearing of Mrs Example",
    patientId: "patient-4711",
    language: "en",
    consent: { by: "spoken" },
    mediaType: "audio/ogg",
    sampleRate: 16_000,
    chunkSeconds: 15,
    startedAt: 1_000,
  };
}

/** Numbers in [0, 1) that are the same for the same seed (mulberry32). */
export function chance(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
