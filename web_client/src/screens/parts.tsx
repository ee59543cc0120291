import { createContext, use } from "react";

import type { Capture, CaptureOptions } from "../capture/capture";
import type { Transcript } from "../live/transcript";
import type { Viewer } from "../live/viewer";
import type { Outbox } from "../outbox/outbox";
import type { Recordings } from "../recording/recordings";
import type { Account } from "../sign_in/account";
import type { Api } from "../wire/api";
import type { Reach } from "../wire/reach";

/** What the screens are made of; put together once, in main.tsx. */
export interface Parts {
  account: Account;
  api: Api;
  openCapture: (options: CaptureOptions) => Capture;
  outbox: Outbox;
  reach: Reach;
  recordings: Recordings;
  /** A session from what is known of it on, and what happens from now on. */
  watch: (sessionId: string, from: Transcript) => Viewer;
}

const PartsContext = createContext<Parts | null>(null);

export const PartsProvider = PartsContext.Provider;

export function useParts(): Parts {
  const parts = use(PartsContext);
  if (parts === null) throw new Error("a screen outside of PartsProvider");
  return parts;
}
