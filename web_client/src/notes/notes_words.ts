import type { Tone } from "../looks/tone";
import type { WireStatement } from "../wire/messages";
import type { Severity } from "./draft";

export const SEVERITIES: Readonly<Record<Severity, { words: string; tone: Tone }>> = {
  high: { words: "High risk", tone: "bad" },
  medium: { words: "Medium risk", tone: "warn" },
  low: { words: "Low risk", tone: "calm" },
};

const RISKS: Partial<Record<string, string>> = {
  suicide: "Suicide",
  self_harm: "Self-harm",
  harm_to_others: "Harm to others",
  abuse: "Abuse",
  neglect: "Neglect",
  overdose: "Overdose",
};

export function riskWords(risk: string): string {
  return RISKS[risk] ?? risk.replaceAll("_", " ");
}

/** A statement about a risk; they stand before everything else. */
export function isFlag({ severity, risk }: Pick<WireStatement, "severity" | "risk">): boolean {
  return (severity ?? null) !== null || (risk ?? null) !== null;
}

/** Who wrote the notes, and whether the transcript left the server for it. A writer's name begins with its kind. */
export function writerWords(writer: string): { name: string; leaves: string } {
  const [kind, ...rest] = writer.split(" ");
  const model = rest.join(" ");
  if (kind === "extractive")
    return {
      name: "sentences of the transcript, chosen by this server",
      leaves: "Nothing left this installation.",
    };
  if (kind === "gemini")
    return { name: `Gemini (${model})`, leaves: "The transcript was sent to Google for it." };
  return {
    name: model === "" ? writer : model,
    leaves: "The transcript was sent to the language model server that was set up for this installation.",
  };
}

const REFUSALS: Partial<Record<string, string>> = {
  unreachable: "Not saved: the server cannot be reached. What you wrote is still here.",
  unauthenticated: "Not saved: sign in again, then save once more. What you wrote is still here.",
  edit_conflict: "Not saved: somebody else has changed the notes meanwhile. What you wrote is still here.",
  invalid:
    "Not saved: the server does not take this. A statement may be too long. What you wrote is still here.",
};

export function notesRefusal(code: string): string {
  return REFUSALS[code] ?? "Not saved: something went wrong at the server. What you wrote is still here.";
}
