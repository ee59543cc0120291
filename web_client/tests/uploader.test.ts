import { describe, expect, it, test } from "vitest";

import type { Action, Ask } from "../src/upload/upload_action";
import { Uploader } from "../src/upload/uploader";
import { entry } from "./chunks";
import { there } from "./there";

const START = { client_ref: "ref" };

function ack(ask: Ask, changes: object = {}): object {
  return { ok: true, seq: ask.chunk?.seq, sha256: ask.chunk?.sha256, epoch: "e1", ...changes };
}

function refused(code: string, retryable: boolean, more: object = {}): object {
  return { ok: false, error: { code, message: code, retryable, ...more } };
}

function resumed(stored: number[][] = [], changes: object = {}): object {
  return { ok: true, state: "recording", stored, sealed_through: -1, epoch: "e1", ...changes };
}

function asks(actions: Action[]): Ask[] {
  return actions.filter((action) => action.kind === "ask");
}

function only(actions: Action[]): Ask {
  const found = asks(actions);
  expect(found).toHaveLength(1);
  return there(found[0]);
}

const seqs = (sent: Ask[]) => sent.map((ask) => ask.chunk?.seq);

const CREDIT = 3;
const HELLO = { epoch: "e1", credit: CREDIT, maxChunkBytes: 100 };

function made(chunks = 0, sessionId: string | null = "s", lastSeq: number | null = null): Uploader {
  const started = { start: START, sessionId, epoch: "e1", lastSeq, stopAnswered: false };
  const uploader = new Uploader({ ...started, jitter: () => 1 });
  for (let seq = 0; seq < chunks; seq += 1) uploader.recorded(entry(seq));
  return uploader;
}

/** Connects and resumes; what is asked then. */
function joined(uploader: Uploader, stored: number[][] = [], changes: object = {}, now = 0): Ask[] {
  uploader.connected(HELLO);
  const ask = only(uploader.actions(now));
  expect(ask.event).toBe("session.resume");
  uploader.answered(ask, resumed(stored, changes), now);
  return asks(uploader.actions(now));
}

/** As `joined`, and chunks 0 and 1 are acknowledged: what is under way then, as much as the credit allows. */
function flowing(uploader: Uploader, now = 0): Ask[] {
  let underWay = joined(uploader, [], {}, now);
  for (const seq of [0, 1]) {
    const [lowest, ...others] = underWay;
    expect(lowest?.chunk?.seq).toBe(seq);
    uploader.answered(there(lowest), ack(there(lowest)), now);
    underWay = [...others, ...asks(uploader.actions(now))];
  }
  expect(underWay).toHaveLength(CREDIT);
  return underWay;
}

describe("joining", () => {
  it("remembers the session before its first chunk is sent", () => {
    const uploader = made(1, null);
    uploader.connected(HELLO);
    const start = only(uploader.actions(0));
    expect(start).toMatchObject({ event: "session.start", body: START });
    uploader.answered(start, { ok: true, session_id: "s", state: "recording", next_seq: 0 }, 0);
    const [remember, resume] = uploader.actions(0);
    expect(remember).toEqual({ kind: "remember", sessionId: "s", epoch: "e1" });
    expect(resume).toMatchObject({ event: "session.resume", body: { session_id: "s" } });
  });

  it("sends nothing before the server has told what it holds", () => {
    const uploader = made(3);
    uploader.connected(HELLO);
    only(uploader.actions(0));
    expect(uploader.actions(100)).toEqual([]);
    expect(uploader.wakeAt()).toBeNull();
  });

  it("sends what the server lacks, lowest first: one chunk at first, then within the credit", () => {
    const uploader = made(8);
    const [first, ...more] = joined(uploader, [[0, 1], [3, 3]]); // prettier-ignore
    expect([first?.chunk?.seq, more]).toEqual([2, []]);
    uploader.answered(there(first), ack(there(first)), 1);
    const [second, third] = asks(uploader.actions(1));
    expect(seqs([there(second), there(third)])).toEqual([4, 5]);
    uploader.answered(there(second), ack(there(second)), 1);
    expect(seqs(asks(uploader.actions(1)))).toEqual([6, 7]);
  });

  it("sends twice as much with every acknowledgement of a connection, until the credit is reached", () => {
    const uploader = made(30);
    uploader.connected({ ...HELLO, credit: 8 });
    uploader.answered(only(uploader.actions(0)), resumed([]), 0);
    let underWay = asks(uploader.actions(0));
    const most = [underWay.length];
    for (let answered = 0; answered < 5; answered += 1) {
      const [lowest, ...others] = underWay;
      uploader.answered(there(lowest), ack(there(lowest)), 0);
      underWay = [...others, ...asks(uploader.actions(0))];
      most.push(underWay.length);
    }
    expect(most).toEqual([1, 2, 4, 8, 8, 8]);
  });

  it("begins with one chunk on every connection, until that is acknowledged", () => {
    const uploader = made(8);
    expect(seqs(flowing(uploader))).toEqual([2, 3, 4]);
    uploader.disconnected();
    let [ask, ...more] = joined(uploader, [[0, 0]]);
    for (const answer of [undefined, refused("overloaded", true), refused("bad_media", false)]) {
      expect(more).toEqual([]);
      uploader.answered(there(ask), answer, 10);
      [ask, ...more] = asks(uploader.actions(10));
    }
    uploader.answered(there(ask), ack(there(ask)), 10);
    expect(asks(uploader.actions(10))).toHaveLength(2);
  });

  test.each([undefined, {}, { ok: true }, { ok: true, state: "recording", stored: "none", epoch: "e1" }])(
    "asks again where a resume is answered with %j",
    (answer) => {
      const uploader = made(1);
      uploader.connected(HELLO);
      uploader.answered(only(uploader.actions(0)), answer, 10);
      expect(uploader.actions(10)).toEqual([]);
      expect(uploader.wakeAt()).toBe(10.5);
      expect(only(uploader.actions(10.5)).event).toBe("session.resume");
    },
  );

  it("says so when the session is gone, and keeps the chunks", () => {
    const uploader = made(1);
    uploader.connected(HELLO);
    uploader.answered(only(uploader.actions(0)), refused("not_found", false), 0);
    expect(uploader.failure?.code).toBe("not_found");
    expect(uploader.actions(0)).toEqual([]);
    expect(uploader.waiting).toBe(1);
  });
});

