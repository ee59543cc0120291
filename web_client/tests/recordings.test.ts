import "fake-indexeddb/auto";

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { IndexedOutbox } from "../src/outbox/indexed_outbox";
import { OutboxFull } from "../src/outbox/outbox";
import { samplesAway } from "../src/recording/time_away";
import { deferred } from "./deferred";
import { RATE } from "./fake_capture";
import { ScriptedBrowser, START } from "./scripted_browser";
import type { ScriptedNode } from "./scripted_node";

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

describe("a recording", () => {
  it("is durable before it counts, safe once the server holds it, and finished after Stop", async () => {
    const tab = await browser.open();
    const recording = await tab.recordings.begin(START);
    expect(recording.state.get()).toMatchObject({
      phase: "recording",
      recordedMs: 0,
      sessionId: null,
      durable: true,
    });
    await tab.microphone.record();
    await tab.microphone.record();
    expect(recording.state.get()).toMatchObject({ recordedMs: 30_000, safeMs: 0, waitingChunks: 2 });
    node.connect();
    await vi.waitFor(() => expect(recording.state.get().safeMs).toBe(30_000), soon);
    expect(recording.state.get()).toMatchObject({ connection: "connected", waitingChunks: 0 });
    await tab.microphone.record(5);
    await recording.stop();
    await vi.waitFor(() => expect(recording.state.get().phase).toBe("finished"), soon);
    expect(node.only.lastSeq).toBe(2);
    const places = [0, 1, 2].map((seq) => node.only.chunks.get(seq)?.first);
    expect(places).toEqual([0, 15 * RATE, 30 * RATE]);
  });

  it("is stopped while the server is away, and goes on by itself when it is back, in another page too", async () => {
    const tab = await browser.open();
    const recording = await tab.recordings.begin(START);
    await tab.microphone.record();
    await recording.stop();
    expect(recording.state.get()).toMatchObject({ phase: "stopping", connection: "connecting" });
    browser.killed(tab);
    const later = await browser.open();
    expect(later.recordings.unfinished.get()).toEqual([]);
    node.connect();
    await vi.waitFor(() => expect(node.only.lastSeq).toBe(0), soon);
    expect(later.recordings.kept.get()).toHaveLength(1);
  });

  it("forgets its copies, and itself, once the session is sealed", async () => {
    const tab = await browser.open();
    const recording = await tab.recordings.begin(START);
    node.connect();
    await tab.microphone.record();
    await recording.stop();
    await vi.waitFor(() => expect(node.only.lastSeq).toBe(0), soon);
    node.seal("session-0");
    node.happened("session-0", "session.state", { state: "ready" });
    await vi.waitFor(async () => expect(await tab.outbox.session(recording.ref)).toBeNull(), soon);
    expect(recording.state.get()).toMatchObject({ phase: "finished", safeMs: 15_000 });
    expect(tab.recordings.kept.get()).toEqual([]);
  });

  it("keeps nothing of a microphone that could not be opened, and begins when it can", async () => {
    browser.nextTrouble = "refused";
    const tab = await browser.open();
    node.connect();
    const recording = await tab.recordings.begin(START);
    expect(recording.state.get()).toMatchObject({ phase: "trouble", capture: { trouble: "refused" } });
    expect(await tab.outbox.sessions("user")).toEqual([]);
    expect(node.sessions.size).toBe(0);
    tab.microphone.trouble = null;
    await recording.retryCapture();
    expect(recording.state.get().phase).toBe("recording");
    await vi.waitFor(() => expect(node.sessions.size).toBe(1), soon);
  });

  it("tells the server of pauses", async () => {
    const tab = await browser.open();
    const recording = await tab.recordings.begin(START);
    node.connect();
    await tab.microphone.record();
    await recording.pause();
    expect(recording.state.get().phase).toBe("paused");
    const told = () => node.asked.find(({ event }) => event === "session.pause")?.body.at_sample;
    await vi.waitFor(() => expect(told()).toBe(15 * RATE), soon);
  });

  it("goes on while the sign-in has expired, and is uploaded after it", async () => {
    const tab = await browser.open();
    const recording = await tab.recordings.begin(START);
    node.connect();
    await tab.microphone.record();
    await vi.waitFor(() => expect(recording.state.get().safeMs).toBe(15_000), soon);
    tab.account.set({ phase: "expired", user: { id: "user" } });
    node.disconnect("signed_out");
    await tab.microphone.record();
    expect(recording.state.get()).toMatchObject({
      connection: "signed_out",
      recordedMs: 30_000,
      phase: "recording",
    });
    tab.account.set({ phase: "signed_in", user: { id: "user" } });
    node.connect();
    await vi.waitFor(() => expect(recording.state.get().safeMs).toBe(30_000), soon);
  });

  it("is put away when its user signs out, and is unfinished when that user is back, for nobody else", async () => {
    const tab = await browser.open();
    const { ref } = await tab.recordings.begin(START);
    node.connect();
    const { microphone } = tab;
    await microphone.record();
    microphone.rest = 5;
    tab.account.set({ phase: "signed_out", user: null });
    expect(tab.recordings.current.get()).toBeNull();
    await vi.waitFor(() => expect(microphone.state.get().phase).toBe("stopped"), soon);
    tab.account.set({ phase: "signed_in", user: { id: "somebody else" } });
    const other = await tab.recordings.begin(START);
    await tab.recordings.refresh();
    expect(tab.recordings.current.get()?.ref).toBe(other.ref);
    expect(tab.recordings.unfinished.get()).toEqual([]);
    expect(tab.recordings.kept.get().map(({ session }) => session.ref)).toEqual([other.ref]);
    browser.clock += 60_000;
    tab.account.set({ phase: "signed_in", user: { id: "user" } });
    const offered = { ref, recordedMs: 20_000, elsewhere: false };
    await vi.waitFor(() => expect(tab.recordings.unfinished.get()).toMatchObject([offered]), soon);
    const recording = await tab.recordings.resume(ref);
    await tab.microphone.record();
    expect(recording.state.get()).toMatchObject({ phase: "recording", recordedMs: 95_000 });
  });

  it("that has been stopped is finished, though its user signs out", async () => {
    const tab = await browser.open();
    const recording = await tab.recordings.begin(START);
    await tab.microphone.record();
    const stopped = recording.stop();
    tab.account.set({ phase: "signed_out", user: null });
    await stopped;
    tab.account.set({ phase: "signed_in", user: { id: "user" } });
    node.connect();
    await vi.waitFor(() => expect(node.only.lastSeq).toBe(0), soon);
    expect(tab.recordings.unfinished.get()).toEqual([]);
  });

  it("says when the outbox takes nothing, and counts nothing as recorded that is not durable", async () => {
    const tab = await browser.open();
    const recording = await tab.recordings.begin(START);
    const put = vi.spyOn(tab.outbox, "put").mockRejectedValueOnce(new Error("broken"));
    await expect(tab.microphone.record()).rejects.toThrow("broken");
    expect(recording.state.get()).toMatchObject({ outboxTrouble: "failed", recordedMs: 0 });
    put.mockRestore();
    await tab.microphone.record();
    expect(recording.state.get().outboxTrouble).toBeNull();
  });

  it("sends what was typed before it forgets a session that was sealed by itself", async () => {
    const tab = await browser.open();
    const recording = await tab.recordings.begin(START);
    await tab.microphone.record();
    node.connect();
    await vi.waitFor(() => expect(recording.state.get().safeMs).toBe(15_000), soon);
    await recording.stop();
    await vi.waitFor(() => expect(node.only.lastSeq).toBe(0), soon);
    node.disconnect();
    const note = { id: "n", atMs: 0, text: "blood pressure", refused: null };
    await tab.outbox.putNote(recording.ref, note);
    browser.killed(tab);
    node.seal("session-0");
    node.connect();
    vi.spyOn(IndexedOutbox.prototype, "notes").mockImplementationOnce(async () => {
      await new Promise((resolve) => setTimeout(resolve, 100));
      return [note];
    });
    const later = await browser.open();
    await vi.waitFor(() => expect(later.notes).toMatchObject([{ text: "blood pressure" }]), soon);
    await vi.waitFor(async () => expect(await later.outbox.session(recording.ref)).toBeNull(), soon);
  });

  it("is stopped on a disk that is full and gives nothing back for a while", async () => {
    const tab = await browser.open();
    const recording = await tab.recordings.begin(START);
    node.connect();
    await tab.microphone.record();
    await vi.waitFor(() => expect(recording.state.get().safeMs).toBe(15_000), soon);
    vi.spyOn(tab.outbox, "end").mockRejectedValueOnce(new OutboxFull());
    vi.spyOn(tab.outbox, "releaseStored").mockRejectedValueOnce(new Error("broken"));
    await recording.stop();
    await vi.waitFor(() => expect(node.only.lastSeq).toBe(0), soon);
  });

  it("keeps typed notes, sends them once the session is known, and shows them at once", async () => {
    const tab = await browser.open();
    const recording = await tab.recordings.begin(START);
    await tab.microphone.record();
    await recording.addNote("blood pressure");
    expect(recording.notes.get()).toMatchObject([{ at_ms: 15_000, text: "blood pressure" }]);
    browser.killed(tab);
    const later = await browser.open();
    node.connect();
    await vi.waitFor(() => expect(later.notes).toMatchObject([{ text: "blood pressure" }]), soon);
    await vi.waitFor(async () => expect(await later.outbox.notes(recording.ref)).toEqual([]), soon);
  });
});

