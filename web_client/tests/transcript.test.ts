import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { fromView } from "../src/live/from_view";
import { apply, empty, isGap, type Transcript } from "../src/live/transcript";
import { watch } from "../src/live/viewer";
import { readEvent, type SessionEvent } from "../src/wire/event";
import type { TranscriptView, WireSegment } from "../src/wire/messages";
import { chance } from "./chunks";
import { ScriptedNode } from "./scripted_node";
import { there } from "./there";

function event(version: number, type: string, data: object): SessionEvent {
  const read = readEvent({ session_id: "s", version, type, at: "", data });
  if (read === null) throw new Error("no event");
  return read;
}

function segment(id: string, start: number, text: string, end = start + 900): WireSegment {
  const words = text
    .split(" ")
    .map((w, index) => ({ w, s: start + index * 100, e: start + index * 100 + 90, p: 0.9 }));
  return {
    id,
    start_ms: start,
    end_ms: end,
    speaker: null,
    text,
    words: text === "" ? [] : words,
    generation: 0,
  };
}

function folded(events: SessionEvent[]): Transcript {
  return events.reduce(apply, empty("recording"));
}

const WARNING = { code: "undecodable_chunk", seq: 3, start_ms: 0, end_ms: 9 };
const FAILED = { window_id: "w", start_ms: 3000, end_ms: 3500, code: "internal" };
const COVERAGE = { recorded_ms: 9, transcribed_ms: 5, holes: [[1, 2]] as [number, number][] };
const SPEAKER = { id: "S1", name: "Dr Example", merged_into: null };

/** A session's log, and what the server makes of it for who fetches the transcript. */
const TOLD = [
  event(1, "session.state", { state: "transcribing" }),
  event(2, "segment.final", segment("a", 0, "good")),
  event(3, "segment.final", segment("b", 2000, "noise")),
  event(4, "segment.final", segment("c", 4000, "day")),
  event(5, "segment.edited", { ...segment("b", 2000, ""), edited: true }),
  event(6, "segment.provisional", segment("p", 6000, "maybe perhaps")),
  event(7, "quality.warning", WARNING),
  event(8, "window.failed", FAILED),
  event(9, "coverage", COVERAGE),
  event(10, "speaker.updated", SPEAKER),
  event(11, "note.typed", { id: "n", at_ms: 1, text: "a note" }),
  event(12, "session.language", { language: "en" }),
];

const VIEW: TranscriptView = {
  session_id: "s",
  state: "transcribing",
  language: "en",
  head: TOLD.length,
  coverage: COVERAGE,
  segments: [segment("a", 0, "good"), segment("c", 4000, "day")],
  provisional: segment("p", 6000, "maybe perhaps"),
  removed: [{ id: "b", start_ms: 2000, end_ms: 2900 }],
  failed: [FAILED],
  warnings: [WARNING],
  speakers: [SPEAKER],
  typed_notes: [{ id: "n", at_ms: 1, text: "a note", written_at: "2026-03-04T10:00:00+00:00" }],
  steps: [],
};

