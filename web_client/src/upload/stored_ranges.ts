import { isInteger } from "../wire/answer";

/** Whether a number lies in `[[first, last], ...]`; null when that is not what it is. */
export function readRanges(raw: unknown): ((seq: number) => boolean) | null {
  if (!Array.isArray(raw)) return null;
  const ranges: [number, number][] = [];
  for (const each of raw as unknown[]) {
    if (!Array.isArray(each) || each.length !== 2) return null;
    const [first, last] = each as unknown[];
    if (!isInteger(first) || !isInteger(last)) return null;
    ranges.push([first, last]);
  }
  return (seq) => ranges.some(([first, last]) => first <= seq && seq <= last);
}
