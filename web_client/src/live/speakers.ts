import type { Speaker } from "./transcript";

/** Speakers by their id. */
export type KnownSpeakers = ReadonlyMap<string, Speaker>;

export function knownSpeakers(told: readonly Speaker[]): KnownSpeakers {
  return new Map(told.map((speaker) => [speaker.id, speaker]));
}

/** The id of the speaker at the end of the merges. */
export function merged(id: string, known: KnownSpeakers): string {
  let at = id;
  // The server follows no circles, but a page must not hang on one either.
  for (let steps = 0; steps <= known.size; steps += 1) {
    const next = known.get(at)?.merged_into;
    if (next === undefined || next === null) return at;
    at = next;
  }
  return at;
}
