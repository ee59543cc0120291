import { useEffect, useState } from "react";

import { Value } from "../observable";
import { useValue } from "../screens/use_value";

/** What `open` makes, while the component is mounted; null in the first moment. `open` has to be stable. */
export function useOpened<T extends { close(): void }>(open: () => T | null): T | null {
  const [slot] = useState(() => new Value<T | null>(null));
  useEffect(() => {
    const opened = open();
    slot.set(opened);
    return () => {
      slot.set(null);
      opened?.close();
    };
  }, [open, slot]);
  return useValue(slot);
}
