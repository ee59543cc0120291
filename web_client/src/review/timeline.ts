import { NEAR_MS } from "../live/near";
import type { Transcript, TypedNote } from "../live/transcript";
import type { QualityWarning, RemovedSegment, SessionView, WireSegment } from "../wire/messages";

/** Why a stretch has no words:
 *  - unreadable: its audio came, but could not be read
 *  - missing: paused, or its audio never arrived although Stop was said
 *  - on_its_way: paused, or its audio has not arrived yet
 *  - not_recorded: everything arrived; the recording was paused, the microphone away or the computer too busy
 *  - recogniser_failed: the audio is there, the recogniser gave up */
export type GapReason = "unreadable" | "missing" | "on_its_way" | "not_recorded" | "recogniser_failed";

export interface Gap {
  startMs: number;
  endMs: number;
  reason: GapReason;
}

interface Place {
  key: string;
  startMs: number;
  endMs: number;
  /** What was typed while this was said. */
  notes: TypedNote[];
}

export type Row =
  | (Place & { kind: "segment"; segment: WireSegment; provisional: boolean })
  /** One gap, or several near each other with nothing said between them, which last `lostMs` altogether. */
  | (Place & { kind: "gap"; reason: GapReason; lostMs: number })
  | (Place & { kind: "notes" })
  | (Place & { kind: "removed" })
  /** A segment that is gone while somebody corrects it. */
  | (Place & { kind: "withdrawn" });

type Arrived = Pick<SessionView, "last_seq" | "contiguous_through" | "max_seq" | "recorded_ms">;

/** Whether the server can be asked to try again. */
export function canRetry(reason: GapReason): boolean {
  return reason === "unreadable" || reason === "recogniser_failed";
}

/** Everything that has no words, in order, for the waveform and for the transcript. */
export function gaps(
  transcript: Pick<Transcript, "coverage" | "warnings" | "failed">,
  session: Arrived | undefined,
): Gap[] {
  const unreadable = unreadableSpans(transcript.warnings);
  const holes = (transcript.coverage?.holes ?? []).flatMap((hole) =>
    splitHole(hole, unreadable, reasonOf(hole, session)),
  );
  const failed = joinSpans(transcript.failed.map((window) => [window.start_ms, window.end_ms]));
  const gone = failed.map(([startMs, endMs]): Gap => ({ startMs, endMs, reason: "recogniser_failed" }));
  return [...holes, ...gone].sort((a, b) => a.startMs - b.startMs || a.endMs - b.endMs);
}

type Span = readonly [start: number, end: number];

function reasonOf([, end]: Span, session: Arrived | undefined): GapReason {
  if (session === undefined) return "on_its_way";
  const { contiguous_through: through, last_seq: last, max_seq: highest } = session;
  // The recorder numbers chunks without gaps: where every number has come, nothing is between them.
  if (through >= highest && end <= session.recorded_ms) return "not_recorded";
  if (last === null) return "on_its_way";
  return through < last ? "missing" : "not_recorded";
}

function unreadableSpans(warnings: readonly QualityWarning[]): Span[] {
  return joinSpans(
    warnings.flatMap(({ code, start_ms: start, end_ms: end }): Span[] =>
      code === "undecodable_chunk" && typeof start === "number" && typeof end === "number"
        ? [[start, end]]
        : [],
    ),
  );
}

function joinSpans(spans: Span[]): Span[] {
  const joined: Span[] = [];
  for (const span of [...spans].sort((a, b) => a[0] - b[0])) {
    const last = joined.at(-1);
    if (last !== undefined && span[0] <= last[1])
      joined[joined.length - 1] = [last[0], Math.max(last[1], span[1])];
    else joined.push(span);
  }
  return joined;
}

/** One hole of the coverage may be several: a pause right beside a chunk that could not be read. */
function splitHole([start, end]: Span, unreadable: readonly Span[], otherwise: GapReason): Gap[] {
  const parts: Gap[] = [];
  let done = start;
  for (const [from, to] of unreadable) {
    const a = Math.max(from, done);
    const b = Math.min(to, end);
    if (a >= b) continue;
    if (a > done) parts.push({ startMs: done, endMs: a, reason: otherwise });
    parts.push({ startMs: a, endMs: b, reason: "unreadable" });
    done = b;
  }
  if (done < end) parts.push({ startMs: done, endMs: end, reason: otherwise });
  return parts;
}

