import { describe, expect, test } from "vitest";

import type { RecordingState } from "../../src/recording/recording";
import { situationOf, troublesOf, waitsForWords } from "../../src/screens/recording_troubles";
import { STATE } from "./scripted_parts";

function told(
  changes: Partial<RecordingState>,
  capture: Partial<RecordingState["capture"]> = {},
  unheard = false,
) {
  return troublesOf(
    situationOf({ ...STATE, ...changes, capture: { ...STATE.capture, ...capture } }, unheard),
  );
}

function ids(...from: Parameters<typeof told>): string[] {
  return told(...from).map(({ id }) => id);
}

test("a recording without trouble tells of none", () => expect(told({})).toEqual([]));

describe("the microphone", () => {
  test.each([
    "refused",
    "no_microphone",
    "busy",
    "unplugged",
    "suspended",
    "unsupported",
    "storage",
  ] as const)("%s says what is safe, what to do, and can be tried again", (trouble) => {
    const [first] = told({ phase: "trouble" }, { phase: "trouble", trouble });
    expect(first).toMatchObject({ id: trouble, remedy: "retry_capture", urgent: true });
    expect(first?.safe).toContain("Everything recorded until now is safe");
    expect(first?.todo).toBeTruthy();
  });

  test("nothing is called safe before anything was recorded", () => {
    const [first] = told({ phase: "trouble", recordedMs: 0 }, { phase: "trouble", trouble: "refused" });
    expect(first).toMatchObject({ safe: "Nothing is being recorded yet.", remedy: "begin_capture" });
  });

  test("a trouble beside which it goes on is a warning without a button", () => {
    const [first] = told({}, { trouble: "encoder_failed" });
    expect(first).toMatchObject({ tone: "warn", safe: "The recording goes on." });
    expect(first?.remedy).toBeUndefined();
  });

  test("silence is told after a while, and not while paused", () => {
    expect(ids({}, { silentForMs: 7_000 })).toEqual([]);
    expect(ids({}, { silentForMs: 9_000 })).toEqual(["silent"]);
    expect(ids({ phase: "paused" }, { phase: "paused", silentForMs: 9_000 })).toEqual([]);
  });

  test("after Stop it is of no matter", () => {
    expect(ids({ phase: "stopping" }, { trouble: "unplugged", clipping: true })).toEqual([]);
  });
});

describe("keeping", () => {
  test("little room is a warning, none is urgent", () => {
    expect(told({ room: { ...STATE.room, nearlyFull: true } })).toMatchObject([
      { id: "nearly_full", tone: "warn" },
    ]);
    expect(told({ outboxTrouble: "full" })).toMatchObject([{ id: "full", urgent: true }]);
  });

  test("a private window is told that the rest is only there", () => {
    expect(told({ durable: false, waitingChunks: 2 })[0]?.safe).toContain("only in this tab");
  });

  test("a page older than what is kept does not blame the window", () => {
    const [first, ...more] = told({ durable: false, outdated: true, waitingChunks: 2 });
    expect(more).toEqual([]);
    expect(first).toMatchObject({ title: "This page is older than what is kept in this browser" });
    expect(first?.safe).toContain("only in this tab");
    expect(first?.todo).toContain("load it anew when the server is back");
  });

  test("what the server refused is counted", () => {
    expect(told({ refusedChunks: 1 })[0]?.title).toContain("One piece of the recording was");
    expect(told({ refusedChunks: 2 })[0]?.title).toContain("2 pieces of the recording were");
  });
});

describe("the connection", () => {
  test.each(["offline", "signed_out", "elsewhere"] as const)(
    "%s keeps the recording in the browser",
    (connection) => {
      expect(told({ connection })[0]).toMatchObject({ id: connection });
      expect(told({ connection })[0]?.safe).toContain("kept in this browser");
    },
  );

  test("a recording that another tab took can be taken back", () => {
    expect(told({ phase: "trouble", connection: "elsewhere", taken: "goes_on" })).toMatchObject([
      { id: "taken", remedy: "take_back" },
    ]);
  });

  test("one that has ended there is no more to be taken back", () => {
    const [first, ...more] = told({ phase: "trouble", connection: "elsewhere", taken: "ended" });
    expect([first?.id, first?.remedy, more]).toEqual(["taken_ended", undefined, []]);
  });

  test("the gravest trouble comes first", () => {
    const all = ids(
      { phase: "trouble", connection: "offline", refusedChunks: 1 },
      { phase: "trouble", trouble: "busy" },
    );
    expect(all).toEqual(["busy", "refused", "offline"]);
  });
});

describe("no recogniser runs", () => {
  test.each(["recording", "paused", "stopping", "finished"] as const)(
    "%s: calmly, and what is safe",
    (phase) => {
      const [only, ...others] = told({ phase }, {}, true);
      expect(others).toEqual([]);
      expect(only).toMatchObject({ tone: "calm", title: "The words come later" });
      expect(only?.safe).toContain("on the server");
      expect(only?.safe?.includes("goes on")).toBe(phase === "recording");
      expect(only?.safe?.includes("in this browser")).toBe(phase !== "finished");
      expect(only?.todo).toMatch(/need not do anything.*administrator/);
    },
  );

  test("in a window that keeps nothing the browser keeps nothing", () => {
    const [first] = told({ durable: false }, {}, true).filter(({ id }) => id === "unheard");
    expect(first?.safe).not.toContain("browser");
  });

  test.each([
    [{}, true],
    [{ transcribedMs: STATE.recordedMs }, false],
    [{ connection: "offline" }, false],
    [{ taken: "goes_on" }, false],
  ] as const)("words are waited for where %j: %s", (changes, waits) =>
    expect(waitsForWords({ ...STATE, ...changes })).toBe(waits),
  );
});
