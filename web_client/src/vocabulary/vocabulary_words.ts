/** As many as the server keeps. */
export const MOST_OF_ORGANISATION = 500;
export const MOST_OF_PATIENT = 100;

export function textOf(words: readonly string[]): string {
  return words.join("\n");
}

export function countOf(text: string): number {
  return onEachLine(text)
    .split("\n")
    .filter((line) => line.trim() !== "").length;
}

/** Words with commas between them as a line each. Empty lines stay: the server tells which line is wrong. */
export function onEachLine(text: string): string {
  const lines = text.split("\n").flatMap((line) => {
    if (!line.includes(",")) return [line];
    return line
      .split(",")
      .map((word) => word.trim())
      .filter((word) => word !== "");
  });
  return lines.join("\n");
}

const REFUSALS: Partial<Record<string, string>> = {
  unreachable: "The server cannot be reached.",
  unauthenticated: "Sign in again, then save once more.",
  edit_conflict: "Somebody else has changed these words meanwhile.",
  too_large: "These are too many words.",
  rate_limited: "That was too often. Try again in a minute.",
};

/** Why words were not saved. What the server finds wrong with one is said in its own words, by its line. */
export function vocabularyRefusal(code: string, message: string): string {
  if (code === "invalid") return `The server says: ${message}.`;
  return REFUSALS[code] ?? "Something went wrong at the server. Try again in a moment.";
}
