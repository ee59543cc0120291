import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { FEWEST_LINES, tail, TAIL_MS } from "../src/live/tail";
import { apply, empty, type Transcript } from "../src/live/transcript";
import { watch, watchTail } from "../src/live/viewer";
import { readEvent, type SessionEvent } from "../src/wire/event";
import { ScriptedNode } from "./scripted_node";

const SECOND = 1000;
const MINUTE = 60 * SECOND;

type Happening = [type: string, data: object];

function event(version: number, [type, data]: Happening): SessionEvent {
  const read = readEvent({ session_id: "s", version, type, at: "", data });
  if (read === null) throw new Error("no event");
  return read;
}

function segment(start: number, end: number, text = "some words"): Happening {
  const words = text === "" ? [] : [{ w: text, s: start, e: end, p: 0.9 }];
  const id = `at ${start}`;
  return [
    "segment.final",
    { id, start_ms: start, end_ms: end, speaker: null, text, words, generation: 0, edited: false },
  ];
}

/** Talk without a pause, a segment every five seconds. */
function talk(from: number, until: number): Happening[] {
  const all: Happening[] = [];
  for (let at = from; at < until; at += 5 * SECOND) all.push(segment(at, at + 4 * SECOND));
  return all;
}

function coverage(transcribed: number, holes: [number, number][] = []): Happening {
  return ["coverage", { recorded_ms: transcribed, transcribed_ms: transcribed, holes }];
}

function failed(start: number): Happening {
  return [
    "window.failed",
    { window_id: `w${start}`, start_ms: start, end_ms: start + 30 * SECOND, code: "internal" },
  ];
}

function folded(happenings: Happening[], from = empty("recording")): Transcript {
  return happenings.reduce((t, each) => tail(apply(t, event(t.version + 1, each))), from);
}

describe("the tail of a transcript", () => {
  it("is all of it while it is short", () => {
    const t = folded(talk(0, TAIL_MS));
    expect(t.segments).toHaveLength(TAIL_MS / (5 * SECOND));
    expect(t.from_ms).toBe(0);
  });

  it("holds as much after three hours as after a quarter of one", () => {
    const short = folded(talk(0, 15 * MINUTE));
    const long = folded(talk(0, 180 * MINUTE));
    expect(long.segments).toHaveLength(short.segments.length);
    expect(JSON.stringify(long).length).toBeLessThan(JSON.stringify(short).length * 1.1);
    expect(long.from_ms).toBe(180 * MINUTE - 1 * SECOND - TAIL_MS);
    expect(long.segments.every(({ end_ms }) => end_ms > long.from_ms)).toBe(true);
  });

  it("lets go of failed stretches, gaps and warnings as of words", () => {
    const gaps: [number, number][] = [];
    let t = empty("recording");
    for (let at = 0; at < 120 * MINUTE; at += MINUTE) {
      gaps.push([at + 50 * SECOND, at + 60 * SECOND]);
      t = folded(
        [...talk(at, at + 20 * SECOND), failed(at + 20 * SECOND), ["quality.warning", { code: "quiet" }]],
        t,
      );
      t = folded([coverage(at + MINUTE, gaps)], t);
    }
    expect(t.failed).toHaveLength(10);
    expect(t.coverage?.holes).toEqual(gaps.slice(-10));
    expect(t.coverage?.transcribed_ms).toBe(120 * MINUTE);
    expect(t.warnings.length).toBeLessThanOrEqual(50);
  });

  it("keeps the last lines through a long silence", () => {
    const t = folded([...talk(0, 15 * MINUTE), coverage(90 * MINUTE)]);
    expect(t.segments).toHaveLength(FEWEST_LINES);
    expect(t.segments.at(-1)?.start_ms).toBe(15 * MINUTE - 5 * SECOND);
  });

  it("is bounded too where nothing but failures came", () => {
    const all = Array.from({ length: 500 }, (_, index) => failed(index * 30 * SECOND));
    expect(folded([...all, coverage(500 * 30 * SECOND)]).failed).toHaveLength(FEWEST_LINES);
  });

  it("takes in nothing that lies before it, and takes back nothing it has let go", () => {
    const t = folded(talk(0, 30 * MINUTE));
    const late = folded([segment(MINUTE, MINUTE + 100, "late"), failed(0)], t);
    expect(late.segments).toEqual(t.segments);
    expect(late.failed).toEqual([]);
    expect(late.version).toBe(t.version + 2);
    const withdrawn = folded(
      t.segments.map(({ start_ms, end_ms }) => segment(start_ms, end_ms, "")),
      t,
    );
    expect(withdrawn.segments).toEqual([]);
    expect(withdrawn.from_ms).toBe(t.from_ms);
  });

  it("corrects and withdraws what it holds", () => {
    const t = folded([...talk(0, 30 * MINUTE), segment(29 * MINUTE, 29 * MINUTE + 4 * SECOND, "")]);
    expect(t.segments.some(({ start_ms }) => start_ms === 29 * MINUTE)).toBe(false);
    expect(t.segments.at(-1)?.text).toBe("some words");
  });

  it("keeps typed notes and speakers, which are few", () => {
    const t = folded([
      ["note.typed", { id: "n", at_ms: 10, text: "early" }],
      ["speaker.updated", { id: "S1", name: "Nurse", merged_into: null }],
      ...talk(0, 60 * MINUTE),
    ]);
    expect(t.notes).toHaveLength(1);
    expect(t.speakers).toHaveLength(1);
  });

  it("stays the same object where an event changes nothing of it", () => {
    const t = folded([coverage(5), ...talk(0, MINUTE)]);
    expect(tail(t)).toBe(t);
  });
});

describe("a recording's viewer", () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it("holds the tail where a review's holds everything, also of what was said before it began", async () => {
    const node = new ScriptedNode();
    node.connect();
    await node.request("session.start", { client_ref: "r" });
    const [sessionId = ""] = node.sessions.keys();
    for (const [type, data] of talk(0, 20 * MINUTE)) node.happened(sessionId, type, data);
    const recording = watchTail(node, sessionId);
    const review = watch(node, sessionId);
    for (const [type, data] of talk(20 * MINUTE, 40 * MINUTE)) node.happened(sessionId, type, data);
    await vi.advanceTimersByTimeAsync(100);
    expect(recording.transcript.get().version).toBe(480);
    expect(recording.transcript.get().segments).toHaveLength(120);
    expect(review.transcript.get().segments).toHaveLength(480);
    expect(review.transcript.get().from_ms).toBe(0);
    recording.close();
    review.close();
  });
});
