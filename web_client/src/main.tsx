import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";

import { openCapture } from "./capture/capture";
import { watch } from "./live/viewer";
import { Looks } from "./looks/looks";
import { openOutbox } from "./outbox/open_outbox";
import { browserLocks, TabLock } from "./outbox/tab_lock";
import { browserNews } from "./recording/news";
import { Recordings } from "./recording/recordings";
import { App } from "./screens/app";
import { type Parts, PartsProvider } from "./screens/parts";
import { Account } from "./sign_in/account";
import { Api } from "./wire/api";
import { openSocket } from "./wire/open_socket";

/** Everything is made here, once, and handed to what needs it. */
async function compose(): Promise<Parts> {
  const account = new Account();
  const api = new Api(account);
  const wire = openSocket(account);
  const outbox = await openOutbox();
  const watchSession: Parts["watch"] = (sessionId, after) => watch(wire, sessionId, after);
  const recordings = new Recordings({
    account: account.state,
    api,
    wire,
    outbox,
    lock: new TabLock(browserLocks()),
    watch: watchSession,
    openCapture,
    news: browserNews(),
  });
  return { account, api, outbox, recordings, watch: watchSession };
}

// Whether the server is within reach is told by asking it: a clinic's network may lead to it and not to the internet.
const ALWAYS = { networkMode: "always" } as const;
const queries = new QueryClient({ defaultOptions: { queries: ALWAYS, mutations: ALWAYS } });

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
show(await compose(), root);
