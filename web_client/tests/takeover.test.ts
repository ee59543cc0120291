import "fake-indexeddb/auto";

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import type { Recording } from "../src/recording/recording";
import { RATE } from "./fake_capture";
import { ScriptedBrowser, START, type Tab } from "./scripted_browser";
import type { ScriptedNode } from "./scripted_node";
import { there } from "./there";

let browser: ScriptedBrowser;
let node: ScriptedNode;

beforeEach(() => {
  browser = new ScriptedBrowser();
  node = browser.node;
});

afterEach(() => {
  vi.restoreAllMocks();
});

const soon = { timeout: 4_000, interval: 10 };

describe("a recording in another tab", { timeout: 20_000 }, () => {
  async function recordedInFirst(): Promise<{ first: Tab; second: Tab; before: Recording }> {
    const [first, second] = [await browser.open(), await browser.open()];
    const before = await first.recordings.begin(START);
    await first.microphone.record();
    await second.recordings.refresh();
    expect(second.recordings.unfinished.get()).toMatchObject([{ ref: before.ref, elsewhere: true }]);
    first.microphone.rest = 5;
    return { first, second, before };
  }

  /** Where the stored chunks lie, in seconds; they may have come in any order. */
  function places(): number[][] {
    const chunks = [...node.only.chunks].sort(([a], [b]) => a - b);
    return chunks.map(([, { first, count }]) => [first / RATE, count / RATE]);
  }

  it("is left there, unless somebody takes it over", async () => {
    const { second, before } = await recordedInFirst();
    await expect(second.recordings.resume(before.ref)).rejects.toMatchObject({ code: "elsewhere" });
    expect(before.state.get()).toMatchObject({ phase: "recording", recordedMs: 15_000 });
  });

  it("puts its last piece away before it is taken over, and adds nothing more", async () => {
    const { first, second, before } = await recordedInFirst();
    const recording = await second.recordings.resume(before.ref, { takeOver: true });
    expect(first.microphone.state.get().phase).toBe("stopped");
    const seen = { phase: "trouble", connection: "elsewhere", recordedMs: 20_000 };
    expect(before.state.get()).toMatchObject(seen);
    await first.microphone.record();
    expect(before.state.get()).toMatchObject(seen);
    await second.microphone.record();
    node.connect();
    await vi.waitFor(() => expect(recording.state.get().safeMs).toBe(35_000), soon);
    expect(places()).toEqual([[0, 15], [15, 5], [20, 15]]); // prettier-ignore
  });

  it("is taken back in the same way", async () => {
    const { first, second, before } = await recordedInFirst();
    await second.recordings.resume(before.ref, { takeOver: true });
    await second.microphone.record();
    second.microphone.rest = 3;
    const recording = await first.recordings.resume(before.ref, { takeOver: true });
    expect(second.recordings.current.get()?.state.get().phase).toBe("trouble");
    await first.microphone.record();
    await recording.stop();
    node.connect();
    await vi.waitFor(() => expect(node.only.lastSeq).toBe(4), soon);
    expect(places()).toEqual([[0, 15], [15, 5], [20, 15], [35, 3], [38, 15]]); // prettier-ignore
  });

  it("that is frozen is taken from it after a moment, and what it adds when it wakes is refused", async () => {
    const { first, second, before } = await recordedInFirst();
    const frozen = there([...browser.listeners][0]);
    browser.listeners.delete(frozen);
    const asked = performance.now();
    const recording = await second.recordings.resume(before.ref, { takeOver: true });
    expect(performance.now() - asked).toBeGreaterThan(1_900);
    await second.microphone.record();
    await first.microphone.record();
    expect(before.state.get()).toMatchObject({
      phase: "trouble",
      connection: "elsewhere",
      recordedMs: 15_000,
    });
    node.connect();
    await vi.waitFor(() => expect(recording.state.get().safeMs).toBe(30_000), soon);
    expect(places()).toEqual([[0, 15], [15, 15]]); // prettier-ignore
  });

  it("that is being stopped there is stopped, and nothing goes on behind its end", async () => {
    const { first, second, before } = await recordedInFirst();
    vi.spyOn(first.outbox, "update").mockRejectedValueOnce(new Error("broken"));
    const stopped = before.stop();
    const taking = second.recordings.resume(before.ref, { takeOver: true });
    await expect(taking).rejects.toMatchObject({ code: "session_closed" });
    await stopped;
    node.connect();
    await vi.waitFor(() => expect(before.state.get().phase).toBe("finished"), soon);
    expect([node.only.lastSeq, second.recordings.current.get()]).toEqual([1, null]);
  });
});
