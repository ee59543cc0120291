import { type Fields, isFields, isInteger } from "./answer";
import type {
  ArtifactReady,
  Coverage,
  NoteEdited,
  NoteSection,
  QualityWarning,
  SessionLanguage,
  SessionState,
  StepFailed,
  StepProgress,
  WindowFailed,
  WireSegment,
} from "./messages";

export interface SpeakerUpdate {
  id: string;
  name: string | null;
  merged_into: string | null;
}

export interface NoteTyped {
  id: string;
  at_ms: number;
  /** Empty where the note was removed. */
  text: string;
}

interface Happened<T extends string, D> {
  session_id: string;
  version: number;
  type: T;
  data: D;
}

/** What happens in a session. `other` is what this version does not know; it still moves the version on. */
export type SessionEvent =
  | Happened<"session.state", { state: SessionState }>
  | Happened<"session.language", SessionLanguage>
  | Happened<"session.progress", StepProgress>
  | Happened<"coverage", Coverage>
  | Happened<"segment.provisional", WireSegment>
  | Happened<"segment.final", WireSegment>
  | Happened<"segment.edited", WireSegment>
  | Happened<"window.failed", WindowFailed>
  | Happened<"speaker.updated", SpeakerUpdate>
  | Happened<"note.typed", NoteTyped>
  | Happened<"quality.warning", QualityWarning>
  | Happened<"step.failed", StepFailed>
  | Happened<"artifact.ready", ArtifactReady>
  | Happened<"note.section", NoteSection>
  | Happened<"note.edited", NoteEdited>
  | Happened<"other", null>;

type Known = Exclude<SessionEvent["type"], "other">;

/** For each type, whether data is what the type says, so far as this client relies on it. */
const CHECKS: Readonly<Record<Known, (data: Fields) => boolean>> = {
  "session.state": (data) => typeof data.state === "string",
  "session.language": (data) => typeof data.language === "string",
  "session.progress": (data) => typeof data.step === "string" && typeof data.percent === "number",
  coverage: isCoverage,
  "segment.provisional": isSegment,
  "segment.final": isSegment,
  "segment.edited": isSegment,
  "window.failed": (data) =>
    typeof data.window_id === "string" && typeof data.code === "string" && isSpan(data),
  "speaker.updated": (data) => typeof data.id === "string",
  "note.typed": (data) =>
    typeof data.id === "string" && isInteger(data.at_ms) && typeof data.text === "string",
  "quality.warning": (data) => typeof data.code === "string",
  "step.failed": (data) => typeof data.step === "string" && typeof data.code === "string",
  "artifact.ready": (data) => typeof data.kind === "string" && isInteger(data.generation),
  "note.section": (data) => isInteger(data.generation) && isSection(data.section),
  "note.edited": (data) => isInteger(data.revision) && typeof data.signed === "boolean",
};

/** The event in a message; null where the message is none at all, so that the gap it leaves is asked for again. */
export function readEvent(raw: unknown): SessionEvent | null {
  if (!isFields(raw) || typeof raw.session_id !== "string" || !isInteger(raw.version)) return null;
  const { session_id, version, type, data } = raw;
  if (typeof type === "string" && isKnown(type) && isFields(data) && CHECKS[type](data)) {
    // CHECKS has just said that the data is of this type.
    return { session_id, version, type, data } as unknown as SessionEvent;
  }
  return { session_id, version, type: "other", data: null };
}

export function isCoverage(data: unknown): data is Coverage {
  return (
    isFields(data) &&
    isInteger(data.recorded_ms) &&
    isInteger(data.transcribed_ms) &&
    Array.isArray(data.holes)
  );
}

function isKnown(type: string): type is Known {
  return Object.hasOwn(CHECKS, type);
}

function isSpan(data: Fields): boolean {
  return isInteger(data.start_ms) && isInteger(data.end_ms);
}

function isSection(data: unknown): boolean {
  return (
    isFields(data) &&
    typeof data.key === "string" &&
    typeof data.title === "string" &&
    Array.isArray(data.statements)
  );
}

function isSegment(data: Fields): boolean {
  return (
    typeof data.id === "string" && isSpan(data) && typeof data.text === "string" && Array.isArray(data.words)
  );
}
