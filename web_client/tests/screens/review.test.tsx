import { act } from "react";
import { afterEach, beforeEach, expect, it, vi } from "vitest";

import type { Transcript } from "../../src/live/transcript";
import { Review } from "../../src/screens/review";
import { WireError } from "../../src/wire/answer";
import type { TranscriptView } from "../../src/wire/messages";
import { SESSION, scriptedViewer } from "../review/scripted";
import { scriptedParts, show, takeDown } from "./scripted_parts";

const VIEW: TranscriptView = {
  session_id: SESSION.session_id,
  state: "ready",
  language: "en",
  head: 5,
  coverage: null,
  segments: [],
  provisional: null,
  removed: [],
  failed: [],
  warnings: [],
  speakers: [],
  typed_notes: [],
  steps: [],
};

const session = vi.fn(() => Promise.resolve({ ...SESSION, recorded_ms: 0 }));
const transcript = vi.fn(() => Promise.resolve(VIEW));

beforeEach(() => {
  vi.useFakeTimers();
  session.mockClear();
  transcript.mockReset();
});

afterEach(() => {
  takeDown();
  vi.useRealTimers();
});

async function open(): Promise<HTMLElement> {
  const parts = scriptedParts();
  Object.assign(parts.api, { session, transcript });
  const watch = (_: string, from: Transcript) => scriptedViewer(from);
  return (await show(<Review sessionId="s1" />, { ...parts, watch } as typeof parts)).page;
}

const pass = (ms: number) => act(() => vi.advanceTimersByTimeAsync(ms));

it("a node that is short of something is asked until it can answer, and the page says so meanwhile", async () => {
  transcript.mockRejectedValue(new WireError("unavailable", "not now", true, { status: 503 }));
  const page = await open();
  await pass(10_000);
  expect(page.textContent).toContain("This session cannot be shown now");
  const asked = transcript.mock.calls.length;
  for (let minute = 0; minute < 5; minute += 1) {
    await pass(60_000);
    expect(page.textContent).toContain("This session cannot be shown now");
  }
  expect(transcript.mock.calls.length).toBeGreaterThan(asked + 5);
  transcript.mockResolvedValue(VIEW);
  await pass(65_000);
  expect(page.textContent).toContain("Nothing was recorded");
});

it("a sign-in that has ended has words of its own, and is not tried in vain", async () => {
  transcript.mockRejectedValue(new WireError("unauthenticated", "no", false));
  const page = await open();
  await pass(120_000);
  expect(page.textContent).toContain("Sign in again to see this session");
  expect(transcript).toHaveBeenCalledTimes(1);
});

it.each(["not_found", "invalid"])("an address of no session leads back to the list: %s", async (code) => {
  session.mockRejectedValueOnce(new WireError(code, "none", false));
  transcript.mockRejectedValue(new WireError(code, "none", false));
  const page = await open();
  await pass(120_000);
  expect(page.textContent).toContain("This session is not here");
  expect(page.textContent).not.toContain("fault");
  expect(page.querySelector("a")?.getAttribute("href")).toBe("/");
  expect(transcript).toHaveBeenCalledTimes(1);
});
