/** Gaps that are no farther from each other than this, with nothing said between them, are told as one. */
export const NEAR_MS = 10_000;
