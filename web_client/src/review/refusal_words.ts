/** What a refused request means to a person, by the code of a WireError. */
const WORDS: Partial<Record<string, string>> = {
  unreachable: "Not saved: the server cannot be reached. Your text is still here; try again.",
  unauthenticated: "Not saved: sign in again, then save once more. Your text is still here.",
  not_found: "Not saved: this part or this session is no longer there.",
  forbidden: "Not saved: you may not change this session.",
  invalid: "Not saved: the server does not take this text. It may be too long.",
  rate_limited: "Not saved: too many requests at once. Wait a moment and try again.",
};

export function refusalWords(code: string): string {
  return WORDS[code] ?? "Not saved: something went wrong at the server. Your text is still here; try again.";
}

/** The same, of a merge that was not taken back. */
export function undoWords(code: string): string {
  return code === "invalid"
    ? "Not undone: somebody has merged these speakers in another way meanwhile."
    : refusalWords(code);
}
