/**
 * The service worker: keeps the page and its files, so that the page opens while the server is away. Nothing of a
 * session passes through here. One version is one cache; the one before goes when no page needs it any more.
 */
import { fits, wayOf } from "./way";

// Written before this file by the build: the addresses of all built files, and a digest of what is in them.
declare const FILES: readonly string[];
declare const VERSION: string;

// What the scope of a service worker offers; TypeScript's libraries do not describe it beside a page's.
interface Lasting extends Event {
  waitUntil(work: Promise<unknown>): void;
}
interface Asking extends Lasting {
  readonly request: Request;
  respondWith(answer: Promise<Response>): void;
}
declare const clients: { claim(): Promise<void>; matchAll(which: object): Promise<readonly unknown[]> };
declare function skipWaiting(): Promise<void>;
declare function addEventListener(name: "install" | "activate", listener: (event: Lasting) => void): void;
declare function addEventListener(name: "fetch", listener: (event: Asking) => void): void;
declare function addEventListener(
  name: "message",
  listener: (event: Lasting & { data: unknown }) => void,
): void;

const PREFIX = "hearken.shell.";
const CACHE = PREFIX + VERSION;
const PAGE = "/";
/** A page that takes longer is not worth waiting for: the kept one is as good. */
const PATIENCE_MS = 3000;

const files = new Set(FILES);

addEventListener("install", (event) => event.waitUntil(keep()));
addEventListener("activate", (event) => event.waitUntil(takeOver()));
addEventListener("message", (event) => event.waitUntil(offered(event.data)));
addEventListener("fetch", (event) => {
  const way = wayOf(event.request, location.origin, files);
  if (way === "page") event.respondWith(page(event.request));
  if (way === "kept") event.respondWith(file(event.request));
});

async function keep(): Promise<void> {
  const cache = await caches.open(CACHE);
  // The answer is kept whole: its policy carries the nonce that its body names.
  const answer = await fetch(PAGE, { cache: "no-store", redirect: "error" });
  if (!answer.ok || !fits(await answer.clone().text(), files))
    throw new Error("this page is of another version");
  await cache.addAll(FILES);
  await cache.put(PAGE, answer);
}

async function takeOver(): Promise<void> {
  const old = (await caches.keys()).filter((name) => name.startsWith(PREFIX) && name !== CACHE);
  await Promise.all(old.map((name) => caches.delete(name)));
  await clients.claim();
}

/**
 * A page that runs this version says so by naming its script. While it is the only one, no page is left that needs the
 * files of the version before; otherwise the browser waits until those are closed.
 */
async function offered(script: unknown): Promise<void> {
  const open = await clients.matchAll({ type: "window", includeUncontrolled: true });
  if (typeof script === "string" && files.has(script) && open.length === 1) await skipWaiting();
}

async function page(request: Request): Promise<Response> {
  const kept = await (await caches.open(CACHE)).match(PAGE, { ignoreVary: true });
  if (kept === undefined) return fetch(request);
  // A proxy whose nodes are away answers for them, with a 502 or the like.
  const fresh = fetch(request).then(
    (answer) => (answer.status < 500 ? answer : kept),
    () => kept,
  );
  const late = new Promise<Response>((resolve) => setTimeout(resolve, PATIENCE_MS, kept));
  return Promise.race([fresh, late]);
}

async function file(request: Request): Promise<Response> {
  return (await (await caches.open(CACHE)).match(request, { ignoreVary: true })) ?? fetch(request);
}
