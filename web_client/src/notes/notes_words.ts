import type { Tone } from "../looks/tone";
import type { NotesView, WireStatement, WireWriter } from "../wire/messages";
import type { Risk, Severity } from "./draft";

export const SEVERITIES: Readonly<Record<Severity, { words: string; tone: Tone }>> = {
  high: { words: "High risk", tone: "bad" },
  medium: { words: "Medium risk", tone: "warn" },
  low: { words: "Low risk", tone: "calm" },
};

export const RISKS: Readonly<Record<Risk, string>> = {
  suicide: "Suicide",
  self_harm: "Self-harm",
  harm_to_others: "Harm to others",
  abuse: "Abuse",
  neglect: "Neglect",
  overdose: "Overdose",
};

/** Null for a kind of risk that this page does not know. */
export function knownRisk(risk: string | null): Risk | null {
  return risk !== null && Object.hasOwn(RISKS, risk) ? (risk as Risk) : null;
}

export function riskWords(risk: string): string {
  const known = knownRisk(risk);
  return known === null ? risk.replaceAll("_", " ") : RISKS[known];
}

/** A statement about a risk; they stand before everything else. */
export function isFlag({ severity, risk }: Pick<WireStatement, "severity" | "risk">): boolean {
  return (severity ?? null) !== null || (risk ?? null) !== null;
}

/** Who writes, and what of it is outside. A writer's name begins with its kind. */
function writerOf(writer: string): { name: string; outside: string } {
  const [kind, ...rest] = writer.split(/[ ,]+/);
  const model = rest.join(" ");
  if (kind === "extractive")
    return { name: "sentences of the transcript, chosen by this server", outside: "" };
  if (kind === "gemini") return { name: `Gemini (${model})`, outside: "Google" };
  return { name: model === "" ? writer : model, outside: "the language model server that was set up" };
}

/** Who wrote the notes, and whether the transcript left the installation for it. */
export function wroteWords({ writer, leaves }: Pick<NotesView, "writer" | "leaves">): string {
  const { name, outside } = writerOf(writer);
  const left = leaves ? `The transcript was sent to ${outside}.` : "Nothing left this installation.";
  return `written by: ${name}. ${left}`;
}

/** What the session's notes took in all, tries that came to nothing included; empty where nobody counted. */
export function tookWords({
  tokens,
  cost,
  uncounted,
}: Pick<NotesView, "tokens" | "cost" | "uncounted">): string {
  if (tokens === null) return "";
  const least = uncounted > 0 ? "at least " : "";
  const priced = cost === null ? "" : `, about ${dollars(cost)}`;
  return `This session's notes took ${least}${tokens.toLocaleString("en")} tokens in all${priced}.`;
}

function dollars(cost: number): string {
  return cost > 0 && cost < 0.01 ? "less than 1 cent" : `$${cost.toFixed(2)}`;
}

/** Who would write notes now; null where nothing that writes is running. */
export function writesWords(writers: readonly WireWriter[]): string | null {
  if (writers.length === 0) return null;
  return writers
    .map(({ name: writer, leaves }) => {
      const { name, outside } = writerOf(writer);
      const left = leaves ? `The transcript is sent to ${outside}.` : "Nothing leaves this installation.";
      return `Written by: ${name}. ${left}`;
    })
    .join(" Or: ");
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
