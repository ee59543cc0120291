import type { WireSegment } from "../wire/messages";

/** The text and the speaker of one segment while a person corrects them. At most one at a time. */
export interface Correction {
  segmentId: string;
  /** Where the segment began when the correction did. */
  startMs: number;
  /** What it was made from; only what differs is sent. */
  was: Content;
  now: Content;
  phase: "open" | "saving";
  /** Why it was not saved: a WireError's code. */
  trouble: string | null;
  /** The segment as it has become meanwhile, by somebody else or by another run; null while nothing happened. */
  overtaken: Content | null;
  /** Somebody wanted to correct another segment while this one has changes that are not saved. */
  blocked: boolean;
}

export interface Content {
  text: string;
  speaker: string | null;
}

export type CorrectionStep =
  | { type: "open"; segment: WireSegment }
  | { type: "write"; text: string }
  | { type: "name"; speaker: string | null }
  | { type: "save" }
  | { type: "saved"; segmentId: string }
  | { type: "refused"; segmentId: string; code: string }
  | { type: "take_theirs" }
  | { type: "cancel" }
  /** What the transcript says of the segment now; an empty text where it was withdrawn. */
  | { type: "seen"; segment: Pick<WireSegment, "id" | "text" | "speaker"> };

export function correct(state: Correction | null, step: CorrectionStep): Correction | null {
  if (step.type === "open") return open(state, step.segment);
  if (state === null) return null;
  switch (step.type) {
    case "write":
      return change(state, { text: step.text });
    case "name":
      return change(state, { speaker: step.speaker });
    case "save":
      return save(state);
    case "saved":
      return step.segmentId === state.segmentId ? null : state;
    case "refused":
      if (step.segmentId !== state.segmentId) return state;
      return { ...state, phase: "open", trouble: step.code };
    case "take_theirs":
      return state.overtaken === null || state.phase === "saving" ? state : null;
    case "cancel":
      // What is on its way cannot be taken back; its answer closes the editor.
      return state.phase === "saving" ? state : null;
    case "seen":
      return seen(state, step.segment);
  }
}

/** What differs from what it was made from, as the server takes it. An empty text says that nothing was said. */
export function changes(state: Correction): { text?: string; speaker?: string | null } {
  const text = state.now.text.trim();
  return {
    ...(text === state.was.text.trim() ? {} : { text }),
    ...(state.now.speaker === state.was.speaker ? {} : { speaker: state.now.speaker }),
  };
}

export function isChanged(state: Correction): boolean {
  return Object.keys(changes(state)).length > 0;
}

function open(state: Correction | null, segment: WireSegment): Correction {
  if (state !== null && state.segmentId === segment.id) return state;
  if (state !== null && (state.phase === "saving" || isChanged(state))) return { ...state, blocked: true };
  const was = { text: segment.text, speaker: segment.speaker };
  return {
    segmentId: segment.id,
    startMs: segment.start_ms,
    was,
    now: was,
    phase: "open",
    trouble: null,
    overtaken: null,
    blocked: false,
  };
}

function change(state: Correction, part: Partial<Content>): Correction {
  if (state.phase === "saving") return state;
  return { ...state, now: { ...state.now, ...part }, trouble: null, blocked: false };
}

function save(state: Correction): Correction | null {
  if (state.phase === "saving") return state;
  if (!isChanged(state)) return null;
  return { ...state, phase: "saving", trouble: null, blocked: false };
}

function seen(state: Correction, segment: Pick<WireSegment, "id" | "text" | "speaker">): Correction | null {
  // While saving, the change that is seen is this one.
  if (segment.id !== state.segmentId || state.phase === "saving") return state;
  const { text, speaker } = segment;
  // Withdrawn, and nothing was written that could be lost.
  if (text === "" && !isChanged(state)) return null;
  if (text === state.was.text && speaker === state.was.speaker) {
    return state.overtaken === null ? state : { ...state, overtaken: null };
  }
  if (text === state.overtaken?.text && speaker === state.overtaken.speaker) return state;
  return { ...state, overtaken: { text, speaker } };
}
