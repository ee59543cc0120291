/** Between the audio thread and the page. */

/** Samples as they were captured; `frame` is the audio clock's count at the first of them. */
export interface Block {
  frame: number;
  samples: Float32Array<ArrayBuffer>;
  /** When the audio thread was done with it, by the wall clock: the only other clock that it has. */
  wallMs: number;
}

export type FromWorklet = Block | "held";

/** `hold` hands over what was begun and answers `held`; a buffer is one that the page is done with. */
export type ToWorklet = "record" | "hold" | ArrayBuffer;

export const BLOCK_SECONDS = 0.1;
