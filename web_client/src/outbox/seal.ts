import { OutboxDamaged } from "./outbox";

/** AES-GCM: `iv` is drawn for each sealing, `bytes` is the ciphertext with its tag. */
export interface Sealed {
  iv: Uint8Array<ArrayBuffer>;
  bytes: ArrayBuffer;
}

/**
 * A key that the browser keeps and never shows, not even to this page: what lies on the disk cannot be read from a
 * copy of the profile's databases by reading values, nor exported by a script.
 */
export function makeKey(): Promise<CryptoKey> {
  return crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
}

/** `place` says what this is and where it belongs; it opens nowhere else. */
export async function seal(key: CryptoKey, plain: Uint8Array<ArrayBuffer>, place: string): Promise<Sealed> {
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const algorithm = { name: "AES-GCM", iv, additionalData: new TextEncoder().encode(place) };
  return { iv, bytes: await crypto.subtle.encrypt(algorithm, key, plain) };
}

export async function unseal(
  key: CryptoKey,
  sealed: Sealed,
  place: string,
): Promise<Uint8Array<ArrayBuffer>> {
  const additionalData = new TextEncoder().encode(place);
  try {
    const algorithm = { name: "AES-GCM", iv: sealed.iv, additionalData };
    return new Uint8Array(await crypto.subtle.decrypt(algorithm, key, sealed.bytes));
  } catch {
    // The browser does not tell more on purpose.
    throw new OutboxDamaged("what is kept does not open");
  }
}

export function sealJson(key: CryptoKey, value: unknown, place: string): Promise<Sealed> {
  return seal(key, new TextEncoder().encode(JSON.stringify(value)), place);
}

/** What `sealJson` was given; the tag vouches that nothing else was written. */
export async function unsealJson<T>(key: CryptoKey, sealed: Sealed, place: string): Promise<T> {
  return JSON.parse(new TextDecoder().decode(await unseal(key, sealed, place))) as T;
}