describe("chunks", () => {
  it("are followed by the next once they are acknowledged", () => {
    const uploader = made(6);
    const [third] = flowing(uploader);
    uploader.answered(there(third), ack(there(third), { duplicate: true }), 1);
    const actions = uploader.actions(1);
    expect(actions[0]).toEqual({ kind: "stored", seq: 2 });
    expect(seqs(asks(actions))).toEqual([5]);
  });

  test.each([
    undefined,
    null,
    {},
    [],
    "ok",
    { ok: true },
    { ok: true, seq: 0 },
    { ok: 1 },
    { ok: true, seq: 0, sha256: "other", epoch: "e1" },
  ])("go again where the answer is %j", (answer) => {
    const uploader = made(1);
    const [ask] = joined(uploader);
    uploader.answered(there(ask), answer, 10);
    expect(uploader.actions(10)).toEqual([]);
    expect(uploader.wakeAt()).toBe(10.5);
    expect(only(uploader.actions(10.5)).chunk).toEqual(there(ask).chunk);
    expect(uploader.safeThroughSample).toBe(0);
  });

  it("pause twice as long each time, up to half a minute", () => {
    const uploader = made(1);
    let [ask] = joined(uploader);
    const pauses: number[] = [];
    for (let now = 0, tries = 0; tries < 9; tries += 1) {
      uploader.answered(there(ask), undefined, now);
      const due = there(uploader.wakeAt());
      pauses.push(due - now);
      [ask] = asks(uploader.actions(due));
      now = due;
    }
    expect(pauses).toEqual([0.5, 1, 2, 4, 8, 16, 30, 30, 30]);
  });

  it("are set aside when they are refused for good, and the next goes", () => {
    const uploader = made(4);
    const [first] = joined(uploader);
    uploader.answered(there(first), refused("seq_conflict", false), 0);
    const [aside, next] = uploader.actions(0);
    expect(aside).toEqual({ kind: "set_aside", seq: 0, code: "seq_conflict" });
    expect(next).toMatchObject({ kind: "ask", chunk: { seq: 1 } });
    expect(uploader.refused).toBe(1);
  });

  it("over the server's limit are not even sent", () => {
    const uploader = made();
    uploader.recorded(entry(0, 101));
    expect(joined(uploader)).toEqual([]);
    expect(uploader.refused).toBe(1);
  });

  it("are kept, and the session asked for, when it is the session that is refused", () => {
    const uploader = made(1);
    const [ask] = joined(uploader);
    uploader.answered(there(ask), refused("not_found", false), 0);
    expect(uploader.waiting).toBe(1);
    expect(only(uploader.actions(0)).event).toBe("session.resume");
  });

  it("wait for another connection when the token is refused", () => {
    const uploader = made(1);
    const [ask] = joined(uploader);
    uploader.answered(there(ask), refused("unauthenticated", false), 0);
    expect(uploader.actions(0)).toEqual([{ kind: "reconnect" }]);
    uploader.disconnected();
    expect(seqs(joined(uploader, [], {}, 1))).toEqual([0]);
  });

  it("that the outbox cannot read any more are set aside", () => {
    const uploader = made(1);
    const [ask] = joined(uploader);
    uploader.unreadable(there(ask));
    expect(uploader.actions(0)).toEqual([{ kind: "set_aside", seq: 0, code: "damaged" }]);
  });
});

