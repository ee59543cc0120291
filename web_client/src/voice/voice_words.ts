import type { CaptureTrouble } from "../capture/capture";
import { captureTrouble, type Told } from "../screens/capture_troubles";

/** Half a minute to read aloud: plain sentences with all the sounds of English in them. */
export const PASSAGE = [
  "Good morning, and thank you for coming in. Before we begin, I would like to hear how the last two weeks went for you, and whether anything has changed since we last spoke.",
  "Take all the time you need. If a question feels too close, just say so, and we will leave it for another day. Towards the end I shall sum up what we both noticed, and we can choose together what to do next. How does that sound?",
].join("\n");

const NOT_ENROLLED = "Nothing was kept of the sample.";

/** What stood in the way of a sample. */
export function sampleTrouble(trouble: CaptureTrouble | "interrupted"): Told {
  if (trouble === "interrupted" || trouble === "suspended" || trouble === "unplugged")
    return {
      tone: "warn",
      title: "The sample was interrupted",
      what: "This page was hidden, or the microphone went away for a moment. A sample has to be spoken in one go.",
      safe: NOT_ENROLLED,
      todo: "Keep this page in front and record it again.",
    };
  return { ...captureTrouble(trouble, false), safe: NOT_ENROLLED };
}

/** Why a sample was not taken. What the server finds wrong with it is said in its own words. */
export function sampleRefusal(code: string, message: string): Told {
  if (code === "invalid" || code === "bad_media" || code === "too_large")
    return {
      tone: "warn",
      title: "Your voice could not be learned from this sample",
      what: `The server says: ${message}.`,
      safe: NOT_ENROLLED,
      todo: "Record it again, a little closer to the microphone and with nobody else speaking.",
    };
  return {
    tone: "warn",
    title: "The sample has not been taken yet",
    what:
      code === "unreachable"
        ? "The server cannot be reached."
        : code === "unauthenticated"
          ? "You have to sign in again first."
          : "The server has too much to do, or nothing there can listen to it at the moment.",
    safe: "It waits in this page, so you need not speak again.",
  };
}
