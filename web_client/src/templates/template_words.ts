import type { TemplateSection } from "../wire/messages";

export const KINDS: Readonly<Record<TemplateSection["kind"], { words: string; means: string }>> = {
  statements: { words: "A list", means: "Single statements, one below the other." },
  flags: {
    words: "Risk flags",
    means: "Each with its severity and the exact quote; they stand before all else.",
  },
  text: { words: "Prose", means: "Statements that read as one text." },
};

const REFUSALS: Partial<Record<string, string>> = {
  unreachable: "The server cannot be reached.",
  unauthenticated: "Sign in again, then save once more.",
  forbidden: "You are not allowed to change the templates of this organisation.",
  edit_conflict: "Somebody else has changed or made this template meanwhile.",
  too_large: "The descriptions are too long altogether.",
  rate_limited: "That was too often. Try again in a minute.",
};

/** Why it was not saved or deleted. What the server finds wrong with a template is said in its own words. */
export function templateRefusal(code: string, message: string): string {
  if (code === "invalid") return `The server says: ${message}.`;
  return REFUSALS[code] ?? "Something went wrong at the server. Try again in a moment.";
}
