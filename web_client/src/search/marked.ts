export interface Stretch {
  text: string;
  marked: boolean;
}

/** The text cut where highlights begin and end. Offsets count characters as the server does, which a letter outside of
 *  the basic plane is one of and a string's index two. */
export function stretches(text: string, highlights: readonly (readonly [number, number])[]): Stretch[] {
  const letters = Array.from(text);
  const found: Stretch[] = [];
  let done = 0;
  const take = (end: number, marked: boolean): void => {
    if (end > done) found.push({ text: letters.slice(done, end).join(""), marked });
    done = Math.max(done, end);
  };
  for (const [start, end] of [...highlights].sort(([a], [b]) => a - b)) {
    take(Math.min(start, letters.length), false);
    take(Math.min(end, letters.length), true);
  }
  take(letters.length, false);
  return found;
}
