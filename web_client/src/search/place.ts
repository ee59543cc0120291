/** The address of a place in a session: an id and a time, nothing of what was said or looked for. */
export function placeAddress(sessionId: string, ms: number): string {
  return `/sessions/${sessionId}?at=${Math.max(0, Math.round(ms))}`;
}

/** The place that an address names, in milliseconds; null where it names none. */
export function placeIn(search: string): number | null {
  const at = new URLSearchParams(search).get("at");
  return at !== null && /^\d{1,10}$/.test(at) ? Number(at) : null;
}
