/** The service worker lies at the root, under a name that lasts: browsers look there for a newer one. */
const WORKER = "/shell_worker.js";

/**
 * Has the browser keep the page for when the server is away. Browsers that do not offer this, or not here (without TLS,
 * in private windows), do without.
 */
export async function keepShell(): Promise<void> {
  const workers = (navigator as Partial<Navigator>).serviceWorker;
  if (workers === undefined || !import.meta.env.PROD) return;
  try {
    const registration = await workers.register(WORKER);
    offer(registration);
    registration.addEventListener("updatefound", () => {
      const next = registration.installing;
      next?.addEventListener("statechange", () => offer(registration));
    });
  } catch (error) {
    console.warn("the page is not kept for when the server is away:", error);
  }
}

/** A newer version that waits may take over if this page is of it already. */
function offer({ waiting }: ServiceWorkerRegistration): void {
  waiting?.postMessage(new URL(import.meta.url).pathname);
}
