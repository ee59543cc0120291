import { LONGEST_HOLE_MS } from "../capture/audio_clock";

/**
 * How many samples of silence lie between the newest chunk of an earlier page and now. Only the clock on the wall has
 * run meanwhile, and it may be wrong: set back it gives no time away rather than a negative one, which would overlap
 * what is stored; set forward it gives a working day at most. The order of the chunks never hangs on it.
 */
export function samplesAway(recordedAt: number, now: number, sampleRate: number): number {
  const away = now - recordedAt;
  if (!Number.isFinite(away)) return 0;
  return Math.round((Math.min(Math.max(0, away), LONGEST_HOLE_MS) / 1000) * sampleRate);
}
