import type { Transcript } from "../live/transcript";
import { isKnown, languageName } from "../screens/languages";
import { useKnownLanguages } from "../screens/use_known_languages";
import type { ReviewApi } from "./review_api";

/** What to do about parts that were refused because of their language, as far as can be told: trying again would not
 *  help. */
export function useUnknownLanguage(
  api: ReviewApi,
  { failed, language }: Pick<Transcript, "failed" | "language">,
): string | undefined {
  const isRefused = failed.some(({ code }) => code === "invalid");
  const { data: known } = useKnownLanguages(api, isRefused);
  if (!isRefused || language === null || !known || isKnown(known, language)) return undefined;
  return `The recogniser that runs here may not know ${languageName(language)}: choose another language.`;
}
