import { type DBSchema, type IDBPDatabase, openDB } from "idb";

import type { KeptSession, ListedChunk, SessionDetails } from "./outbox";
import type { Sealed } from "./seal";

export type SessionRow = Omit<KeptSession, keyof SessionDetails> & { details: Sealed };
export type ChunkRow = ListedChunk & { ref: string };
export type AudioRow = Sealed & { ref: string; seq: number };
export type NoteRow = { ref: string; id: string; refused: string | null; note: Sealed };

/** Audio has a store of its own, so that a session's chunks are listed without reading an hour of bytes. */
export interface OutboxSchema extends DBSchema {
  keys: { key: string; value: CryptoKey };
  sessions: { key: string; value: SessionRow; indexes: { account: string } };
  chunks: { key: [string, number]; value: ChunkRow };
  audio: { key: [string, number]; value: AudioRow };
  notes: { key: [string, string]; value: NoteRow };
}

export type OutboxDatabase = IDBPDatabase<OutboxSchema>;

export const DATABASE = "hearken.outbox";

export function openDatabase(onClosed: () => void): Promise<OutboxDatabase> {
  return openDB<OutboxSchema>(DATABASE, 1, {
    upgrade(database) {
      database.createObjectStore("keys");
      database.createObjectStore("sessions", { keyPath: "ref" }).createIndex("account", "account");
      database.createObjectStore("chunks", { keyPath: ["ref", "seq"] });
      database.createObjectStore("audio", { keyPath: ["ref", "seq"] });
      database.createObjectStore("notes", { keyPath: ["ref", "id"] });
    },
    blocking(_now, _wanted, event) {
      // A newer version of this page wants to change the stores: let it, and open again when something is asked.
      (event.target as IDBDatabase).close();
      onClosed();
    },
    terminated: onClosed,
  });
}
