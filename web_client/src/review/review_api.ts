import type { Api } from "../wire/api";
import type { WireSegment } from "../wire/messages";

/** What the review page asks of a node; Api is one. */
export interface ReviewApi extends Pick<
  Api,
  | "session"
  | "describe"
  | "remove"
  | "retry"
  | "export"
  | "audioUrl"
  | "waveform"
  | "nameSpeaker"
  | "mergeSpeaker"
  | "separateSpeaker"
  | "putTypedNote"
  | "notes"
  | "editNotes"
  | "signNotes"
  | "writeNotes"
  | "noteTemplates"
  | "quality"
  | "askSession"
  | "searchSetup"
  | "languages"
> {
  /** A `text` of null gives back what was recognised. */
  correct(
    id: string,
    segmentId: string,
    changes: { text?: string | null; speaker?: string | null },
  ): Promise<WireSegment>;
}
