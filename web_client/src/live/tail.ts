import type { Transcript } from "./transcript";

/** What a recording keeps of its own transcript in the page; the server keeps everything. */
export const TAIL_MS = 10 * 60_000;
/** So many lines stay however old they are: after a long pause the last words are still worth seeing. */
export const FEWEST_LINES = 20;
/** Warnings need not say what place they are about. */
const MOST_WARNINGS = 50;

/**
 * The end of a transcript: the last ten minutes that were transcribed, so that the page of a recording holds as much
 * after three hours as after one quarter of an hour. What lies before `from_ms` is let go, also where it comes late.
 * Speakers and typed notes stay: people name and type few.
 */
export function tail(transcript: Transcript): Transcript {
  const { segments, removed, failed, coverage, warnings } = transcript;
  const cut = Math.max(transcript.from_ms, cutOf(transcript));
  const keptSegments = after(segments, cut);
  const keptRemoved = after(removed, cut);
  const keptFailed = after(failed, cut);
  const holes = coverage?.holes.filter(([, until]) => until > cut) ?? [];
  const complete =
    keptSegments === segments &&
    keptRemoved === removed &&
    keptFailed === failed &&
    holes.length === (coverage?.holes.length ?? 0);
  const keptWarnings = warnings.length > MOST_WARNINGS ? warnings.slice(-MOST_WARNINGS) : warnings;
  if (complete && keptWarnings === warnings) return transcript;
  return {
    ...transcript,
    segments: keptSegments,
    removed: keptRemoved,
    failed: keptFailed,
    coverage: coverage === null ? null : { ...coverage, holes },
    warnings: keptWarnings,
    from_ms: complete ? transcript.from_ms : cut,
  };
}

function cutOf({ segments, removed, failed, coverage }: Transcript): number {
  const starts = [...segments, ...removed, ...failed].map((each) => each.start_ms);
  for (const [start] of coverage?.holes ?? []) starts.push(start);
  const oldest = starts.sort((a, b) => a - b).at(-FEWEST_LINES);
  if (oldest === undefined) return 0;
  const end = Math.max(coverage?.transcribed_ms ?? 0, segments.at(-1)?.end_ms ?? 0);
  return Math.min(end - TAIL_MS, oldest);
}

/** The same list where all of it stays. */
function after<T extends { end_ms: number }>(items: readonly T[], cut: number): readonly T[] {
  return items.every((item) => item.end_ms > cut) ? items : items.filter((item) => item.end_ms > cut);
}
