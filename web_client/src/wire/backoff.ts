/** A pause that doubles with every failure up to `most`, with jitter: half of it is chance. In the unit of `base`. */
export function pauseAfter(failures: number, base: number, most: number, jitter: () => number): number {
  const longest = Math.min(most, base * 2 ** Math.min(Math.max(0, failures - 1), 16));
  return longest * (0.5 + 0.5 * jitter());
}
