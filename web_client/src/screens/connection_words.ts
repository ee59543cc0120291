import type { Tone } from "../looks/tone";
import type { RecordingState } from "../recording/recording";

interface Words {
  words: string;
  tone: Tone;
}

/** The connection as one says it. */
export const CONNECTION: Record<RecordingState["connection"], Words> = {
  connecting: { words: "Connecting", tone: "calm" },
  connected: { words: "Connected", tone: "good" },
  offline: { words: "Offline, kept here", tone: "warn" },
  signed_out: { words: "Signed out, kept here", tone: "warn" },
  elsewhere: { words: "Sent by another tab", tone: "calm" },
};