describe("a transcript", () => {
  it("holds the final segments by time, each once, without those that were withdrawn", () => {
    const t = folded([
      event(1, "segment.final", segment("b", 2000, "second")),
      event(2, "segment.final", segment("a", 0, "first")),
      event(3, "segment.final", segment("c", 4000, "third")),
      event(4, "segment.final", segment("b", 2000, "")),
      event(5, "segment.edited", segment("a", 0, "corrected")),
    ]);
    expect(t.segments.map(({ text }) => text)).toEqual(["corrected", "third"]);
  });

  it("shows of the provisional segment only what begins after the last final one", () => {
    let t = folded([event(1, "segment.provisional", segment("p", 0, "one two three"))]);
    expect(t.provisional?.text).toBe("one two three");
    t = apply(t, event(2, "segment.final", segment("a", 0, "one", 100)));
    expect(t.provisional).toMatchObject({ text: "two three", start_ms: 100 });
    t = apply(t, event(3, "segment.final", segment("a", 0, "", 100)));
    expect(t.provisional?.text).toBe("one two three");
    t = apply(t, event(4, "segment.provisional", segment("p", 0, "")));
    expect(t.provisional).toBeNull();
  });

  it("keeps failed windows until they are taken back", () => {
    const failed = { window_id: "w", start_ms: 0, end_ms: 10, code: "internal" };
    let t = folded([event(1, "window.failed", failed)]);
    expect(t.failed).toEqual([failed]);
    t = apply(t, event(2, "window.failed", { ...failed, code: "" }));
    expect(t.failed).toEqual([]);
  });

  it("follows state, coverage, speakers, notes and warnings", () => {
    const t = folded([
      event(1, "session.state", { state: "transcribing" }),
      event(2, "coverage", { recorded_ms: 9, transcribed_ms: 5, holes: [[1, 2]] }),
      event(3, "speaker.updated", { id: "S1", name: "Dr Example", merged_into: null }),
      event(4, "note.typed", { id: "n", at_ms: 3, text: "a note" }),
      event(5, "note.typed", { id: "m", at_ms: 1, text: "gone" }),
      event(6, "note.typed", { id: "m", at_ms: 1, text: "" }),
      event(7, "quality.warning", { code: "undecodable_chunk", seq: 3 }),
    ]);
    expect(t).toMatchObject({ state: "transcribing", coverage: { transcribed_ms: 5 }, version: 7 });
    expect(t.speakers).toHaveLength(1);
    expect(t.notes.map(({ id }) => id)).toEqual(["n"]);
    expect(t.warnings).toHaveLength(1);
  });

  it("tells a warning once, however often it is repeated", () => {
    const warning = { code: "undecodable_chunk", seq: 3, start_ms: 0, end_ms: 9 };
    const t = folded([
      event(1, "quality.warning", warning),
      event(2, "quality.warning", { ...warning, seq: 4 }),
      event(3, "quality.warning", { ...warning }),
    ]);
    expect(t.warnings.map(({ seq }) => seq)).toEqual([3, 4]);
  });

  it("holds what a person removed until it is put back", () => {
    const removed = { ...segment("a", 0, ""), edited: true };
    let t = folded([
      event(1, "segment.final", segment("a", 0, "first")),
      event(2, "segment.final", segment("b", 2000, "second")),
      event(3, "segment.edited", removed),
      event(4, "segment.edited", { ...segment("b", 2000, ""), edited: true }),
      event(5, "segment.final", segment("c", 4000, "")),
    ]);
    expect(t.segments).toEqual([]);
    expect(t.removed).toEqual([
      { id: "a", start_ms: 0, end_ms: 900 },
      { id: "b", start_ms: 2000, end_ms: 2900 },
    ]);
    t = apply(t, event(6, "segment.edited", segment("a", 0, "first")));
    t = apply(t, event(7, "segment.edited", segment("b", 2000, "")));
    expect(t.removed).toEqual([]);
    expect(t.segments).toHaveLength(1);
  });

  it("that was fetched is what the events up to there make of it, and what follows them", () => {
    const fetched = fromView(VIEW);
    const heard = folded(TOLD);
    expect(fetched).toEqual(heard);
    const next = event(VIEW.head + 1, "segment.final", segment("z", 6000, "next", 6050));
    expect(apply(fetched, next)).toEqual(apply(heard, next));
    expect(apply(fetched, next).provisional?.text).toBe("perhaps");
  });

  it("moves on over what it does not know, and over what is not as it should be", () => {
    const t = folded([event(1, "something.new", { a: 1 }), event(2, "coverage", { recorded_ms: "many" })]);
    expect(t).toEqual({ ...empty("recording"), version: 2 });
  });

  it("takes an event in once and in order, whatever is repeated and reordered", () => {
    const events = Array.from({ length: 30 }, (_, index) =>
      event(index + 1, "segment.final", segment(`id ${index % 7}`, (index % 7) * 1000, `text ${index}`)),
    );
    const whole = folded(events);
    for (let seed = 0; seed < 50; seed += 1) {
      const random = chance(seed);
      let t = empty("recording");
      while (t.version < events.length) {
        const next = there(events[Math.floor(random() * events.length)]);
        const after = apply(t, next);
        if (isGap(t, next) || next.version <= t.version) expect(after).toBe(t);
        t = after;
      }
      expect(t).toEqual(whole);
    }
  });
});

