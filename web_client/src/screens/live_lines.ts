import type { Transcript } from "../live/transcript";

/** One line of the running text, by its place on the timeline. */
export type LiveLine =
  | { kind: "words"; key: string; at: number; until: number; speaker: string | null; text: string }
  | { kind: "gap" | "failed"; key: string; at: number; until: number };

type Told = Pick<Transcript, "segments" | "coverage" | "failed">;

/** More earlier lines than these the page never holds, however long somebody reads: eight hours of talk. */
export const MOST_EARLIER = 4_000;

/** Final text, gaps and failed stretches, in the order of the timeline. */
export function liveLines({ segments, coverage, failed }: Told): LiveLine[] {
  const lines: LiveLine[] = segments.map(({ id, start_ms, end_ms, speaker, text }) => ({
    kind: "words",
    key: id,
    at: start_ms,
    until: end_ms,
    speaker,
    text,
  }));
  for (const [at, until] of coverage?.holes ?? []) lines.push({ kind: "gap", key: `gap ${at}`, at, until });
  for (const { window_id, start_ms, end_ms } of failed) {
    lines.push({ kind: "failed", key: window_id, at: start_ms, until: end_ms });
  }
  return lines.sort(byPlace);
}

/** The lines among these that lie before the tail which begins at `from`: what was let go, not what was withdrawn. */
export function linesBefore(lines: readonly LiveLine[], from: number): LiveLine[] {
  return lines.filter((line) => line.until <= from);
}

/** Both together, each line once and as it is in `more`; the oldest go where there would be too many. */
export function withLines(earlier: readonly LiveLine[], more: readonly LiveLine[]): readonly LiveLine[] {
  if (more.length === 0) return earlier;
  const lines = new Map([...earlier, ...more].map((line) => [line.key, line]));
  return [...lines.values()].sort(byPlace).slice(-MOST_EARLIER);
}

function byPlace(a: LiveLine, b: LiveLine): number {
  return a.at - b.at;
}
