const TAGS = [
  "ar", "cs", "da", "de", "el", "en", "es", "fi", "fr", "he", "hi", "hu", "id", "it", "ja",
  "ko", "nl", "no", "pl", "pt", "ro", "ru", "sv", "th", "tr", "uk", "vi", "zh",
]; // prettier-ignore

interface Choice {
  value: string;
  label: string;
}

/** Choices of the spoken language by name; the first one leaves it to the server. */
export function languageChoices(known: readonly string[] | null): Choice[] {
  return [{ value: "", label: "Detect it" }, ...knownLanguages(known, null)];
}

/** Those that the server knows, by name, with the one that was chosen; where it has not said any, the usual ones. */
export function knownLanguages(known: readonly string[] | null, chosen: string | null): Choice[] {
  return namedLanguages([...new Set([...(known ?? TAGS), ...(chosen === null ? [] : [chosen])])]);
}

/** Whether a BCP 47 tag is of one of these primary subtags. */
export function isKnown(known: readonly string[], tag: string): boolean {
  return known.includes(tag.split(/[-_]/, 1)[0]?.toLowerCase() ?? tag);
}

function namedLanguages(tags: readonly string[]): Choice[] {
  const named = tags.map((tag) => ({ value: tag, label: languageName(tag) }));
  return named.sort((a, b) => a.label.localeCompare(b.label, "en"));
}

/** Of a BCP 47 tag; the tag itself where the browser has no name for it. */
export function languageName(tag: string): string {
  try {
    return new Intl.DisplayNames(["en"], { type: "language" }).of(tag.replaceAll("_", "-")) ?? tag;
  } catch {
    return tag;
  }
}
