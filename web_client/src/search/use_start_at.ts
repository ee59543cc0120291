import { useEffect, useRef } from "react";
import { useSearch } from "wouter";

import { placeIn } from "./place";

/** Goes once to the place that the page's address names, as soon as there is something to go to. */
export function useStartAt(ready: boolean, go: (ms: number) => void): number | null {
  const place = placeIn(useSearch());
  const gone = useRef<number | null>(null);
  useEffect(() => {
    if (!ready || place === null || gone.current === place) return;
    gone.current = place;
    go(place);
  }, [ready, place, go]);
  return place;
}
