import { IndexedOutbox } from "./indexed_outbox";
import { MemoryOutbox } from "./memory_outbox";
import type { Outbox } from "./outbox";

/** The durable outbox, or where the browser refuses one, one in memory; `durable` and `outdated` tell which. */
export async function openOutbox(): Promise<Outbox> {
  try {
    return await IndexedOutbox.open();
  } catch (error) {
    // A kept page behind the server's; else private windows and locked-down browsers: each says it with another error.
    const outdated = error instanceof DOMException && error.name === "VersionError";
    return new MemoryOutbox(Date.now, outdated);
  }
}
