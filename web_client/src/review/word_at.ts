import type { WireSegment } from "../wire/messages";

/** Every word of a transcript in the order it was said; parallel arrays, because there are tens of thousands. */
export interface SpokenWords {
  starts: Float64Array;
  ends: Float64Array;
  /** Which segment the word is of, and which of its words it is. */
  segments: Int32Array;
  places: Int32Array;
}

/** A word stays lit in the short silence after it, so that the light does not flicker between words. */
const LINGER_MS = 250;

export function spokenWords(segments: readonly WireSegment[]): SpokenWords {
  const all = segments.flatMap((segment, i) =>
    segment.words.map((word, place) => ({ start: word.s, end: word.e, segment: i, place })),
  );
  // Two people talk at once: segments are in order of their beginnings, their words need not be.
  all.sort((a, b) => a.start - b.start);
  return {
    starts: Float64Array.from(all, (word) => word.start),
    ends: Float64Array.from(all, (word) => word.end),
    segments: Int32Array.from(all, (word) => word.segment),
    places: Int32Array.from(all, (word) => word.place),
  };
}

/** The last word that began at or before `ms`, -1 before the first one. */
export function lastBegun(starts: Float64Array, ms: number): number {
  let low = 0;
  let high = starts.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((starts[middle] ?? Infinity) <= ms) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** The word that is heard at `ms`, -1 in silence. */
export function wordAt(words: SpokenWords, ms: number): number {
  const i = lastBegun(words.starts, ms);
  return i >= 0 && ms < (words.ends[i] ?? 0) + LINGER_MS ? i : -1;
}

/** Where the next word begins, or the one before; null where there is none. */
export function neighbour(words: SpokenWords, ms: number, direction: 1 | -1): number | null {
  const here = lastBegun(words.starts, ms);
  if (direction === 1) return words.starts[here + 1] ?? null;
  // Just begun: the word before; well inside: the beginning of this one again.
  const start = words.starts[here];
  if (start === undefined) return null;
  return ms - start > 400 ? start : (words.starts[here - 1] ?? start);
}
