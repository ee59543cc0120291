import { NEAR_MS } from "../live/near";
import type { Transcript } from "../live/transcript";

interface Place {
  key: string;
  at: number;
  until: number;
}

type WordsLine = Place & { kind: "words"; speaker: string | null; text: string };
type FailedLine = Place & { kind: "failed" };
type GapLine = Place & { kind: "gap" };

/** One line of the running text, by its place on the timeline. */
export type LiveLine = WordsLine | FailedLine | GapLine;

/** A line as it is shown: gaps near each other are one, within which `lostMs` were not recorded. */
export type ShownLine = WordsLine | FailedLine | (GapLine & { lostMs: number });

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

export function shownLines(lines: readonly LiveLine[]): ShownLine[] {
  const shown: ShownLine[] = [];
  for (const line of lines) {
    const last = shown.at(-1);
    if (line.kind !== "gap") shown.push(line);
    else if (last?.kind === "gap" && line.at - last.until <= NEAR_MS) {
      const lostMs = last.lostMs + line.until - line.at;
      shown[shown.length - 1] = { ...last, until: line.until, lostMs };
    } else shown.push({ ...line, lostMs: line.until - line.at });
  }
  return shown;
}

function byPlace(a: LiveLine, b: LiveLine): number {
  return a.at - b.at;
}
