import type { CaptureTrouble } from "../capture/capture";

export interface Told {
  tone: "bad" | "warn" | "calm" | "good";
  title: string;
  what?: string;
  safe?: string;
  todo?: string;
}

const KEPT = "Everything recorded until now is safe. The time until it goes on is marked as a gap.";

const TROUBLES: Record<CaptureTrouble, Omit<Told, "tone" | "safe">> = {
  refused: {
    title: "The browser does not allow the microphone",
    what: "The permission was refused, for this page or by the system.",
    todo: "Allow the microphone beside the address of this page and in the system’s privacy settings, then try again.",
  },
  no_microphone: {
    title: "There is no microphone",
    what: "This computer shows none to the browser.",
    todo: "Plug one in or switch it on, then try again.",
  },
  busy: {
    title: "Another program uses the microphone",
    what: "The system does not give it to two programs at once.",
    todo: "Close calls and other recorders, then try again, or choose another microphone.",
  },
  unplugged: {
    title: "The microphone is gone",
    what: "It was unplugged, switched off, or its battery is empty.",
    todo: "Plug it in again, or choose another microphone, and go on.",
  },
  suspended: {
    title: "The computer or the browser held the recording up",
    what: "It slept, or the tab was frozen, and no sound came in.",
    todo: "Go on recording. Keep the lid open and this tab visible.",
  },
  unsupported: {
    title: "This browser cannot record here",
    what: "It is too old, or this page is not served over HTTPS.",
    todo: "Use a current Firefox, Chrome, Edge or Safari, at an address that begins with https://.",
  },
  not_fetched: {
    title: "A part of this page is missing",
    what: "What listens to the microphone could not be fetched: the server does not answer, or has a newer version by now.",
    todo: "Check this computer’s network, then try again. If that does not help, load the page anew.",
  },
  encoder_failed: {
    title: "The sound takes more room than usual",
    what: "The encoder has failed or could not be fetched, so the sound is kept as it is.",
    todo: "You need not do anything. Over a slow connection it takes longer to be safe.",
  },
  storage: {
    title: "The newest sound cannot be put away",
    what: "This browser does not take it; it waits in memory and is tried again.",
    todo: "Free some space on this computer, and keep this tab open.",
  },
};

/** What stands in the way of recording, before it or in its middle. */
export function captureTrouble(trouble: CaptureTrouble, recording: boolean): Told {
  return { tone: "bad", ...TROUBLES[trouble], safe: recording ? KEPT : "Nothing is being recorded yet." };
}

/** What is not as it should be while the recording goes on. */
export function captureWarning(trouble: CaptureTrouble): Told {
  return { tone: "warn", ...TROUBLES[trouble], safe: "The recording goes on." };
}
