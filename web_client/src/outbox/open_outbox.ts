import { IndexedOutbox } from "./indexed_outbox";
import { MemoryOutbox } from "./memory_outbox";
import type { Outbox } from "./outbox";

/** The durable outbox, or where the browser refuses one, one in memory; `durable` tells which. */
export async function openOutbox(): Promise<Outbox> {
  try {
    return await IndexedOutbox.open();
  } catch {
    // Private windows and locked-down browsers; each says it with another error.
    return new MemoryOutbox();
  }
}