describe("an unfinished recording", () => {
  it("is offered to whom it belongs, uploaded meanwhile, and goes on behind a hole for the time away", async () => {
    const tab = await browser.open();
    const { ref } = await tab.recordings.begin(START);
    await tab.microphone.record();
    browser.killed(tab);
    browser.clock += 60_000;
    const later = await browser.open();
    node.connect();
    expect(later.recordings.unfinished.get()).toMatchObject([{ ref, recordedMs: 15_000, elsewhere: false }]);
    await vi.waitFor(() => expect(node.only.chunks.size).toBe(1), soon);
    expect(node.only.lastSeq).toBeNull();
    const recording = await later.recordings.resume(ref);
    expect(later.recordings.unfinished.get()).toEqual([]);
    await later.microphone.record();
    await recording.stop();
    await vi.waitFor(() => expect(node.only.lastSeq).toBe(1), soon);
    expect(node.only.chunks.get(1)?.first).toBe((15 + 60) * RATE);
    later.account.set({ phase: "signed_in", user: { id: "somebody else" } });
    await later.recordings.refresh();
    expect(later.recordings.kept.get()).toEqual([]);
  });

  it("can be taken up again here after that has failed once", async () => {
    const tab = await browser.open();
    const { ref } = await tab.recordings.begin(START);
    await tab.microphone.record();
    browser.killed(tab);
    const later = await browser.open();
    vi.spyOn(later.outbox, "claim").mockRejectedValueOnce(new Error("broken"));
    await expect(later.recordings.resume(ref)).rejects.toThrow("broken");
    const recording = await later.recordings.resume(ref);
    expect(recording.state.get().phase).toBe("recording");
  });

  it("leaves nothing behind that could not be begun", async () => {
    const tab = await browser.open();
    vi.spyOn(tab.outbox, "begin").mockRejectedValueOnce(new Error("broken"));
    await expect(tab.recordings.begin(START)).rejects.toThrow("broken");
    expect(tab.microphone.state.get().phase).toBe("stopped");
    expect(tab.recordings.current.get()).toBeNull();
    expect(
      (await browser.locks.query()).held?.filter(({ name }) => name?.startsWith("hearken.record.")),
    ).toEqual([]);
  });

  it("is finished without recording more", async () => {
    const tab = await browser.open();
    const { ref } = await tab.recordings.begin(START);
    await tab.microphone.record();
    browser.killed(tab);
    const later = await browser.open();
    await later.recordings.finish(ref);
    expect(later.recordings.unfinished.get()).toEqual([]);
    node.connect();
    await vi.waitFor(() => expect(node.only.lastSeq).toBe(0), soon);
  });

  it("that nothing was recorded of is not offered", async () => {
    const tab = await browser.open();
    await tab.recordings.begin(START);
    browser.killed(tab);
    const later = await browser.open();
    expect(later.recordings.unfinished.get()).toEqual([]);
    expect(await later.outbox.sessions("user")).toEqual([]);
  });

  it("is not offered to the next user by a look that began for the one before", async () => {
    const tab = await browser.open();
    await tab.recordings.begin(START);
    await tab.microphone.record();
    browser.killed(tab);
    const later = await browser.open();
    const read = deferred();
    const list = vi.spyOn(later.outbox, "list").mockImplementationOnce(() => read.promise.then(() => []));
    const looked = later.recordings.refresh();
    await vi.waitFor(() => expect(list).toHaveBeenCalled(), soon);
    later.account.set({ phase: "signed_in", user: { id: "somebody else" } });
    await later.recordings.refresh();
    read.resolve();
    await looked;
    expect(later.recordings.unfinished.get()).toEqual([]);
  });

  it("is not taken for empty by a tab that read of it before its first chunk was put away", async () => {
    const [first, second] = [await browser.open(), await browser.open()];
    const { ref } = await first.recordings.begin(START);
    const { outbox } = second;
    const read = outbox.sessions.bind(outbox);
    vi.spyOn(outbox, "sessions").mockImplementationOnce(async (account) => {
      const sessions = await read(account);
      await first.microphone.record();
      first.account.set({ phase: "signed_out", user: null });
      const held = async () => (await browser.locks.query()).held?.map(({ name }) => name);
      await vi.waitFor(async () => expect(await held()).not.toContain(`hearken.record.${ref}`), soon);
      return sessions;
    });
    await second.recordings.refresh();
    expect(await outbox.list(ref)).toHaveLength(1);
    expect(second.recordings.unfinished.get()).toMatchObject([{ ref, recordedMs: 15_000 }]);
  });

  it("that has a note and no sound yet is finished, so that the note is sent", async () => {
    const tab = await browser.open();
    const { ref } = await tab.recordings.begin(START);
    await tab.outbox.putNote(ref, { id: "n", atMs: 0, text: "kept", refused: null });
    browser.killed(tab);
    const later = await browser.open();
    await vi.waitFor(() => expect(later.recordings.kept.get()).toMatchObject([{ session: { ref } }]), soon);
    expect(await later.outbox.notes(ref)).toHaveLength(1);
    node.connect();
    await vi.waitFor(() => expect(later.notes).toEqual([{ id: "n", text: "kept" }]), soon);
    await vi.waitFor(() => expect(node.only.lastSeq).toBe(-1), soon);
  });

  it("in another tab is seen at once, and is gone from here once it has ended there", async () => {
    const [first, second] = [await browser.open(), await browser.open()];
    const recording = await first.recordings.begin(START);
    await first.microphone.record();
    await vi.waitFor(() => {
      expect(second.recordings.unfinished.get()).toMatchObject([{ ref: recording.ref, elsewhere: true }]);
    }, soon);
    node.connect();
    await recording.stop();
    await vi.waitFor(() => expect(second.recordings.unfinished.get()).toEqual([]), soon);
  });
});

describe("the time away", () => {
  it("is never negative and never endless, whatever the clock was set to", () => {
    expect(samplesAway(1_000, 61_000, RATE)).toBe(60 * RATE);
    expect(samplesAway(61_000, 1_000, RATE)).toBe(0);
    expect(samplesAway(0, 1e15, RATE)).toBe(12 * 3600 * RATE);
    expect(samplesAway(Number.NaN, 1_000, RATE)).toBe(0);
  });
});
