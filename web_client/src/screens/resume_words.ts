import { OutboxDamaged, OutboxTaken } from "../outbox/outbox";
import { WireError } from "../wire/answer";

/** Why a recording could not be gone on with, or finished, here. */
export function wordsForResume(error: unknown): string {
  const code = error instanceof WireError ? error.code : "";
  if (code === "elsewhere" || error instanceof OutboxTaken)
    return "Another tab has it open now. Close that tab, or try again to see it here.";
  if (code === "session_closed") return "It was stopped in the other tab meanwhile. Nothing is lost.";
  if (code === "invalid")
    return "The sound of this browser has changed since. Finish it, and start a new recording.";
  if (error instanceof OutboxDamaged)
    return "This browser does not hold it any more. What the server has of it is among your sessions.";
  return "That did not work. Nothing is lost; try again in a moment.";
}
