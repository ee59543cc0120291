import { knownSpeakers, merged } from "../live/speakers";
import type { Speaker } from "../live/transcript";
import type { WireSegment } from "../wire/messages";

/** Somebody who speaks in this session, after merging. */
export interface Voice {
  id: string;
  name: string;
  /** Whether a person gave the name. */
  named: boolean;
  /** 0, 1, 2... in the order in which they first speak; picks the colour. */
  order: number;
  /** Who turned out to be this one, and can be told apart again. */
  merged: MergedVoice[];
}

export interface MergedVoice {
  id: string;
  /** Null where nobody gave one. */
  name: string | null;
}

export interface Voices {
  all: Voice[];
  /** Two with the same key look the same. */
  key: string;
  /** Whoever the id means, after merging. */
  of: (speakerId: string | null) => Voice | null;
}

/** Everybody who speaks or has a name, those who speak first. */
export function voices(segments: readonly WireSegment[], told: readonly Speaker[]): Voices {
  const known = knownSpeakers(told);
  const speaking = new Set<string>();
  for (const { speaker } of segments) {
    if (speaker !== null) speaking.add(merged(speaker, known));
  }
  for (const { id, name } of told) {
    if (name !== null && merged(id, known) === id) speaking.add(id);
  }
  const all = [...speaking].map((id, order): Voice => {
    const name = known.get(id)?.name ?? null;
    const within = told.filter(({ merged_into: into }) => into === id).map(({ id, name }) => ({ id, name }));
    return { id, name: name ?? `Speaker ${order + 1}`, named: name !== null, order, merged: within };
  });
  const byId = new Map(all.map((voice) => [voice.id, voice]));
  const of = (id: string | null): Voice | null =>
    id === null ? null : (byId.get(merged(id, known)) ?? null);
  return { all, of, key: JSON.stringify([all, told]) };
}

const UNKNOWN: Voice = { id: "", name: "Speaker unknown", named: false, order: -1, merged: [] };

/** With words for parts whose speaker nobody knows, where speakers are told apart or `tried` to be. */
export function withUnknown(voices: Voices, tried: boolean): Voices {
  if (!tried && voices.all.length === 0) return voices;
  return { ...voices, key: `${voices.key} or unknown`, of: (id) => voices.of(id) ?? UNKNOWN };
}

/** An id that no speaker of the session has. */
export function unusedSpeaker(segments: readonly WireSegment[], told: readonly Speaker[]): string {
  const used = new Set([...told.map(({ id }) => id), ...segments.map(({ speaker }) => speaker)]);
  let n = 1;
  while (used.has(`S${n}`)) n += 1;
  return `S${n}`;
}
