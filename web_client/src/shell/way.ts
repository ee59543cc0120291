/** What the service worker does with a request. */
export type Way = "untouched" | "page" | "kept";

export interface Asked {
  method: string;
  url: string;
  /** `navigate` for what is to fill a tab or a frame. */
  mode: string;
}

/** Everything on the origin that is no page of the client; nothing of it is looked at, let alone kept. */
const NO_PAGE = /^\/(?:api|socket\.io|assets|healthz|readyz|metrics)(?:\/|$)/;

/** `kept` are the addresses of this version's files. */
export function wayOf(asked: Asked, origin: string, kept: ReadonlySet<string>): Way {
  const url = new URL(asked.url);
  if (asked.method !== "GET" || url.origin !== origin) return "untouched";
  if (kept.has(url.pathname)) return "kept";
  return asked.mode === "navigate" && !NO_PAGE.test(url.pathname) ? "page" : "untouched";
}

/** Whether the page is of the same version as the files: while nodes are replaced, two of them may answer. */
export function fits(page: string, kept: ReadonlySet<string>): boolean {
  const named = page.match(/\/assets\/[^"'\s>]+/g) ?? [];
  return named.length > 0 && named.every((address) => kept.has(address));
}
