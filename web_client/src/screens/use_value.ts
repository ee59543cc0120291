import { useSyncExternalStore } from "react";

import type { Observable } from "../observable";

/** The observable's value, with a new render whenever it changes. */
export function useValue<T>(observable: Observable<T>): T {
  return useSyncExternalStore(observable.subscribe, observable.get);
}
