const TAGS = [
  "ar", "cs", "da", "de", "el", "en", "es", "fi", "fr", "he", "hi", "hu", "id", "it", "ja",
  "ko", "nl", "no", "pl", "pt", "ro", "ru", "sv", "th", "tr", "uk", "vi", "zh",
]; // prettier-ignore

/** Choices of the spoken language by name; the first one leaves it to the server. */
export function languageChoices(): { value: string; label: string }[] {
  const names = new Intl.DisplayNames(["en"], { type: "language" });
  const named = TAGS.map((tag) => ({ value: tag, label: names.of(tag) ?? tag }));
  named.sort((a, b) => a.label.localeCompare(b.label, "en"));
  return [{ value: "", label: "Detect it" }, ...named];
}

export function languageName(tag: string): string {
  return new Intl.DisplayNames(["en"], { type: "language" }).of(tag) ?? tag;
}
