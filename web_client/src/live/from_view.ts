import type { TranscriptView } from "../wire/messages";
import { afterSteps } from "./after_stop";
import { byPlace, bySegment, bySpan, empty, type Transcript, untold } from "./transcript";

/** What a viewer would know that had heard every event up to the view's `head`. */
export function fromView(view: TranscriptView): Transcript {
  const segments = view.segments.toSorted(bySegment);
  return {
    ...empty(view.state, view.head),
    language: view.language,
    segments,
    provisional: untold(view.provisional, segments),
    guess: view.provisional,
    removed: view.removed.toSorted(bySegment),
    coverage: view.coverage,
    failed: view.failed.toSorted(bySpan),
    warnings: view.warnings,
    speakers: view.speakers,
    after: afterSteps(view.steps),
    notes: view.typed_notes.map(({ id, at_ms, text }) => ({ id, at_ms, text })).sort(byPlace),
  };
}
