import { type Query, QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";

import { openCapture } from "./capture/capture";
import { watch, watchTail } from "./live/viewer";
import { Looks } from "./looks/looks";
import { openOutbox } from "./outbox/open_outbox";
import { browserLocks, TabLock } from "./outbox/tab_lock";
import { browserNews } from "./recording/news";
import { Recordings } from "./recording/recordings";
import { App } from "./screens/app";
import { type Parts, PartsProvider } from "./screens/parts";
import { keepShell } from "./shell/keep_shell";
import { Account } from "./sign_in/account";
import { UNREACHABLE, WireError } from "./wire/answer";
import { Api } from "./wire/api";
import { openSocket } from "./wire/open_socket";
import { Reach } from "./wire/reach";

/** Everything is made here, once, and handed to what needs it. */
async function compose(): Promise<Parts> {
  const reach = new Reach();
  const account = new Account({ fetch: reach.fetch });
  const api = new Api(account, "", reach.fetch);
  const wire = openSocket(account);
  const outbox = await openOutbox();
  const recordings = new Recordings({
    account: account.state,
    api,
    wire,
    outbox,
    lock: new TabLock(browserLocks()),
    watch: (sessionId) => watchTail(wire, sessionId),
    openCapture,
    news: browserNews(),
  });
  return {
    account,
    api,
    outbox,
    reach,
    recordings,
    watch: (sessionId, from) => watch(wire, sessionId, { from }),
  };
}

// Whether the server is within reach is told by asking it: a clinic's network may lead to it and not to the internet.
const ALWAYS = { networkMode: "always" } as const;
const queries = new QueryClient({ defaultOptions: { queries: { ...ALWAYS, retry }, mutations: ALWAYS } });

/** A server that cannot be reached is told at once; what has failed is asked anew when it is back. */
function retry(failures: number, error: Error): boolean {
  return failures < (error instanceof WireError && error.code === UNREACHABLE ? 1 : 3);
}

function followReach({ state, look }: Reach): void {
  state.subscribe(() => {
    const failed = { predicate: ({ state: { status } }: Query) => status === "error" };
    if (state.get()) void queries.refetchQueries(failed);
  });
  for (const event of ["online", "offline"]) addEventListener(event, () => void look());
  void look();
}

function show(parts: Parts, root: HTMLElement): void {
  createRoot(root).render(
    <StrictMode>
      <Looks>
        <QueryClientProvider client={queries}>
          <PartsProvider value={parts}>
            <App />
          </PartsProvider>
        </QueryClientProvider>
      </Looks>
    </StrictMode>,
  );
}

const root = document.getElementById("root");
if (root === null) throw new Error("index.html has no root");
const parts = await compose();
show(parts, root);
followReach(parts.reach);
void keepShell();
