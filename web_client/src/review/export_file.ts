import type { ExportFormat } from "../wire/api";

export interface Form {
  format: ExportFormat;
  label: string;
  /** What it is good for. */
  what: string;
}

export const FORMATS: readonly Form[] = [
  { format: "pdf", label: "PDF", what: "To read, print or file: notes and transcript as they stand" },
  { format: "docx", label: "Word (.docx)", what: "To go on writing: notes and transcript" },
  { format: "md", label: "Markdown (.md)", what: "Notes and transcript as text with headings" },
  { format: "txt", label: "Text (.txt)", what: "The same without any form, for anything that takes text" },
  { format: "srt", label: "Subtitles (.srt)", what: "The transcript, for video players" },
  { format: "vtt", label: "Web subtitles (.vtt)", what: "The transcript, for web pages" },
  {
    format: "fhir",
    label: "FHIR R4 (.json)",
    what: "For a patient record system: a document with its sections",
  },
  { format: "json", label: "JSON", what: "For programs: every word with its time" },
];

/** The others have the words of the transcript alone. */
export const FORMATS_WITH_NOTES = FORMATS.filter(({ format }) => format !== "srt" && format !== "vtt");

const ENDINGS: Partial<Record<ExportFormat, string>> = { fhir: "fhir.json" };

/** Says which session it is to whoever can look it up, and nothing about the patient to whoever cannot. With a
 *  `revision` also that the notes in it need not be those that stand. */
export function exportName(
  sessionId: string,
  createdAt: string,
  format: ExportFormat,
  revision?: number,
): string {
  const version = revision === undefined ? "" : `-version-${revision}`;
  return `session-${createdAt.slice(0, 10)}-${sessionId.slice(0, 8)}${version}.${ENDINGS[format] ?? format}`;
}

/** Hands a file to the browser's downloads. */
export function saveFile(blob: Blob, name: string): void {
  const url = URL.createObjectURL(blob);
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  // Firefox reads the address after the click has returned.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