describe("a viewer", () => {
  let node: ScriptedNode;

  beforeEach(() => {
    vi.useFakeTimers();
    node = new ScriptedNode();
    node.sessions.set("s", { clientRef: "r", state: "ready", lastSeq: 0, chunks: new Map(), events: [] });
  });

  afterEach(() => {
    vi.useRealTimers();
  });

  const settle = () => vi.advanceTimersByTimeAsync(100);
  const said = (text: string) => node.happened("s", "segment.final", segment(text, 0, text));
  const watches = () =>
    node.asked.filter((asked) => asked.event === "session.watch").map(({ body }) => body.after);

  it("replays what was and follows what comes", async () => {
    said("before");
    const viewer = watch(node, "s");
    expect(viewer.connection.get()).toBe("connecting");
    node.connect();
    await settle();
    said("after");
    await settle();
    expect(viewer.connection.get()).toBe("connected");
    expect(viewer.transcript.get().segments.map(({ text }) => text)).toEqual(["after", "before"]);
    viewer.close();
    await settle();
    expect(node.asked.at(-1)?.event).toBe("session.unwatch");
  });

  it("asks again for what is missing, once for each gap, and after a reconnection", async () => {
    const viewer = watch(node, "s");
    node.connect();
    await settle();
    const listening = vi.spyOn(node, "say").mockImplementation(() => undefined);
    said("lost");
    listening.mockRestore();
    said("heard");
    await vi.advanceTimersByTimeAsync(1_100);
    expect(viewer.transcript.get().segments).toHaveLength(2);
    expect(watches()).toEqual([0, 0]);
    node.disconnect();
    expect(viewer.connection.get()).toBe("offline");
    said("meanwhile");
    node.connect();
    await settle();
    expect(watches()).toEqual([0, 0, 3]);
    viewer.close();
  });

  it("learns of a lost tail from the head", async () => {
    const viewer = watch(node, "s");
    node.connect();
    await settle();
    const listening = vi.spyOn(node, "say").mockImplementation(() => undefined);
    said("lost");
    listening.mockRestore();
    node.say("head", { session_id: "s", version: 1 });
    await settle();
    expect(viewer.transcript.get().version).toBe(1);
    viewer.close();
  });

  it("begins anew when the server knows less than it has seen", async () => {
    said("one");
    said("two");
    const viewer = watch(node, "s");
    node.connect();
    await settle();
    there(node.sessions.get("s")).events.length = 0;
    said("restored");
    node.disconnect();
    node.connect();
    await settle();
    expect(viewer.transcript.get().segments.map(({ text }) => text)).toEqual(["restored"]);
    viewer.close();
  });

  it("shows what was fetched without a connection, and asks only for what came since", async () => {
    said("one");
    said("two");
    const viewer = watch(node, "s", { from: fromView({ ...VIEW, head: 1 }) });
    expect(viewer.transcript.get().segments).toHaveLength(2);
    node.connect();
    await settle();
    expect(watches()).toEqual([1]);
    expect(viewer.transcript.get().segments.map(({ text }) => text)).toEqual(["good", "two", "day"]);
    viewer.close();
  });

  it("begins anew when the server knows less than was fetched", async () => {
    said("restored");
    const viewer = watch(node, "s", { from: fromView({ ...VIEW, head: 9 }) });
    node.connect();
    await settle();
    expect(watches()).toEqual([9, 0]);
    expect(viewer.transcript.get()).toMatchObject({ version: 1, removed: [], warnings: [] });
    expect(viewer.transcript.get().segments.map(({ text }) => text)).toEqual(["restored"]);
    viewer.close();
  });

  it("tells the state of a session whose log it has seen to the end", async () => {
    said("one");
    const viewer = watch(node, "s", { from: empty("recording", 1) });
    node.connect();
    await settle();
    expect(viewer.transcript.get()).toMatchObject({ state: "ready", version: 1 });
    viewer.close();
  });

  it("says when the server does not show the session", async () => {
    const viewer = watch(node, "another");
    node.connect();
    await settle();
    expect(viewer.refusal.get()?.code).toBe("not_found");
    viewer.close();
  });
});
