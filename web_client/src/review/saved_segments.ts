import { bySegment, type Transcript } from "../live/transcript";
import type { RemovedSegment, WireSegment } from "../wire/messages";

/** What the server answered to a correction, and what the viewer had of that segment then. */
export interface SavedSegment {
  seen: WireSegment | RemovedSegment;
  segment: WireSegment;
}

/** What was said, and what of it a person removed. */
export type Said = Pick<Transcript, "segments" | "removed">;

export function seenOf({ segments, removed }: Said, id: string): SavedSegment["seen"] | undefined {
  const hasId = (each: { id: string }): boolean => each.id === id;
  return segments.find(hasId) ?? removed.find(hasId);
}

/** The answer counts until the viewer hears of that segment again: nobody sees their own words jump back. */
export function withSaved(said: Said, saved: ReadonlyMap<string, SavedSegment>): Said {
  let now = said;
  for (const [id, { seen, segment }] of saved) {
    if (seenOf(said, id) === seen) now = withAnswer(now, segment);
  }
  return now;
}

function withAnswer({ segments, removed }: Said, segment: WireSegment): Said {
  const { id, start_ms, end_ms, text, edited } = segment;
  const isOther = (each: { id: string }): boolean => each.id !== id;
  const others = removed.filter(isOther);
  return {
    segments: text === "" ? segments.filter(isOther) : [...segments.filter(isOther), segment].sort(bySegment),
    // Withdrawn, but not by a person: other segments follow.
    removed: text === "" && edited === true ? [...others, { id, start_ms, end_ms }] : others,
  };
}
