import { useEffect, useMemo, useRef, useState } from "react";

import type { Transcript } from "../live/transcript";
import { WireError } from "../wire/answer";
import { type LiveLine, linesBefore, liveLines, withLines } from "./live_lines";
import { useParts } from "./parts";

/** How far the words before the tail have come to the page. */
export type Fetching = "not_asked" | "under_way" | "shown" | "failed";

interface Held {
  /** The tail's lines when they were looked at last, and where it began. */
  tail: readonly LiveLine[];
  from: number;
  earlier: readonly LiveLine[];
  fetching: Fetching;
}

interface Earlier {
  /** Everything to show: the tail, and what comes before it while somebody reads there. */
  lines: readonly LiveLine[];
  fetching: Fetching;
  fetch: (sessionId: string) => Promise<void>;
}

type Told = Pick<Transcript, "segments" | "coverage" | "failed" | "from_ms">;

/**
 * The lines of the tail with those before it, for as long as the end is not followed: lines that leave the tail stay
 * under the reader's eyes, and what left it earlier can be fetched. All of it is let go once the end is followed again.
 */
export function useEarlier(told: Told, following: boolean): Earlier {
  const { segments, coverage, failed, from_ms: from } = told;
  const tail = useMemo(() => liveLines({ segments, coverage, failed }), [segments, coverage, failed]);
  const [held, hold] = useState<Held>(() => onlyTail(tail, from));
  if (held.tail !== tail || (following && holdsMore(held))) {
    hold(following ? onlyTail(tail, from) : grown(held, tail, from));
  }
  const { api } = useParts();
  const asked = useRef<AbortController | null>(null);
  const letGo = (): void => {
    asked.current?.abort();
    asked.current = null;
  };
  useEffect(() => {
    if (following) letGo();
  }, [following]);
  useEffect(() => letGo, []);

  const fetch = async (sessionId: string): Promise<void> => {
    letGo();
    const { signal } = (asked.current = new AbortController());
    hold((now) => ({ ...now, fetching: "under_way" }));
    try {
      const fetched = liveLines(await api.transcript(sessionId, signal));
      if (!signal.aborted) hold((now) => withFetched(now, fetched));
    } catch (error) {
      // Ended from here: what it rejects with is the signal's own reason.
      if (signal.aborted) return;
      if (!(error instanceof WireError)) throw error;
      hold((now) => ({ ...now, fetching: "failed" }));
    }
  };
  const lines = useMemo(() => {
    const present = new Set(tail.map((line) => line.key));
    return [...held.earlier.filter((line) => !present.has(line.key)), ...tail];
  }, [held.earlier, tail]);
  return { lines, fetching: held.fetching, fetch };
}

function onlyTail(tail: readonly LiveLine[], from: number): Held {
  return { tail, from, earlier: [], fetching: "not_asked" };
}

function holdsMore({ earlier, fetching }: Held): boolean {
  return earlier.length > 0 || fetching !== "not_asked";
}

function grown(held: Held, tail: readonly LiveLine[], from: number): Held {
  return { ...held, tail, from, earlier: withLines(held.earlier, linesBefore(held.tail, from)) };
}

function withFetched(held: Held, fetched: readonly LiveLine[]): Held {
  return { ...held, fetching: "shown", earlier: withLines(held.earlier, linesBefore(fetched, held.from)) };
}
