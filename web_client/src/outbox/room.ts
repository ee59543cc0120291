export interface Room {
  usedBytes: number;
  freeBytes: number;
  nearlyFull: boolean;
  full: boolean;
  /** Whether the browser has promised not to clear the outbox by itself when the disk runs short. */
  persisted: boolean;
}

/** Some hours of Opus, or half an hour of WAV: time enough to do something about it. */
const NEARLY_FULL_BYTES = 250_000_000;
const FULL_BYTES = 10_000_000;

/** Before the browser was asked, and where it does not tell: nothing is claimed. */
export const UNKNOWN_ROOM: Room = {
  usedBytes: 0,
  freeBytes: Infinity,
  nearlyFull: false,
  full: false,
  persisted: false,
};

export function roomOf(usedBytes: number, quotaBytes: number, persisted: boolean): Room {
  const freeBytes = Math.max(0, quotaBytes - usedBytes);
  return {
    usedBytes,
    freeBytes,
    nearlyFull: freeBytes < NEARLY_FULL_BYTES,
    full: freeBytes < FULL_BYTES,
    persisted,
  };
}

/** How much the browser still lets this origin keep. */
export async function room(storage: StorageManager | null): Promise<Room> {
  if (storage === null) return UNKNOWN_ROOM;
  const [{ usage, quota }, persisted] = await Promise.all([storage.estimate(), storage.persisted()]);
  return usage === undefined || quota === undefined
    ? { ...UNKNOWN_ROOM, persisted }
    : roomOf(usage, quota, persisted);
}

/** The browser's storage manager; contexts that are not secure have none, whatever the types say. */
export function storageManager(): StorageManager | null {
  return (navigator as Partial<Navigator>).storage ?? null;
}
