const LONGEST = 32;

/** What the server knows something by, made of what people call it: lower-case letters, digits and _, a letter first;
 *  another one than those that are `taken`. */
export function keyOf(name: string, taken: ReadonlySet<string>, otherwise: string): string {
  const plain = name
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "_")
    .replace(/^[^a-z]+/, "");
  const key = tidy(plain.slice(0, LONGEST)) || otherwise;
  let free = key;
  for (let number = 2; taken.has(free); number += 1) {
    free = `${tidy(key.slice(0, LONGEST - String(number).length - 1))}_${number}`;
  }
  return free;
}

function tidy(key: string): string {
  return key.replace(/_+$/, "");
}
