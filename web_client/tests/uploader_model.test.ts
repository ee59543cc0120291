import { expect, test } from "vitest";

import type { ListedChunk } from "../src/outbox/outbox";
import type { Action, Ask } from "../src/upload/upload_action";
import { Uploader } from "../src/upload/uploader";
import { isFields } from "../src/wire/answer";
import { chance, entry } from "./chunks";
import { there } from "./there";

const CREDIT = 4;
const FAULTS = [
  "lost",
  "unanswered",
  "empty",
  "wrong",
  "busy",
  "break",
  "break_after",
  "restore",
  "bye",
  "crash",
];

type Fault = string;

/** A server with a store, a network with faults, a page that crashes, on a clock of its own. */
class World {
  now = 0;
  readonly stored = new Map<number, string>();
  readonly kept = new Map<number, ListedChunk>();
  private readonly random: () => number;
  private readonly events: { at: number; order: number; happen: () => void }[] = [];
  private readonly faults: Fault[] = [];
  private order = 0;
  private known = false;
  private state = "recording";
  private epoch = 0;
  private connection = 0;
  private online = false;
  private underWay = 0;
  /** How many acknowledgements of chunks this connection has brought. */
  private acknowledged = 0;
  mostUnderWay = 0;
  private remembered: { sessionId: string | null; epoch: string | null } = { sessionId: null, epoch: null };
  private lastSeq: number | null = null;
  private stopAnswered = false;
  uploader: Uploader;

  constructor(
    seed: number,
    private readonly chunks: number,
  ) {
    this.random = chance(seed);
    const faults = Math.floor(this.random() * 40);
    for (let i = 0; i < faults; i += 1) {
      this.faults.push(
        this.random() < 0.4 ? "none" : there(FAULTS[Math.floor(this.random() * FAULTS.length)]),
      );
    }
    this.uploader = this.newUploader();
  }

  run(): void {
    for (let seq = 0; seq < this.chunks; seq += 1) this.after(seq, () => this.record(seq));
    this.after(this.chunks, () => this.end());
    this.connect();
    for (let steps = 0; steps < 20_000; steps += 1) {
      this.pump();
      if (this.uploader.finished && this.state === "ready" && this.kept.size === 0) return;
      const wake = this.uploader.wakeAt();
      const next = this.events[0];
      if (wake !== null && (next === undefined || wake < next.at)) {
        expect(wake, "due, and yet nothing was done").toBeGreaterThan(this.now);
        this.now = wake;
        continue;
      }
      if (next === undefined) throw new Error("stuck: nothing is under way and nothing is due");
      this.events.shift();
      this.now = next.at;
      next.happen();
    }
    throw new Error("does not come to an end");
  }

  private newUploader(): Uploader {
    return new Uploader({
      start: { client_ref: "r" },
      ...this.remembered,
      lastSeq: this.lastSeq,
      stopAnswered: this.stopAnswered,
      jitter: this.random,
    });
  }

  private after(delay: number, happen: () => void): void {
    this.order += 1;
    this.events.push({ at: this.now + delay, order: this.order, happen });
    this.events.sort((a, b) => a.at - b.at || a.order - b.order);
  }

  private record(seq: number): void {
    this.kept.set(seq, entry(seq));
    this.uploader.recorded(entry(seq));
  }

  private end(): void {
    this.lastSeq = this.chunks - 1;
    this.uploader.ended(this.lastSeq);
  }

  private connect(): void {
    if (this.online) return;
    this.connection += 1;
    this.online = true;
    this.underWay = 0;
    this.acknowledged = 0;
    this.uploader.connected({ epoch: `e${this.epoch}`, credit: CREDIT, maxChunkBytes: null });
  }

  private disconnect(): void {
    if (!this.online) return;
    this.online = false;
    this.uploader.disconnected();
    this.after(1, () => this.connect());
  }

  /** The page is gone; a new one finds what was kept. */
  private crash(): void {
    this.disconnect();
    this.uploader = this.newUploader();
    for (const chunk of this.kept.values()) this.uploader.recorded(chunk);
  }

  private pump(): void {
    for (const action of this.uploader.actions(this.now)) this.carryOut(action);
  }

