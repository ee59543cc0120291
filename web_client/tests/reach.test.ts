import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { Reach } from "../src/wire/reach";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A server that answers as it is told to. */
function server() {
  const asked: string[] = [];
  let answer: () => Promise<Response> = () => Promise.resolve(Response.json({}));
  const reach = new Reach((url) => {
    asked.push(url);
    return answer();
  });
  return {
    reach,
    asked,
    answers: (status: number, body?: object) => {
      answer = () =>
        Promise.resolve(
          body === undefined ? new Response("<html>", { status }) : Response.json(body, { status }),
        );
    },
    fails: (error: Error) => (answer = () => Promise.reject(error)),
  };
}

test("it is within reach until it does not answer, and asked until it does", async () => {
  const { reach, asked, answers, fails } = server();
  await reach.fetch("/api", {});
  expect(reach.state.get()).toBe(true);
  fails(new TypeError("no network"));
  await expect(reach.fetch("/api", {})).rejects.toThrow("no network");
  expect(reach.state.get()).toBe(false);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(asked.slice(2)).toEqual(["/healthz", "/healthz"]);
  expect(reach.state.get()).toBe(false);
  answers(200, {});
  await vi.advanceTimersByTimeAsync(5_000);
  expect(reach.state.get()).toBe(true);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(asked.length).toBe(5);
});

test("a proxy that answers for nodes which are away is not the server", async () => {
  const { reach, answers } = server();
  for (const status of [502, 503, 504]) {
    answers(200, {});
    await reach.look();
    expect(reach.state.get()).toBe(true);
    answers(status);
    await reach.look();
    expect(reach.state.get()).toBe(false);
  }
});

test("a node that refuses is within reach, also when it has a trouble of its own", async () => {
  const { reach, answers } = server();
  for (const status of [401, 404, 500, 503]) {
    answers(status, { error: { code: "unavailable" } });
    await reach.look();
    expect(reach.state.get()).toBe(true);
  }
});

test("who gives up asking has learnt nothing, who waited too long has", async () => {
  const { reach, fails } = server();
  fails(new DOMException("", "AbortError"));
  await reach.look();
  expect(reach.state.get()).toBe(true);
  fails(new DOMException("", "TimeoutError"));
  await reach.look();
  expect(reach.state.get()).toBe(false);
});
