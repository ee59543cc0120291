import type { WireSegment, WireStatement } from "../wire/messages";

/** A place in the transcript that supports a statement. */
export interface Evidence {
  segmentId: string;
  /** Where to begin to hear it. */
  ms: number;
  /** What who said it is called; null where nobody knows. */
  who: string | null;
}

export type SegmentsById = ReadonlyMap<string, WireSegment & Pick<Evidence, "who">>;

export function byId(
  segments: readonly WireSegment[],
  nameOf: (speaker: string | null) => string | null,
): SegmentsById {
  return new Map(segments.map((segment) => [segment.id, { ...segment, who: nameOf(segment.speaker) }]));
}

/** The cited segments that are still in the transcript. The one that is quoted is heard from the quote on. */
export function evidence(
  { segment_ids: ids, quote }: Pick<WireStatement, "segment_ids" | "quote">,
  segments: SegmentsById,
): Evidence[] {
  const cited = citedOf(ids, segments);
  const quoted = placeOfQuote(quote ?? "", cited);
  return cited.map(({ id, start_ms: start, who }) => ({
    segmentId: id,
    ms: quoted?.segmentId === id ? quoted.ms : start,
    who,
  }));
}

/** What is still in the transcript, in the order in which it was said. */
function citedOf(ids: readonly string[], segments: SegmentsById) {
  return ids
    .flatMap((id) => segments.get(id) ?? [])
    .toSorted(({ start_ms: one }, { start_ms: other }) => one - other);
}

/** Whether the quote is what is said there by now, word for word; what people corrected since is another text. */
export function isStillSaid(
  { segment_ids: ids, quote }: Pick<WireStatement, "segment_ids" | "quote">,
  segments: SegmentsById,
): boolean {
  const texts = citedOf(ids, segments).map(({ text }) => text);
  const said = spelledWords(texts.join(" "));
  const wanted = spelledWords(quote ?? "");
  return said.some((_, first) => wanted.every((word, at) => said[first + at] === word));
}

function spelledWords(text: string): string[] {
  return text.split(/\s+/).map(spelled).filter(Boolean);
}

/** Where the quote's words are said one after the other, over segments that follow one another; null for nowhere. */
function placeOfQuote(quote: string, cited: readonly WireSegment[]): Omit<Evidence, "who"> | null {
  const wanted = spelledWords(quote);
  const said = cited.flatMap(({ id, words }) =>
    words.map(({ w, s }) => ({ spelled: spelled(w), segmentId: id, ms: s })).filter((word) => word.spelled),
  );
  for (let first = 0; wanted.length > 0 && first + wanted.length <= said.length; first += 1) {
    if (wanted.every((word, at) => said[first + at]?.spelled === word)) return said[first] ?? null;
  }
  return null;
}

/** Letters and digits alone: case and punctuation do not count. */
function spelled(word: string): string {
  return word.toLowerCase().replace(/[^\p{L}\p{N}]/gu, "");
}
