/** Durations and dates as people write them. Every function takes the clock and the zone from its arguments or Intl. */

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** The words around are English; the order of day and month is that of the reader's own English, where there is one. */
function locale(): string {
  return navigator.languages.find((tag) => /^en\b/i.test(tag)) ?? "en-GB";
}

function parts(ms: number): { hours: number; minutes: number; seconds: number } {
  const whole = Math.max(0, Math.floor(ms / SECOND));
  return { hours: Math.floor(whole / 3600), minutes: Math.floor(whole / 60) % 60, seconds: whole % 60 };
}

/** A place or a length on the timeline, rounded down: "0:07", "12:41", "1:02:05". */
export function clock(ms: number): string {
  const { hours, minutes, seconds } = parts(ms);
  const tail = String(seconds).padStart(2, "0");
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, "0")}:${tail}` : `${minutes}:${tail}`;
}

/** "1 session", "2 sessions". */
export function count(n: number, noun: string): string {
  return n === 1 ? `1 ${noun}` : `${n} ${noun}s`;
}

/** The same for a voice: "12 minutes 41 seconds". */
export function spoken(ms: number): string {
  const { hours, minutes, seconds } = parts(ms);
  const said = [];
  if (hours > 0) said.push(count(hours, "hour"));
  if (minutes > 0) said.push(count(minutes, "minute"));
  if (seconds > 0 || said.length === 0) said.push(count(seconds, "second"));
  return said.join(" ");
}

/** A length at a glance: "45 s", "12 min", "1 h 2 min". */
export function roughly(ms: number): string {
  if (ms < MINUTE) return `${Math.max(0, Math.round(ms / SECOND))} s`;
  const minutes = Math.round(ms / MINUTE);
  if (minutes < 60) return `${minutes} min`;
  return minutes % 60 === 0 ? `${minutes / 60} h` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** The same where it may be hardly anything. */
export function lasting(ms: number): string {
  return ms < SECOND ? "less than a second" : roughly(ms);
}

/** What a <time> element's dateTime takes for a duration: "PT1H2M5S". */
export function isoDuration(ms: number): string {
  const { hours, minutes, seconds } = parts(ms);
  return `PT${hours}H${minutes}M${seconds}S`;
}

/** "14:05", or "2:05 pm" where that is the custom. */
export function timeOfDay(at: string | number | Date): string {
  return new Intl.DateTimeFormat(locale(), { hour: "numeric", minute: "2-digit" }).format(new Date(at));
}

function midnight(at: Date): number {
  return new Date(at.getFullYear(), at.getMonth(), at.getDate()).getTime();
}

/** "Today", "Yesterday", "Monday" within the last week, else "3 November" with the year unless it is this one. */
export function day(at: string | number | Date, now: number = Date.now()): string {
  const then = new Date(at);
  const today = new Date(now);
  // Rounded, because a day on which the clocks change has 23 or 25 hours.
  const ago = Math.round((midnight(today) - midnight(then)) / DAY);
  if (ago === 0) return "Today";
  if (ago === 1) return "Yesterday";
  if (ago > 1 && ago < 7) return new Intl.DateTimeFormat(locale(), { weekday: "long" }).format(then);
  const year = then.getFullYear() === today.getFullYear() ? undefined : "numeric";
  return new Intl.DateTimeFormat(locale(), { day: "numeric", month: "long", year }).format(then);
}

/** "Today, 14:05". */
export function when(at: string | number | Date, now: number = Date.now()): string {
  return `${day(at, now)}, ${timeOfDay(at)}`;
}

/** A date without doubt, for a tooltip: "Sunday, 22 November 2026 at 14:05". */
export function fullDate(at: string | number | Date): string {
  return new Intl.DateTimeFormat(locale(), { dateStyle: "full", timeStyle: "short" }).format(new Date(at));
}

/** "3.4 MB". */
export function byteSize(bytes: number): string {
  const units = ["byte", "kilobyte", "megabyte", "gigabyte", "terabyte"] as const;
  const power = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(bytes) / 3));
  const amount = bytes / 1000 ** power;
  return new Intl.NumberFormat(locale(), {
    style: "unit",
    unit: units[power],
    unitDisplay: "short",
    maximumFractionDigits: amount < 10 && power > 0 ? 1 : 0,
  }).format(amount);
}
