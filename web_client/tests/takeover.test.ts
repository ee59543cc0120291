import "fake-indexeddb/auto";

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { OutboxTaken } from "../src/outbox/outbox";
import { TabLock } from "../src/outbox/tab_lock";
import type { Recording } from "../src/recording/recording";
import { deferred } from "./deferred";
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
    expect(second.recordings.current.get()).toBeNull();
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
    vi.spyOn(first.outbox, "end").mockRejectedValueOnce(new Error("broken"));
    const stopped = before.stop();
    const taking = second.recordings.resume(before.ref, { takeOver: true });
    await expect(taking).rejects.toMatchObject({ code: "session_closed" });
    await stopped;
    node.connect();
    await vi.waitFor(() => expect(before.state.get().phase).toBe("finished"), soon);
    expect([node.only.lastSeq, second.recordings.current.get()]).toEqual([1, null]);
  });

  it("that the other tab cannot take because it was ended first is not said to go on there", async () => {
    const { first, second, before } = await recordedInFirst();
    const seen: unknown[] = [];
    before.state.subscribe(() => seen.push(before.state.get().taken));
    const end = first.outbox.end.bind(first.outbox);
    const { promise: asked, resolve: ask } = deferred();
    vi.spyOn(first.outbox, "end").mockImplementationOnce(async (...named) => {
      await asked;
      return end(...named);
    });
    const stopped = before.stop();
    // The lock is taken, and before the outbox hears of that the first tab ends what it has.
    const claim = second.outbox.claim.bind(second.outbox);
    vi.spyOn(second.outbox, "claim").mockImplementationOnce(async (ref) => {
      ask();
      await stopped;
      return claim(ref);
    });
    const taking = second.recordings.resume(before.ref, { takeOver: true });
    await expect(taking).rejects.toMatchObject({ code: "session_closed" });
    expect(seen).toContain("goes_on");
    expect(before.state.get()).toMatchObject({ taken: null, phase: "stopping" });
    node.connect();
    await vi.waitFor(() => expect(before.state.get().phase).toBe("finished"), soon);
  });

  it("cannot be ended from the tab that lost it", async () => {
    const { first, second, before } = await recordedInFirst();
    const claimed = await second.outbox.claim(before.ref);
    await before.stop();
    expect(before.state.get()).toMatchObject({ phase: "trouble", taken: "goes_on" });
    expect(await first.outbox.session(before.ref)).toMatchObject({ lastSeq: null, writer: claimed.writer });
  });

  it("leaves the tab that lost it free, which is told when it was ended", async () => {
    const { first, second, before } = await recordedInFirst();
    const recording = await second.recordings.resume(before.ref, { takeOver: true });
    await vi.waitFor(() => expect(first.recordings.current.get()).toBeNull(), soon);
    const offered = () => first.recordings.unfinished.get();
    await vi.waitFor(() => expect(offered()).toMatchObject([{ ref: before.ref, elsewhere: true }]), soon);
    expect(before.state.get()).toMatchObject({ taken: "goes_on", phase: "trouble" });
    await recording.stop();
    await vi.waitFor(() => expect(before.state.get().taken).toBe("ended"), soon);
    expect(offered()).toEqual([]);
    await expect(first.recordings.resume(before.ref, { takeOver: true })).rejects.toMatchObject({
      code: "session_closed",
    });
    const next = await first.recordings.begin(START);
    expect(next.state.get().phase).toBe("recording");
  });

  it("takes no notes in the tab that lost it", async () => {
    const { first, second, before } = await recordedInFirst();
    await second.recordings.resume(before.ref, { takeOver: true });
    await expect(before.addNote("too late")).rejects.toThrow(OutboxTaken);
    expect(await first.outbox.notes(before.ref)).toEqual([]);
  });

  it("is not forgotten before a note that another tab has put there was sent", async () => {
    const { first, second, before } = await recordedInFirst();
    node.connect();
    const recording = await second.recordings.resume(before.ref, { takeOver: true });
    await second.microphone.record();
    await recording.stop();
    await vi.waitFor(() => expect(node.only.lastSeq).toBe(2), soon);
    await first.outbox.putNote(before.ref, { id: "n", atMs: 0, text: "pulse 80", refused: null });
    await expectSentAndForgotten(second, before.ref);
  });

  it("is not forgotten though such a note came when it had just been looked for", async () => {
    const { first, second, before } = await recordedInFirst();
    node.connect();
    const recording = await second.recordings.resume(before.ref, { takeOver: true });
    await second.microphone.record();
    await recording.stop();
    await vi.waitFor(() => expect(node.only.lastSeq).toBe(2), soon);
    const look = second.outbox.notes.bind(second.outbox);
    vi.spyOn(second.outbox, "notes").mockImplementationOnce(async (ref) => {
      const found = await look(ref);
      await first.outbox.putNote(ref, { id: "n", atMs: 0, text: "pulse 80", refused: null });
      return found;
    });
    await expectSentAndForgotten(second, before.ref);
  });

  async function expectSentAndForgotten(tab: Tab, ref: string): Promise<void> {
    node.seal("session-0");
    node.happened("session-0", "session.state", { state: "ready" });
    await vi.waitFor(() => expect(tab.notes).toMatchObject([{ text: "pulse 80" }]), soon);
    await vi.waitFor(async () => expect(await tab.outbox.session(ref)).toBeNull(), soon);
  }

  describe("of which a microphone is not yet open", () => {
    async function unheardInFirst(how: "refused" | "asked"): Promise<Unheard> {
      const { ref } = await recordedAndLeft();
      const [first, second] = [await browser.open(), await browser.open()];
      const { promise, resolve } = deferred();
      if (how === "refused") browser.nextTrouble = "refused";
      else browser.nextAnswer = promise;
      const opened = first.recordings.resume(ref);
      if (how === "refused") await opened;
      await vi.waitFor(() => expect(first.recordings.current.get()).not.toBeNull(), soon);
      const before = there(first.recordings.current.get());
      browser.nextTrouble = browser.nextAnswer = null;
      const recording = await second.recordings.resume(ref, { takeOver: true });
      await vi.waitFor(() => expect(before.state.get().taken).toBe("goes_on"), soon);
      const answer = async (): Promise<void> => {
        resolve();
        await opened;
      };
      return { first, second, before, recording, answer };
    }

    async function recordedAndLeft(): Promise<Recording> {
      const earlier = await browser.open();
      const recording = await earlier.recordings.begin(START);
      await earlier.microphone.record();
      browser.killed(earlier);
      return recording;
    }

    /** The tab that took it records, sends and ends it. */
    async function expectThere({ second, recording }: Unheard): Promise<void> {
      node.connect();
      await second.microphone.record();
      await vi.waitFor(() => expect(recording.state.get()).toMatchObject({ safeMs: 30_000 }), soon);
      expect(recording.state.get().connection).toBe("connected");
      await recording.stop();
      await vi.waitFor(() => expect(node.only.lastSeq).toBe(1), soon);
    }

    it("is still sent by the tab that took it, whatever is typed in the other", async () => {
      const unheard = await unheardInFirst("refused");
      await expect(unheard.before.addNote("too late")).rejects.toThrow(OutboxTaken);
      await unheard.before.retryCapture();
      expect(unheard.first.microphone.state.get().phase).toBe("stopped");
      await expectThere(unheard);
    });

    it("is still sent by the tab that took it when the other may listen at last", async () => {
      const unheard = await unheardInFirst("asked");
      unheard.first.microphone.rest = 1;
      await unheard.answer();
      await vi.waitFor(() => expect(unheard.first.microphone.state.get().phase).toBe("stopped"), soon);
      await expectThere(unheard);
    });
  });
});

