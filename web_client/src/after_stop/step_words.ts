import type { AfterStop } from "../live/after_stop";
import type { SessionState } from "../wire/messages";

/** The steps that a session waits for, in their order. */
export type WaitedStep = "transcribe" | "label" | "note";
export type StepPhase = "waiting" | "under_way" | "done" | "failed";

export const STEP_TITLES: Readonly<Record<WaitedStep, string>> = {
  transcribe: "Transcribing",
  label: "Telling speakers apart",
  note: "Writing the notes",
};

const IN_STATE: Partial<Record<SessionState, WaitedStep>> = {
  transcribing: "transcribe",
  labelling: "label",
  noting: "note",
};

export const WAITED: readonly WaitedStep[] = ["transcribe", "label", "note"];

export function stepUnderWay(state: SessionState): WaitedStep | null {
  return IN_STATE[state] ?? null;
}

/** Where a step stands while the session is in this state. */
export function phaseOf(step: WaitedStep, state: SessionState, { failed }: AfterStop): StepPhase {
  const now = stepUnderWay(state);
  if (now === step) return "under_way";
  if (failed.some((each) => each.step === step)) return "failed";
  if (now === null) return state === "ready" ? "done" : "waiting";
  return WAITED.indexOf(step) < WAITED.indexOf(now) ? "done" : "waiting";
}

/** "about 20 s left", in steps that do not flicker; null where nobody knows. */
export function timeLeft(etaS: number | null | undefined): string | null {
  if (etaS === null || etaS === undefined || etaS < 0) return null;
  if (etaS < 5) return "a few seconds left";
  if (etaS < 60) return `about ${Math.ceil(etaS / 5) * 5} s left`;
  return `about ${Math.ceil(etaS / 60)} min left`;
}

export interface Failure {
  title: string;
  /** What that means for whoever reads the session. */
  safe: string;
  /** The step that the server is asked to do again; null where asking again changes nothing. */
  again: "transcribe" | "label" | "note" | "index" | null;
}

const FAILURES: Partial<Record<string, Failure>> = {
  transcribe: {
    title: "Nothing could be transcribed",
    safe: "The recording is kept and can be heard.",
    again: "transcribe",
  },
  label: {
    title: "The speakers could not be told apart",
    safe: "The transcript is complete. Everything in it is shown under “Speaker unknown”.",
    again: "label",
  },
  note: {
    title: "No notes were written",
    safe: "The transcript is ready.",
    again: "note",
  },
  index: {
    title: "This session cannot be found by the search yet",
    safe: "It can be read and heard all the same.",
    again: "index",
  },
  archive: {
    title: "The audio has not moved to its archive yet",
    safe: "It is kept and can be heard. It is tried again by itself.",
    again: null,
  },
};

export function failureWords(step: string): Failure {
  return (
    FAILURES[step] ?? { title: "A step after Stop failed", safe: "The transcript is kept.", again: null }
  );
}

const REASONS: Partial<Record<string, string>> = {
  nothing_recognised: "Transcribing failed for every part of the recording.",
  unavailable: "A service that is needed for it did not answer, several times.",
  rate_limited: "The service that does it had too many requests.",
  quota_exceeded: "The service that does it has done as much as it may for now.",
  provider_away: "The language model server was out of reach or out of order, several times.",
  provider_slow: "The language model server took too long, several times.",
  provider_limited: "The language model server takes no more calls for now.",
  provider_refused:
    "The language model server refused: its key, address or model is not set up right. An administrator can mend that.",
  wrong_language: "The language model answered in another language than the session's.",
  bad_answer: "The language model answered with something that is not a note.",
  too_large: "The session is too long for it.",
  bad_template: "The template is gone or cannot be used. Write the notes with another one.",
  unauthenticated: "The service that does it did not accept the key that was set up.",
  forbidden: "The service that does it refused the key that was set up.",
};

/** Why a step was given up, by the code of its last error. */
export function reasonWords(code: string): string {
  return REASONS[code] ?? "Something went wrong at the server. An administrator finds the reason in its log.";
}