/** Segments, gaps and notes as one column, each in its place. */
export function timeline(
  segments: readonly WireSegment[],
  provisional: WireSegment | null,
  missing: readonly Gap[],
  notes: readonly TypedNote[],
  removed: readonly RemovedSegment[] = [],
): Row[] {
  const all: Row[] = segments.map((segment) => segmentRow(segment, false));
  if (provisional !== null) all.push(segmentRow(provisional, true));
  for (const { startMs, endMs, reason } of missing) {
    const lostMs = endMs - startMs;
    all.push({ kind: "gap", key: `${reason}-${startMs}`, startMs, endMs, reason, lostMs, notes: [] });
  }
  for (const { id: key, start_ms: startMs, end_ms: endMs } of removed) {
    all.push({ kind: "removed", key, startMs, endMs, notes: [] });
  }
  const rows = withGapsJoined(all.sort((a, b) => a.startMs - b.startMs || a.endMs - b.endMs));
  placeNotes(rows, notes);
  return rows;
}

function withGapsJoined(rows: readonly Row[]): Row[] {
  const joined: Row[] = [];
  for (const row of rows) {
    const last = joined.at(-1);
    if (row.kind === "gap" && last?.kind === "gap" && isSameGap(last, row)) {
      joined[joined.length - 1] = { ...last, endMs: row.endMs, lostMs: last.lostMs + row.lostMs };
    } else joined.push(row);
  }
  return joined;
}

function isSameGap(a: Row & { kind: "gap" }, b: Row & { kind: "gap" }): boolean {
  return a.reason === b.reason && !canRetry(a.reason) && b.startMs - a.endMs <= NEAR_MS;
}

function segmentRow(segment: WireSegment, provisional: boolean): Row {
  const { start_ms: startMs, end_ms: endMs } = segment;
  const key = provisional ? "provisional" : segment.id;
  return { kind: "segment", key, startMs, endMs, segment, provisional, notes: [] };
}

/** Each note beside what was said when it was typed; before the first word there is nothing to stand beside. */
function placeNotes(rows: Row[], notes: readonly TypedNote[]): void {
  const inOrder = notes.filter((note) => note.text !== "").sort((a, b) => a.at_ms - b.at_ms);
  const early: TypedNote[] = [];
  let at = -1;
  for (const note of inOrder) {
    while ((rows[at + 1]?.startMs ?? Infinity) <= note.at_ms) at += 1;
    (rows[at]?.notes ?? early).push(note);
  }
  const [first] = early;
  if (first === undefined) return;
  rows.unshift({ kind: "notes", key: "notes", startMs: first.at_ms, endMs: first.at_ms, notes: early });
}

/** The rows, and in its place a segment that is being corrected and is no longer there. */
export function withCorrected(
  rows: readonly Row[],
  corrected: { segmentId: string; startMs: number; phase: "open" | "saving" } | null,
): readonly Row[] {
  if (corrected === null) return rows;
  const { segmentId: key, startMs, phase } = corrected;
  const gone = rows.findIndex((row) => row.key === key);
  const isRemoved = rows[gone]?.kind === "removed";
  // While saving, it may well be this page that has removed it.
  if (gone !== -1 && (!isRemoved || phase === "saving")) return rows;
  const later = rows.findIndex((row) => row.startMs > startMs);
  const at = isRemoved ? gone : later === -1 ? rows.length : later;
  const notes = rows[gone]?.notes ?? [];
  return rows.toSpliced(at, isRemoved ? 1 : 0, { kind: "withdrawn", key, startMs, endMs: startMs, notes });
}

export function sameRow(a: Row, b: Row): boolean {
  if (a.kind !== b.kind || a.key !== b.key || a.startMs !== b.startMs || a.endMs !== b.endMs) return false;
  if (a.notes.length !== b.notes.length || a.notes.some((note, i) => note !== b.notes[i])) return false;
  if (a.kind === "gap" && b.kind === "gap") return a.lostMs === b.lostMs;
  return a.kind !== "segment" || (b.kind === "segment" && a.segment === b.segment);
}
