import { type Query, QueryClient } from "@tanstack/react-query";

import type { Observable } from "../observable";
import { UNREACHABLE, WireError } from "./answer";
import { pauseAfter } from "./backoff";

// Whether the server is within reach is told by asking it: a clinic's network may lead to it and not to the internet.
const ALWAYS = { networkMode: "always" } as const;

const AGAIN_BASE_MS = 4_000;
const AGAIN_MOST_MS = 60_000;

export function openQueries(): QueryClient {
  return new QueryClient({ defaultOptions: { queries: { ...ALWAYS, retry }, mutations: ALWAYS } });
}

/** A server that cannot be reached is told at once; what has failed is asked anew when it is back. */
function retry(failures: number, error: Error): boolean {
  return failures < (error instanceof WireError && error.code === UNREACHABLE ? 1 : 3);
}

interface Around {
  reach: Observable<boolean>;
  account: Observable<{ phase: string }>;
}

/** Asks anew what has failed, when the server is back and when somebody has signed in again. */
export function askAgain(queries: QueryClient, { reach, account }: Around): void {
  const failed = { predicate: ({ state: { status } }: Query) => status === "error" };
  const ask = (): void => void queries.refetchQueries(failed);
  let { phase } = account.get();
  account.subscribe(() => {
    const was = phase;
    ({ phase } = account.get());
    if (phase === "signed_in" && was !== phase) ask();
  });
  reach.subscribe(() => {
    if (reach.get()) ask();
  });
}

type Outcome = Pick<Query["state"], "status" | "error" | "errorUpdateCount">;

/**
 * For `refetchInterval`: while a query stands at a failure that asking again can help, after which pause that is done;
 * false where it cannot.
 */
export function failurePause({ status, error, errorUpdateCount }: Outcome, chance: number): number | false {
  if (status !== "error" || (error instanceof WireError && !error.retryable)) return false;
  const asked = error instanceof WireError ? (error.retryAfterS ?? 0) * 1000 : 0;
  return Math.max(
    asked,
    pauseAfter(errorUpdateCount, AGAIN_BASE_MS, AGAIN_MOST_MS, () => chance),
  );
}
