/** One chunk as the outbox keeps it and the server stores it: a complete, playable file. */
export interface RecordedChunk {
  seq: number;
  /** Where its sound begins on the session's timeline, in samples at the session's rate. */
  firstSample: number;
  /** How much of the timeline it fills; a decoder gets exactly this much. */
  sampleCount: number;
  mediaType: "audio/ogg" | "audio/wav";
  bytes: Uint8Array<ArrayBuffer>;
}
