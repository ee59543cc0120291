import type { RecordingState } from "../recording/recording";
import { captureTrouble, captureWarning, type Told } from "./capture_troubles";

/** What somebody who records has to know about, and what can be done about it. */
export interface RecordingTrouble extends Told {
  id: string;
  /** Which button belongs to it. */
  remedy?: "begin_capture" | "retry_capture" | "take_back";
  urgent?: boolean;
}

/** The part of a recording's state that troubles are told from. */
export type Situation = Pick<
  RecordingState,
  | "phase"
  | "connection"
  | "waitingChunks"
  | "refusedChunks"
  | "taken"
  | "durable"
  | "outdated"
  | "failure"
  | "outboxTrouble"
  | "room"
  | "slowDown"
> & {
  trouble: RecordingState["capture"]["trouble"];
  /** Whether anything was recorded before the trouble. */
  begun: boolean;
  silent: boolean;
  clipping: boolean;
  /** No recogniser runs for what is recorded and has no words yet. */
  unheard: boolean;
};

const SILENT_AFTER_MS = 8_000;

/** Whether a recording that the server takes has something that is still to be put into words. */
export function waitsForWords(state: RecordingState): boolean {
  const { connection, taken, failure, recordedMs, transcribedMs } = state;
  return connection === "connected" && taken === null && failure === null && recordedMs > transcribedMs;
}

export function situationOf(state: RecordingState, unheard: boolean): Situation {
  const { capture } = state;
  const recording = capture.phase === "recording";
  return {
    ...state,
    trouble: capture.trouble,
    begun: state.recordedMs > 0,
    silent: recording && capture.silentForMs >= SILENT_AFTER_MS,
    clipping: recording && capture.clipping,
    unheard,
  };
}

/** The gravest first. */
export function troublesOf(situation: Situation): RecordingTrouble[] {
  const stopped = situation.phase === "stopping" || situation.phase === "finished";
  return [
    ...(stopped ? [] : [...captureTroubles(situation), ...soundTroubles(situation)]),
    ...keepingTroubles(situation),
    ...(situation.phase === "finished" ? [] : connectionTroubles(situation)),
    ...(situation.unheard ? [{ id: "unheard", ...NOT_HEARD, safe: keptUnheard(situation) }] : []),
  ];
}

/** Wherever words are waited for that nothing makes. */
export const NOT_HEARD = {
  tone: "calm",
  title: "The words come later",
  what: "No recogniser runs at the moment, so nothing is transcribed.",
  todo: "You need not do anything: the words appear by themselves once a recogniser runs again. If that takes long, tell your administrator.",
} as const;

function keptUnheard({ phase, durable }: Situation): string {
  const goes = phase === "recording" ? "The recording goes on. " : "";
  const rest = durable && phase !== "finished" ? ", the rest is kept in this browser" : "";
  return `${goes}Everything up to “safe” is on the server${rest}.`;
}

function captureTroubles({ trouble, phase, begun, taken }: Situation): RecordingTrouble[] {
  if (taken !== null) return [TAKEN[taken]];
  if (trouble === null) return [];
  if (phase !== "trouble") return [{ id: trouble, ...captureWarning(trouble) }];
  return [
    {
      id: trouble,
      ...captureTrouble(trouble, begun),
      remedy: begun ? "retry_capture" : "begin_capture",
      urgent: true,
    },
  ];
}

const TAKEN: Record<NonNullable<RecordingState["taken"]>, RecordingTrouble> = {
  goes_on: {
    id: "taken",
    tone: "warn",
    title: "Another tab goes on with this recording",
    what: "It was resumed there, so this tab has stopped listening.",
    safe: "Everything shown as recorded is kept.",
    todo: "Go on in the other tab, or take the recording back to this one.",
    remedy: "take_back",
    urgent: true,
  },
  ended: {
    id: "taken_ended",
    tone: "calm",
    title: "This recording was ended in another tab",
    what: "Nothing more is recorded.",
    safe: "Everything shown as recorded is on the server, or kept in this browser until it is.",
    todo: "You find it among your sessions.",
  },
};

function soundTroubles({ silent, clipping }: Situation): RecordingTrouble[] {
  const troubles: RecordingTrouble[] = [];
  if (silent) {
    troubles.push({
      id: "silent",
      tone: "warn",
      title: "Nothing is to be heard",
      what: "The microphone has been silent for a while.",
      safe: "The recording goes on.",
      todo: "If somebody is speaking, check that the microphone is not muted, or choose another one.",
    });
  }
  if (clipping) {
    troubles.push({
      id: "clipping",
      tone: "warn",
      title: "The sound is too loud",
      safe: "The recording goes on, but loud words may be distorted.",
      todo: "Move the microphone away a little, or turn its level down.",
    });
  }
  return troubles;
}