  private carryOut(action: Action): void {
    switch (action.kind) {
      case "ask":
        if (!this.online) return; // Into a connection that broke under an earlier one.
        this.underWay += 1;
        this.mostUnderWay = Math.max(this.mostUnderWay, this.underWay);
        expect(this.underWay).toBeLessThanOrEqual(Math.min(2 ** this.acknowledged, CREDIT));
        this.arrive(action);
        return;
      case "release":
        for (const seq of action.seqs) {
          expect(this.state).toBe("ready");
          expect(this.stored.get(seq)).toBe(entry(seq).sha256);
          this.kept.delete(seq);
        }
        return;
      case "stored":
      case "lost": {
        const chunk = this.kept.get(action.seq);
        if (chunk !== undefined) {
          this.kept.set(action.seq, { ...chunk, fate: action.kind === "stored" ? "stored" : "waiting" });
        }
        return;
      }
      case "remember":
        this.remembered = { sessionId: action.sessionId, epoch: action.epoch };
        return;
      case "reconnect": {
        this.disconnect();
        return;
      }
      case "stopped":
        this.stopAnswered = true;
        return;
      case "set_aside":
        throw new Error("nothing was refused for good");
    }
  }

  private arrive(ask: Ask): void {
    const fault = this.faults.pop() ?? "none";
    if (fault === "break") {
      this.disconnect();
      return;
    }
    if (fault === "crash") {
      this.crash();
      return;
    }
    if (fault === "restore" && this.state === "recording") {
      this.restore();
      return;
    }
    const answer = this.handle(ask, fault);
    if (fault === "break_after") {
      this.disconnect();
      return;
    }
    if (fault === "bye") {
      this.uploader.leaving();
      this.after(0.5, () => this.disconnect());
    }
    const { connection, uploader } = this;
    const delay = fault === "lost" || fault === "unanswered" ? 15 : this.random();
    this.after(delay, () => {
      if (connection !== this.connection || !this.online) return;
      this.underWay -= 1;
      if (ask.chunk !== null && isFields(answer) && answer.sha256 === ask.chunk.sha256)
        this.acknowledged += 1;
      uploader.answered(ask, answer, this.now);
    });
  }

  /** From a backup that lacks some chunks, and perhaps the session. */
  private restore(): void {
    this.epoch += 1;
    this.known = this.random() < 0.5;
    for (const seq of [...this.stored.keys()]) {
      if (!this.known || this.random() < 0.5) this.stored.delete(seq);
    }
    this.disconnect();
  }

  private handle(ask: Ask, fault: Fault): unknown {
    if (fault === "lost") return undefined;
    if (fault === "busy") {
      return { ok: false, error: { code: "overloaded", message: "", retryable: true, retry_after_s: 2 } };
    }
    if (fault === "wrong") return { ok: true, seq: -1, sha256: "", state: 7, stored: "none" };
    const answer = this.accept(ask);
    return fault === "empty" || fault === "unanswered" ? undefined : answer;
  }

  private accept(ask: Ask): object {
    const epoch = `e${this.epoch}`;
    if (ask.event === "session.start") {
      this.known = true;
      return { ok: true, session_id: "s", state: this.state, next_seq: 0 };
    }
    if (!this.known) return { ok: false, error: { code: "not_found", message: "", retryable: false } };
    if (ask.event === "session.resume") {
      const stored = [...this.stored.keys()].map((seq) => [seq, seq]);
      return { ok: true, session_id: "s", state: this.state, stored, sealed_through: -1, epoch };
    }
    if (ask.chunk !== null) {
      expect(this.state).toBe("recording");
      this.stored.set(ask.chunk.seq, ask.chunk.sha256);
      return { ok: true, seq: ask.chunk.seq, sha256: ask.chunk.sha256, epoch };
    }
    expect(this.stored.size, "Stop before everything is stored").toBe(this.chunks);
    if (this.state === "recording") {
      this.state = "sealing";
      this.after(1, () => (this.state = "ready"));
    }
    return { ok: true, state: this.state };
  }
}

test("whatever the network and the page do, every chunk arrives and is kept until the session is sealed", () => {
  let mostUnderWay = 0;
  for (let seed = 0; seed < 1500; seed += 1) {
    const chunks = seed % 13;
    const world = new World(seed, chunks);
    try {
      world.run();
      expect([...world.stored.keys()].sort((a, b) => a - b)).toEqual([...Array(chunks).keys()]);
      expect(world.uploader.failure).toBeNull();
      expect(world.uploader.refused).toBe(0);
      mostUnderWay = Math.max(mostUnderWay, world.mostUnderWay);
    } catch (error) {
      throw new Error(`seed ${seed}`, { cause: error });
    }
  }
  expect(mostUnderWay).toBe(CREDIT);
}, 60_000);
