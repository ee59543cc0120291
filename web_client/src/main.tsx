import { QueryClientProvider } from "@tanstack/react-query";
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
import { Api } from "./wire/api";
import { openSocket } from "./wire/open_socket";
import { askAgain, openQueries } from "./wire/queries";
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
    openCapture,
    outbox,
    reach,
    recordings,
    watch: (sessionId, from) => watch(wire, sessionId, { from }),
  };
}

const queries = openQueries();

/** The browser's word on the network is only a reason to look. */
function followNetwork(look: () => Promise<void>): void {
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
askAgain(queries, { reach: parts.reach.state, account: parts.account.state });
followNetwork(parts.reach.look);
void keepShell();
