import type { SessionState } from "../wire/messages";
import { Pill } from "./pill";
import type { Tone } from "./tone";

interface Wording {
  words: string;
  tone: Tone;
  live: boolean;
}

const WORDINGS: Record<SessionState, Wording> = {
  recording: { words: "Recording", tone: "bad", live: true },
  paused: { words: "Paused", tone: "warn", live: false },
  interrupted: { words: "Interrupted", tone: "warn", live: false },
  sealing: { words: "Receiving the rest", tone: "accent", live: true },
  transcribing: { words: "Transcribing", tone: "accent", live: true },
  labelling: { words: "Telling speakers apart", tone: "accent", live: true },
  noting: { words: "Writing the notes", tone: "accent", live: true },
  ready: { words: "Ready", tone: "good", live: false },
  failed: { words: "Needs attention", tone: "bad", live: false },
};

/** A server newer than this page may name a state that is not known here. */
const OTHER: Wording = { words: "In progress", tone: "accent", live: true };

function wording(state: SessionState): Wording {
  return (WORDINGS as Partial<Record<string, Wording>>)[state] ?? OTHER;
}

export function stateWords(state: SessionState): string {
  return wording(state).words;
}

/** Whether the server still has something to do with it, so that looking again makes sense. */
export function isUnderWay(state: SessionState): boolean {
  return state !== "ready" && state !== "failed";
}

export function StateBadge({ state }: { state: SessionState }) {
  const { words, tone, live } = wording(state);
  return (
    <Pill tone={tone} live={live}>
      {words}
    </Pill>
  );
}
