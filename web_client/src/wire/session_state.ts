import type { SessionState } from "./messages";

const OPEN: ReadonlySet<string> = new Set<SessionState>(["recording", "paused", "interrupted"]);

const SEALED: ReadonlySet<string> = new Set<SessionState>([
  "transcribing",
  "labelling",
  "noting",
  "ready",
  "failed",
]);

/** Stop has not been said. A state that this version does not know counts as neither open nor sealed. */
export function isOpen(state: string | null): boolean {
  return state !== null && OPEN.has(state);
}

/** Nothing is waited for any more; what is stored needs no copy here. */
export function isSealed(state: string | null): boolean {
  return state !== null && SEALED.has(state);
}
