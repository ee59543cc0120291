import { QueryObserver } from "@tanstack/react-query";
import { expect, it, vi } from "vitest";

import { Value } from "../src/observable";
import { UNREACHABLE, WireError } from "../src/wire/answer";
import { askAgain, failurePause, openQueries } from "../src/wire/queries";

const SIGNED_OUT = new WireError("unauthenticated", "no", false);
const BUSY = new WireError("unavailable", "not now", true);

function failing(error: WireError) {
  const queries = openQueries();
  const reach = new Value(true);
  const account = new Value({ phase: "signed_in" });
  askAgain(queries, { reach, account });
  const ask = vi.fn(() => Promise.reject<string>(error));
  const observer = new QueryObserver(queries, { queryKey: ["it"], queryFn: ask, retry: false });
  const stop = observer.subscribe(() => undefined);
  return {
    reach,
    account,
    ask,
    observer,
    stop,
    failed: () => vi.waitFor(() => expect(observer.getCurrentResult().status).toBe("error")),
  };
}

it("asks again what was refused, once somebody has signed in again", async () => {
  const { account, ask, observer, stop, failed } = failing(SIGNED_OUT);
  await failed();
  account.set({ phase: "expired" });
  account.set({ phase: "signing_in" });
  expect(ask).toHaveBeenCalledTimes(1);
  ask.mockResolvedValue("there");
  account.set({ phase: "signed_in" });
  await vi.waitFor(() => expect(observer.getCurrentResult().data).toBe("there"));
  account.set({ phase: "signed_in" });
  expect(ask).toHaveBeenCalledTimes(2);
  stop();
});

it("asks again what has failed, once the server is back", async () => {
  const { reach, ask, observer, stop, failed } = failing(new WireError(UNREACHABLE, "away", true));
  await failed();
  reach.set(false);
  ask.mockResolvedValue("there");
  reach.set(true);
  await vi.waitFor(() => expect(observer.getCurrentResult().data).toBe("there"));
  stop();
});

it("waits longer after every failure, at least as long as it was told, and not at all where that cannot help", () => {
  const pause = (error: WireError, errorUpdateCount: number, status: "error" | "success" = "error") =>
    failurePause({ error, errorUpdateCount, status }, 1);
  expect([1, 2, 3, 20].map((count) => pause(BUSY, count))).toEqual([4_000, 8_000, 16_000, 60_000]);
  expect(pause(new WireError("rate_limited", "slowly", true, { retryAfterS: 30 }), 1)).toBe(30_000);
  expect(pause(SIGNED_OUT, 1)).toBe(false);
  expect(pause(BUSY, 1, "success")).toBe(false);
});
