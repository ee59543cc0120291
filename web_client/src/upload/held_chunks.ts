import type { ListedChunk } from "../outbox/outbox";

type Standing = "ready" | "delayed" | "under_way" | "stored" | "refused" | "released";

interface Held {
  chunk: ListedChunk;
  standing: Standing;
  tries: number;
  dueAt: number;
}

/** The chunks of one recording and how far each has come. Pure; used by the uploader alone. */
export class HeldChunks {
  private readonly held = new Map<number, Held>();
  private firstUnsafe = 0;

  /** A chunk that the server is known to hold counts so until it says otherwise. */
  add(chunk: ListedChunk): void {
    const standing = ({ waiting: "ready", stored: "stored", refused: "refused" } as const)[chunk.fate];
    this.held.set(chunk.seq, { chunk, standing, tries: 0, dueAt: 0 });
  }

  count(...standings: Standing[]): number {
    let count = 0;
    for (const each of this.held.values()) if (standings.includes(each.standing)) count += 1;
    return count;
  }

  /** The end, in samples, of what the server holds without a gap from chunk 0 on. */
  safeThroughSample(): number {
    // Chunks before the first one here were released in an earlier life of the page.
    if (this.firstUnsafe === 0 && this.held.size > 0) this.firstUnsafe = Math.min(...this.held.keys());
    let each = this.held.get(this.firstUnsafe);
    while (each?.standing === "stored" || each?.standing === "released") {
      this.firstUnsafe += 1;
      each = this.held.get(this.firstUnsafe);
    }
    const last = this.held.get(this.firstUnsafe - 1)?.chunk;
    return last === undefined ? 0 : last.firstSample + last.sampleCount;
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
    this.move(seq, "stored");
  }

  refused(seq: number): void {
    this.move(seq, "refused");
  }

  released(seq: number): void {
    this.move(seq, "released");
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
    const found: number[] = [];
    const lost: number[] = [];
    for (const [seq, each] of this.held) {
      if (each.standing === "refused" || each.standing === "released") continue;
      const before = each.standing;
      each.standing = holds(seq) ? "stored" : "ready";
      if (before === "stored" && each.standing === "ready") lost.push(seq);
      if (before !== "stored" && each.standing === "stored") found.push(seq);
    }
    this.firstUnsafe = 0;
    return { found, lost };
  }

  storedSeqs(): number[] {
    return [...this.held].filter(([, each]) => each.standing === "stored").map(([seq]) => seq);
  }

  private move(seq: number, standing: Standing): void {
    const each = this.held.get(seq);
    if (each !== undefined) each.standing = standing;
  }
}
