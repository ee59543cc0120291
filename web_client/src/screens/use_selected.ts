import { useCallback, useSyncExternalStore } from "react";

import type { Observable } from "../observable";

/** One figure or word of an observable, with a new render only when that changes. `select` has to give a primitive, or
 *  a part of the value that stays the same object. */
export function useSelected<T, S>(observable: Observable<T>, select: (value: T) => S): S {
  const subscribe = useCallback((listener: () => void) => observable.subscribe(listener), [observable]);
  return useSyncExternalStore(subscribe, () => select(observable.get()));
}
