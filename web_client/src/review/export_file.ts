import type { ExportFormat } from "../wire/api";

export const FORMATS: readonly { format: ExportFormat; label: string }[] = [
  { format: "txt", label: "Text (.txt)" },
  { format: "srt", label: "Subtitles (.srt)" },
  { format: "vtt", label: "Web subtitles (.vtt)" },
  { format: "json", label: "With all times (.json)" },
];

/** Says which session it is to whoever can look it up, and nothing about the patient to whoever cannot. */
export function exportName(sessionId: string, createdAt: string, format: ExportFormat): string {
  return `transcript-${createdAt.slice(0, 10)}-${sessionId.slice(0, 8)}.${format}`;
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
