import type { Tone } from "../looks/tone";
import { languageName } from "../screens/languages";
import type { QualityView } from "../wire/messages";

interface Grade {
  words: string;
  tone: Tone;
}

/** With so much of the session unheard, what was heard may be as clear as can be: the transcript is not good. */
const MUCH_UNHEARD = 0.1;

type Graded = Pick<QualityView, "score" | "words" | "missing_share" | "failed_share">;

export function grade({ score, words, missing_share: missing, failed_share: failed }: Graded): Grade {
  if (words === 0) return { words: "No words", tone: "warn" };
  if (score >= 85 && missing + failed < MUCH_UNHEARD) return { words: "Good", tone: "good" };
  if (score >= 60) return { words: "Fair", tone: "warn" };
  return { words: "Poor", tone: "bad" };
}

/** "3 %", and never "0 %" for what is more than nothing. */
export function percent(share: number): string {
  return share > 0 && share < 0.01 ? "less than 1 %" : `${Math.round(share * 100)} %`;
}

type Wording = (quality: QualityView) => string;

const WARNINGS: Partial<Record<string, Wording>> = {
  nothing_recorded: () => "Nothing was recorded.",
  no_speech: () => "No speech was heard. Was the microphone the right one?",
  parts_failed: ({ failed_share: share }) =>
    `Transcribing ${percent(share)} of the recording failed. It can be tried again.`,
  parts_missing: ({ missing_share: share }) =>
    `${percent(share)} of the session was not recorded or never arrived.`,
  repetition: ({ repeated_share: share }) =>
    `${percent(share)} of the words repeat themselves over and over and may never have been said.`,
  mixed_languages: ({ languages }) =>
    `More than one language was heard (${languageMix(languages)}). Text in the rarer ones is less certain.`,
  unsure: ({ unsure_share: share }) =>
    `${percent(share)} of the words were hard to hear and may be wrong. Listen again to what matters.`,
  few_words: ({ words_per_minute: pace }) =>
    `Only ${Math.round(pace)} words a minute. Much of what was said may not have been heard.`,
  too_many_words: ({ words_per_minute: pace }) =>
    `${Math.round(pace)} words a minute is more than people can say. Some may never have been said.`,
};

/** What a warning means, the worst first. One that this page does not know is still told. */
export function warnings(quality: QualityView): string[] {
  return quality.warnings.map((code) => WARNINGS[code]?.(quality) ?? `Another warning: ${code}.`);
}

/** "English 98 %, German 2 %" of the words, the most spoken first; the name alone where there is one. */
export function languageMix(languages: QualityView["languages"]): string {
  const counted = Object.entries(languages).sort(([, a], [, b]) => b - a);
  const all = counted.reduce((sum, [, words]) => sum + words, 0);
  if (counted.length < 2) return counted.map(([tag]) => languageName(tag)).join("");
  return counted.map(([tag, words]) => `${languageName(tag)} ${percent(words / all)}`).join(", ");
}
