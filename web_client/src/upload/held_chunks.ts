import type { ListedChunk } from "../outbox/outbox";
import { StoredChunks } from "./stored_chunks";

type Standing = "ready" | "delayed" | "under_way" | "refused";

interface Held {
  chunk: ListedChunk;
  standing: Standing;
  tries: number;
  dueAt: number;
}

/** The chunks of one recording and how far each has come. Pure; used by the uploader alone. */
export class HeldChunks {
  /** Those that the server does not hold: few, however long the recording is. */
  private readonly held = new Map<number, Held>();
  private readonly onServer = new StoredChunks();
  private firstUnsafe = 0;

  /** A chunk that the server is known to hold counts so until it says otherwise; one that is here stays as it is. */
  add(chunk: ListedChunk): void {
    if (this.held.has(chunk.seq) || this.onServer.markOf(chunk.seq) !== null) return;
    this.hold(chunk, chunk.fate === "refused" ? "refused" : "ready");
    if (chunk.fate === "stored") this.stored(chunk.seq);
  }

  count(...standings: Standing[]): number {
    let count = 0;
    for (const each of this.held.values()) if (standings.includes(each.standing)) count += 1;
    return count;
  }

  get storedCount(): number {
    return this.onServer.storedCount;
  }

  /** The end, in samples, of what the server holds without a gap from chunk 0 on. */
  safeThroughSample(): number {
    // Chunks before the first one here were released in an earlier life of the page.
    if (this.firstUnsafe === 0) this.firstUnsafe = this.lowest();
    while (this.onServer.markOf(this.firstUnsafe) !== null) this.firstUnsafe += 1;
    return this.firstUnsafe === 0 ? 0 : (this.onServer.endOf(this.firstUnsafe - 1) ?? 0);
  }

  lowestReady(): ListedChunk | null {
    let lowest: ListedChunk | null = null;
    for (const { chunk, standing } of this.held.values()) {
      if (standing === "ready" && (lowest === null || chunk.seq < lowest.seq)) lowest = chunk;
    }
    return lowest;
  }

  nextDueAt(): number | null {
    let next: number | null = null;
    for (const { standing, dueAt } of this.held.values()) {
      if (standing === "delayed" && (next === null || dueAt < next)) next = dueAt;
    }
    return next;
  }

  underWay(seq: number): void {
    this.move(seq, "under_way");
  }

  stored(seq: number): void {
    this.putAway(seq, "stored");
  }

  refused(seq: number): void {
    this.move(seq, "refused");
  }

  released(seq: number): void {
    this.putAway(seq, "released");
  }

  /** How often it has failed, this time included. */
  failed(seq: number): number {
    const each = this.held.get(seq);
    return each === undefined ? 0 : (each.tries += 1);
  }

  delay(seq: number, dueAt: number): void {
    this.move(seq, "delayed");
    const each = this.held.get(seq);
    if (each !== undefined) each.dueAt = dueAt;
  }

  releaseDelayed(now: number): void {
    for (const each of this.held.values()) {
      if (each.standing === "delayed" && each.dueAt <= now) each.standing = "ready";
    }
  }

  /** What the server holds, by its own word; says what changed by that. */
  heldByServer(holds: (seq: number) => boolean): { found: number[]; lost: number[] } {
    const lost = this.storedSeqs().filter((seq) => !holds(seq));
    const sent = [...this.held.values()].filter((each) => each.standing !== "refused");
    for (const each of sent) each.standing = "ready";
    const found = sent.map(({ chunk }) => chunk.seq).filter(holds);
    for (const seq of found) this.stored(seq);
    for (const seq of lost) this.move(seq, "ready");
    this.firstUnsafe = 0;
    return { found, lost };
  }

  storedSeqs(): number[] {
    return this.onServer.storedSeqs();
  }

  private lowest(): number {
    const lowest = Math.min(this.onServer.lowest() ?? Infinity, ...this.held.keys());
    return lowest === Infinity ? 0 : lowest;
  }

  private hold(chunk: ListedChunk, standing: Standing): void {
    this.held.set(chunk.seq, { chunk, standing, tries: 0, dueAt: 0 });
  }

  private putAway(seq: number, mark: "stored" | "released"): void {
    const chunk = this.held.get(seq)?.chunk ?? this.onServer.take(seq);
    if (chunk === null) return;
    this.held.delete(seq);
    this.onServer.put(chunk, mark);
  }

  private move(seq: number, standing: Standing): void {
    const each = this.held.get(seq);
    if (each !== undefined) {
      each.standing = standing;
      return;
    }
    const chunk = this.onServer.take(seq);
    if (chunk !== null) this.hold(chunk, standing);
  }
}
