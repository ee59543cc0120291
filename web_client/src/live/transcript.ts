import type { NoteTyped, SessionEvent, SpeakerUpdate } from "../wire/event";
import type {
  Coverage,
  QualityWarning,
  RemovedSegment,
  SessionState,
  WindowFailed,
  WireSegment,
} from "../wire/messages";
import { type AfterStop, afterEvent, NOTHING_YET } from "./after_stop";

export type Speaker = SpeakerUpdate;
export type TypedNote = NoteTyped;

/** What a viewer knows of a session: the fold of its events. Times are milliseconds on the session's timeline. */
export interface Transcript {
  version: number;
  state: SessionState;
  /** A BCP 47 tag; null while nobody has said and nothing has told which it is. */
  language: string | null;
  /** What was said before this place is not held here; see tail.ts. */
  from_ms: number;
  /** Final and corrected ones, by time. */
  segments: readonly WireSegment[];
  /** What was heard after the last final segment and may still change; null where that is nothing. */
  provisional: WireSegment | null;
  /** Segments that a person removed and that can be put back, by time. */
  removed: readonly RemovedSegment[];
  coverage: Coverage | null;
  /** Stretches that have no words because their recognition failed, by time. */
  failed: readonly WindowFailed[];
  /** Each once. */
  warnings: readonly QualityWarning[];
  speakers: readonly Speaker[];
  /** By time. */
  notes: readonly TypedNote[];
  /** The newest provisional segment as it came; `provisional` is what of it still counts. */
  guess: WireSegment | null;
  after: AfterStop;
}

export function empty(state: SessionState, version = 0): Transcript {
  return {
    version,
    state,
    language: null,
    from_ms: 0,
    segments: [],
    provisional: null,
    removed: [],
    coverage: null,
    failed: [],
    warnings: [],
    speakers: [],
    notes: [],
    guess: null,
    after: NOTHING_YET,
  };
}

/** Whether events before this one are missing: it cannot be taken in, watch again from `version`. */
export function isGap(transcript: Transcript, event: SessionEvent): boolean {
  return event.version > transcript.version + 1;
}

/** The transcript after the event. One that was taken in before, or that comes too early, changes nothing. */
export function apply(transcript: Transcript, event: SessionEvent): Transcript {
  if (event.version !== transcript.version + 1) return transcript;
  const after = afterEvent(transcript.after, event);
  return { ...transcript, ...changes(transcript, event), after, version: event.version };
}

function changes(t: Transcript, event: SessionEvent): Partial<Transcript> {
  switch (event.type) {
    case "session.state":
      return { state: event.data.state };
    case "session.language":
      return { language: event.data.language };
    case "coverage":
      return { coverage: event.data };
    case "segment.final":
    case "segment.edited":
      return { ...withSegment(t, event.data), removed: withRemoved(t.removed, event.data) };
    case "segment.provisional": {
      const guess = event.data.text === "" ? null : event.data;
      return { guess, provisional: untold(guess, t.segments) };
    }
    case "window.failed": {
      const others = t.failed.filter((each) => each.window_id !== event.data.window_id);
      return { failed: event.data.code === "" ? others : [...others, event.data].sort(bySpan) };
    }
    case "quality.warning":
      return { warnings: withWarning(t.warnings, event.data) };
    case "speaker.updated":
      return { speakers: replaced(t.speakers, event.data, true, byId) };
    case "note.typed":
      return { notes: replaced(t.notes, event.data, event.data.text !== "", byPlace) };
    default:
      return {};
  }
}

function withSegment(t: Transcript, segment: WireSegment): Partial<Transcript> {
  const segments = replaced(t.segments, segment, segment.text !== "", bySegment);
  return { segments, provisional: untold(t.guess, segments) };
}

function withRemoved(removed: readonly RemovedSegment[], segment: WireSegment): readonly RemovedSegment[] {
  const { id, start_ms, end_ms, text, edited } = segment;
  const isRemoved = text === "" && edited === true;
  if (!isRemoved && removed.every((each) => each.id !== id)) return removed;
  return replaced(removed, { id, start_ms, end_ms }, isRemoved, bySegment);
}

/** A chunk that stays unreadable is reported after every retry. */
function withWarning(told: readonly QualityWarning[], warning: QualityWarning): readonly QualityWarning[] {
  return told.some((each) => isSame(each, warning)) ? told : [...told, warning];
}

/** What an event leaves out, a fetched transcript says is null. */
function isSame(a: QualityWarning, b: QualityWarning): boolean {
  const fields = ["code", "seq", "start_ms", "end_ms"] as const;
  return fields.every((field) => (a[field] ?? null) === (b[field] ?? null));
}

/** Only the words that begin at or after the end of the last final segment: the others are told by it. */
export function untold(guess: WireSegment | null, segments: readonly WireSegment[]): WireSegment | null {
  if (guess === null) return null;
  const end = segments.reduce((latest, segment) => Math.max(latest, segment.end_ms), 0);
  const words = guess.words.filter((word) => word.s >= end);
  const [first] = words;
  if (first === undefined) return null;
  return { ...guess, start_ms: first.s, words, text: words.map((word) => word.w).join(" ") };
}

/** The items with `item` in the place of the one with its id, or without it. */
function replaced<T extends { id: string }>(
  items: readonly T[],
  item: T,
  keep: boolean,
  order: (a: T, b: T) => number,
): readonly T[] {
  const others = items.filter((each) => each.id !== item.id);
  return keep ? [...others, item].sort(order) : others;
}

export function bySpan(
  a: { start_ms: number; end_ms: number },
  b: { start_ms: number; end_ms: number },
): number {
  return a.start_ms - b.start_ms || a.end_ms - b.end_ms;
}

type Placed = Pick<WireSegment, "id" | "start_ms" | "end_ms">;

export function bySegment(a: Placed, b: Placed): number {
  return bySpan(a, b) || byId(a, b);
}

export function byPlace(a: TypedNote, b: TypedNote): number {
  return a.at_ms - b.at_ms || byId(a, b);
}

function byId(a: { id: string }, b: { id: string }): number {
  return a.id < b.id ? -1 : Number(a.id > b.id);
}