function keepingTroubles(situation: Situation): RecordingTrouble[] {
  const { durable, outdated, failure, refusedChunks, waitingChunks } = situation;
  const troubles = roomTroubles(situation);
  if (failure !== null) troubles.push(notTaken(situation));
  if (!durable && situation.phase !== "finished") troubles.push(notDurable(waitingChunks, outdated));
  if (refusedChunks > 0) troubles.push(refused(refusedChunks));
  return troubles;
}

function roomTroubles({ outboxTrouble, room, phase }: Situation): RecordingTrouble[] {
  if (phase === "finished") return [];
  if (outboxTrouble === "full" || room.full) return [FULL];
  if (outboxTrouble === "failed") return [NOT_KEPT];
  return room.nearlyFull ? [NEARLY_FULL] : [];
}

const FULL: RecordingTrouble = {
  id: "full",
  tone: "bad",
  urgent: true,
  title: "This browser has no room left",
  what: "The newest sound waits in memory and is put away as soon as there is room.",
  safe: "Everything shown as recorded is kept.",
  todo: "Free space on this computer now, or stop soon. Keep this tab open.",
};

const NOT_KEPT: RecordingTrouble = {
  id: "not_kept",
  tone: "bad",
  urgent: true,
  title: "The newest sound is not kept yet",
  what: "The browser’s storage has failed; it is tried again every moment.",
  safe: "Everything shown as recorded is kept.",
  todo: "Keep this tab open. If this stays, stop the recording.",
};

const NEARLY_FULL: RecordingTrouble = {
  id: "nearly_full",
  tone: "warn",
  title: "This browser has little room left",
  safe: "The recording goes on. What the server has received needs no room for long.",
  todo: "Free some space on this computer, above all while the server is out of reach.",
};

function notTaken({ durable, phase }: Situation): RecordingTrouble {
  const ask =
    phase === "stopping" ? "Ask who runs this installation." : "Stop, and ask who runs this installation.";
  return {
    id: "not_taken",
    tone: "bad",
    urgent: true,
    title: "The server does not take this session any more",
    what: "It was deleted there, or your account may not add to it.",
    safe: durable ? "What is recorded stays in this browser." : "What is recorded is only in this tab.",
    todo: `${ask} Start a new recording if you have to go on.`,
  };
}

function notDurable(waiting: number, outdated: boolean): RecordingTrouble {
  if (outdated) return { ...OUTDATED, safe: onlyHere(waiting) };
  return {
    id: "not_durable",
    tone: "warn",
    title: "This window keeps nothing when it is closed",
    what: "The browser gives no lasting storage here; private windows often do that.",
    safe: onlyHere(waiting),
    todo: "Keep this tab open until everything is safe.",
  };
}

const OUTDATED: RecordingTrouble = {
  id: "outdated",
  tone: "warn",
  title: "This page is older than what is kept in this browser",
  what: "It can neither read that nor add to it, so this recording is held in this tab alone.",
  todo: "Keep this tab open until everything is safe. Then load it anew when the server is back.",
};

function onlyHere(waiting: number): string {
  return waiting === 0
    ? "Everything up to “safe” is on the server."
    : "Up to “safe” it is on the server; the rest is only in this tab.";
}

function refused(chunks: number): RecordingTrouble {
  const few = chunks === 1 ? "One piece" : `${chunks} pieces`;
  return {
    id: "refused",
    tone: "warn",
    title: `${few} of the recording ${chunks === 1 ? "was" : "were"} not taken by the server`,
    what: "It will not take them when asked again either, so they are kept aside.",
    safe: "They stay in this browser. Everything else is sent as usual.",
    todo: "Go on. Tell who runs this installation before you clear this browser’s data.",
  };
}

function connectionTroubles({ connection, phase, slowDown }: Situation): RecordingTrouble[] {
  const safe =
    phase === "stopping"
      ? "The whole recording is kept in this browser."
      : "The recording goes on and is kept in this browser.";
  if (connection === "elsewhere" && phase !== "trouble") return [{ ...SENT_ELSEWHERE, safe }];
  if (connection === "offline") return [{ ...OFFLINE, safe }];
  if (connection === "signed_out") return [{ ...SIGNED_OUT, safe }];
  return slowDown ? [{ ...BUSY, safe }] : [];
}

const OFFLINE: RecordingTrouble = {
  id: "offline",
  tone: "warn",
  title: "The server cannot be reached",
  what: "Nothing can be sent, and no new text appears.",
  todo: "You need not do anything: it is sent as soon as the server is back.",
};

const SIGNED_OUT: RecordingTrouble = {
  id: "signed_out",
  tone: "warn",
  title: "Your sign-in has expired",
  todo: "Sign in again; then it is sent.",
};

const SENT_ELSEWHERE: RecordingTrouble = {
  id: "elsewhere",
  tone: "calm",
  title: "Another tab sends this recording",
  todo: "You need not do anything. If the other tab is closed, this one takes over.",
};

const BUSY: RecordingTrouble = {
  id: "slow_down",
  tone: "calm",
  title: "The server is busy",
  todo: "You need not do anything: it is sent a little later.",
};
