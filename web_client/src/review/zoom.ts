/** How many times closer than the whole session the waveform is: 1, 2, 4... */
export type Zoom = number;

/** At its closest the waveform shows at least this much: nearer there is nothing more to see in ten peaks a second. */
const NARROWEST_MS = 20_000;

export function closest(lengthMs: number): Zoom {
  return 2 ** Math.max(0, Math.floor(Math.log2(lengthMs / NARROWEST_MS)));
}

/** What of `zoom` there is for a session of this length, which may have been shorter when it was chosen. */
export function possible(zoom: Zoom, lengthMs: number): Zoom {
  return Math.max(1, Math.min(zoom, closest(lengthMs)));
}

/** One step closer (1) or wider (-1). */
export function zoomed(zoom: Zoom, step: 1 | -1, lengthMs: number): Zoom {
  return possible(step === 1 ? zoom * 2 : zoom / 2, lengthMs);
}

/** How much of the session is to be seen at once. */
export function shownMs(zoom: Zoom, lengthMs: number): number {
  return lengthMs / possible(zoom, lengthMs);
}
