import type { WireSegment } from "../wire/messages";

/** What the server answered to a correction, and the segment as the viewer had it then. */
export interface SavedSegment {
  seen: WireSegment | undefined;
  segment: WireSegment;
}

/** The answer counts until the viewer hears of that segment again: nobody sees their own words jump back. */
export function withSaved(
  segments: readonly WireSegment[],
  saved: ReadonlyMap<string, SavedSegment>,
): readonly WireSegment[] {
  if (saved.size === 0) return segments;
  const now = segments.map((segment) => {
    const mine = saved.get(segment.id);
    return mine !== undefined && mine.seen === segment ? mine.segment : segment;
  });
  return now.filter(({ text }) => text !== "");
}
