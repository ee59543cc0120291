import type { Transcript } from "../live/transcript";
import type { WireSegment } from "../wire/messages";

/** One line of the running text, by its place on the timeline. */
export type LiveLine =
  | { kind: "words"; key: string; at: number; segment: WireSegment }
  | { kind: "gap" | "failed"; key: string; at: number; until: number };

type Told = Pick<Transcript, "segments" | "coverage" | "failed">;

/** Final text, gaps and failed stretches, in the order of the timeline. */
export function liveLines({ segments, coverage, failed }: Told): LiveLine[] {
  const lines: LiveLine[] = segments.map((segment) => ({
    kind: "words",
    key: segment.id,
    at: segment.start_ms,
    segment,
  }));
  for (const [at, until] of coverage?.holes ?? []) lines.push({ kind: "gap", key: `gap ${at}`, at, until });
  for (const { window_id, start_ms, end_ms } of failed) {
    lines.push({ kind: "failed", key: window_id, at: start_ms, until: end_ms });
  }
  return lines.sort((a, b) => a.at - b.at);
}