describe("holding back", () => {
  it("follows retry_after_s, for everything", () => {
    const uploader = made(6);
    const [third, fourth] = flowing(uploader);
    uploader.answered(there(third), refused("overloaded", true, { retry_after_s: 7 }), 10);
    uploader.answered(there(fourth), ack(there(fourth)), 10);
    expect(asks(uploader.actions(16.9))).toEqual([]);
    expect(uploader.wakeAt()).toBe(17);
    expect(seqs(asks(uploader.actions(17)))).toEqual([2, 5]);
  });

  it("follows slow_down", () => {
    const uploader = made(6);
    const [first] = flowing(uploader);
    uploader.slowedDown(5, 10);
    uploader.answered(there(first), ack(there(first)), 10);
    expect(asks(uploader.actions(14))).toEqual([]);
    expect(asks(uploader.actions(15))).toHaveLength(1);
  });

  it("after bye: answers count and nothing is sent", () => {
    const uploader = made(5);
    const [first] = joined(uploader);
    uploader.leaving();
    uploader.answered(there(first), ack(there(first)), 0);
    expect(asks(uploader.actions(0))).toEqual([]);
    expect(uploader.safeThroughSample).toBe(100);
  });
});

describe("answers of an earlier connection", () => {
  it("are ignored", () => {
    const uploader = made(1);
    const [old] = joined(uploader);
    uploader.disconnected();
    const [again] = joined(uploader);
    uploader.answered(there(old), refused("bad_media", false), 0);
    expect(uploader.refused).toBe(0);
    uploader.answered(there(again), ack(there(again)), 0);
    expect(uploader.safeThroughSample).toBe(100);
  });
});

describe("safe", () => {
  it("is what is stored without a gap from the first chunk on", () => {
    const uploader = made(5);
    const [third, fourth, fifth] = flowing(uploader);
    uploader.answered(there(fifth), ack(there(fifth)), 0);
    expect(uploader.safeThroughSample).toBe(200);
    uploader.answered(there(third), ack(there(third)), 0);
    expect(uploader.safeThroughSample).toBe(300);
    uploader.answered(there(fourth), ack(there(fourth)), 0);
    expect(uploader.safeThroughSample).toBe(500);
  });

  it("is told before the server is reached, by what it said before, and taken back by a restored one", () => {
    const uploader = made();
    uploader.recorded({ ...entry(0), fate: "stored" });
    expect(uploader.safeThroughSample).toBe(100);
    uploader.connected({ ...HELLO, epoch: "e2" });
    uploader.answered(only(uploader.actions(0)), resumed([], { epoch: "e2" }), 0);
    expect(uploader.safeThroughSample).toBe(0);
    const actions = uploader.actions(0);
    expect(actions).toContainEqual({ kind: "lost", seq: 0 });
    expect(actions).toContainEqual({ kind: "remember", sessionId: "s", epoch: "e2" });
    expect(seqs(asks(actions))).toEqual([0]);
  });
});

describe("a restored database", () => {
  it("that does not know the session any more gets it anew", () => {
    const uploader = made(1);
    uploader.connected({ ...HELLO, epoch: "e2" });
    uploader.answered(only(uploader.actions(0)), refused("not_found", false), 0);
    expect(only(uploader.actions(0)).event).toBe("session.start");
  });

  it("under a connection is noticed by the epoch of an acknowledgement", () => {
    const uploader = made(1);
    const [ask] = joined(uploader);
    uploader.answered(there(ask), ack(there(ask), { epoch: "e2" }), 0);
    expect(uploader.actions(0)).toEqual([{ kind: "reconnect" }]);
    expect(uploader.safeThroughSample).toBe(0);
  });
});