interface Unheard {
  first: Tab;
  second: Tab;
  before: Recording;
  recording: Recording;
  answer: () => Promise<void>;
}

describe("an upload lock", { timeout: 20_000 }, () => {
  it("in a tab that does not record sends what the other tab records, its notes and its end", async () => {
    const [first, second] = [await browser.open(), await browser.open()];
    const recording = await first.recordings.begin(START);
    node.connect();
    await first.microphone.record();
    await vi.waitFor(() => expect(recording.state.get().safeMs).toBe(15_000), soon);
    // However it came to that.
    await new TabLock(browser.locks)
      .takeOver(`hearken.upload.${recording.ref}`, () => undefined)
      .then((hold) => {
        hold.release();
      });
    await vi.waitFor(() => expect(second.recordings.kept.get()[0]?.standing.place).toBe("here"), soon);
    await first.microphone.record();
    await recording.addNote("pulse 80");
    await vi.waitFor(() => expect(node.only.chunks.size).toBe(2), soon);
    await recording.stop();
    await vi.waitFor(() => expect(node.only.lastSeq).toBe(1), soon);
    expect(second.notes).toMatchObject([{ text: "pulse 80" }]);
  });

  it("is let go of where the outbox cannot be read, and taken again", async () => {
    const tab = await browser.open();
    vi.spyOn(tab.outbox, "list").mockRejectedValueOnce(new Error("broken"));
    const recording = await tab.recordings.begin(START);
    expect(tab.recordings.kept.get()).toMatchObject([{ standing: { place: "nowhere" } }]);
    const locks = new TabLock(browser.locks);
    expect(await locks.isHeld(`hearken.upload.${recording.ref}`)).toBe(false);
    node.connect();
    await tab.microphone.record();
    await vi.waitFor(() => expect(recording.state.get().safeMs).toBe(15_000), soon);
  });
});