describe("Stop", () => {
  it("is said once everything is stored or set aside, and may be repeated", () => {
    const uploader = made(2);
    const [first] = joined(uploader);
    uploader.ended(1);
    uploader.answered(there(first), ack(there(first)), 0);
    const second = only(uploader.actions(0));
    uploader.answered(second, refused("bad_media", false), 0);
    const stop = only(uploader.actions(0));
    expect(stop).toMatchObject({ event: "session.stop", body: { session_id: "s", last_seq: 1 } });
    uploader.answered(stop, undefined, 0);
    expect(uploader.settled).toBe(false);
    uploader.answered(only(uploader.actions(1)), { ok: true, state: "sealing" }, 1);
    expect(uploader.actions(1)).toContainEqual({ kind: "stopped" });
    expect(uploader.settled).toBe(true);
    expect(uploader.finished).toBe(false);
  });

  it("names -1 for a recording without chunks", () => {
    const [stop] = joined(made(0, "s", -1));
    expect(stop?.body.last_seq).toBe(-1);
  });

  it("is followed by asking now and then until the session is sealed, and only then is anything released", () => {
    const uploader = made(2, "s", 1);
    const [stop] = joined(uploader, [[0, 1]]);
    uploader.answered(there(stop), { ok: true, state: "sealing" }, 0);
    uploader.actions(0);
    const due = there(uploader.wakeAt());
    expect(due).toBeGreaterThan(1);
    const poll = only(uploader.actions(due));
    expect(poll.event).toBe("session.resume");
    uploader.answered(poll, resumed([[0, 1]], { state: "sealing" }), due);
    expect(uploader.actions(due)).toEqual([]);
    expect(there(uploader.wakeAt()) - due).toBeGreaterThan(due);
    uploader.moved("transcribing");
    const sealed = only(uploader.actions(due));
    uploader.answered(sealed, resumed([[0, 1]], { state: "transcribing", sealed_through: 1 }), due);
    expect(uploader.actions(due)).toEqual([{ kind: "release", seqs: [0, 1] }]);
    expect(uploader.finished).toBe(true);
    expect(uploader.safeThroughSample).toBe(200);
    expect(uploader.wakeAt()).toBeNull();
  });

  it("is told to a session that was sealed by itself, before its copies go, and once", () => {
    const uploader = made(1, "s", 0);
    const [stop] = joined(uploader, [[0, 0]], { state: "ready", sealed_through: 0 });
    expect(stop).toMatchObject({ event: "session.stop", body: { last_seq: 0 } });
    expect(uploader.settled).toBe(false);
    uploader.answered(there(stop), { ok: true, state: "ready" }, 0);
    expect(uploader.actions(0)).toEqual([{ kind: "stopped" }, { kind: "release", seqs: [0] }]);
    expect(uploader.finished).toBe(true);
  });

  it("is not repeated for ever where another last number counts", () => {
    const uploader = made(0, "s", 3);
    const [stop] = joined(uploader, [], { state: "ready" });
    uploader.answered(there(stop), refused("session_closed", false), 0);
    uploader.answered(only(uploader.actions(0)), resumed([], { state: "ready" }), 0);
    expect(asks(uploader.actions(0))).toEqual([]);
    expect(uploader.settled).toBe(true);
  });

  it("keeps the chunks of a recording that goes on, even if the server has sealed it by itself", () => {
    const uploader = made(1);
    joined(uploader, [[0, 0]], { state: "transcribing", sealed_through: 0 });
    expect(uploader.actions(1000)).toEqual([]);
  });

  it("sends again what a sealed session has lost", () => {
    const uploader = made(1, "s", 0);
    expect(seqs(joined(uploader, [], { state: "transcribing" }))).toEqual([0]);
  });
});

describe("pauses", () => {
  it("are told again where no answer came, unless a newer wish took their place", () => {
    const uploader = made(0);
    uploader.paused(100);
    const [lost] = joined(uploader);
    uploader.answered(there(lost), undefined, 0);
    const again = only(uploader.actions(1));
    expect(again).toMatchObject({ event: "session.pause", body: { at_sample: 100 } });
    uploader.continued(250);
    uploader.answered(again, { ok: true, state: "paused" }, 1);
    const newer = only(uploader.actions(1));
    expect(newer).toMatchObject({ event: "session.continue", body: { at_sample: 250 } });
    uploader.answered(newer, { ok: true, state: "recording" }, 1);
    expect(uploader.actions(1)).toEqual([]);
    expect(uploader.wakeAt()).toBeNull();
  });

  it("are told when nothing else is under way, the newest wish only", () => {
    const uploader = made(0);
    uploader.paused(100);
    uploader.continued(250);
    const [wish] = joined(uploader);
    expect(wish).toMatchObject({ event: "session.continue", body: { session_id: "s", at_sample: 250 } });
    uploader.answered(there(wish), refused("session_closed", false), 0);
    expect(uploader.failure).toBeNull();
  });
});
