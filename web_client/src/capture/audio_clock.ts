import type { Block } from "./block";

/** Both clocks at one moment; `wallMs` is only asked whether the machine slept, and how long. */
export interface Moment {
  /** The audio clock, in frames. */
  frame: number;
  monotonicMs: number;
  wallMs: number;
}

export interface Placed {
  /** Samples of the timeline that are missing before the block. */
  hole: number;
  block: Block;
}

/** The server takes up to 100 ms for jitter; audio devices deliver in pieces of up to that. */
const STALL_MS = 200;
/** The audio thread catches up after a busy moment, a stalled device doesn't. */
const MOMENTS_TO_BELIEVE = 5;
/** How fast the expected distance of the clocks follows the seen one: quartzes drift by some 10 us in a block. */
const DRIFT = 0.01;
/**
 * While a machine sleeps, the monotonic clock stands still on some systems: then only the wall clock tells for how long.
 * It is believed where the audio clock stood too, since a device needs a moment to begin again after a sleep. Alone, it
 * was set.
 */
const SLEPT_MS = 5000;
const AWAKENING_MS = 50;
/** A working day: what is longer was a clock that was set. */
export const LONGEST_HOLE_MS = 12 * 60 * 60 * 1000;
/** Within this time of the jump the device has begun again. */
const JUMP_LASTS_MS = 10_000;

interface Suspicion {
  /** What was rendered up to here was before the stall. */
  fromFrame: number;
  leastMs: number;
  momentsLeft: number;
}

/**
 * Puts blocks on the timeline. While the audio clock runs, it counts what is missing: frames that no block covers. When
 * it stands (suspended context, frozen device), it falls behind the monotonic clock, and stays behind.
 */
export class AudioClock {
  private expectedFrame: number | null = null;
  private lagMs: number | null = null;
  private wallAheadMs: number | null = null;
  /** The wall clock went on by so much while the monotonic clock stood; of interest until then. */
  private jump: { ms: number; untilMs: number } | null = null;
  private lastSeenFrame = 0;
  private suspicion: Suspicion | null = null;
  private stall: { fromFrame: number; samples: number } | null = null;
  private readonly waiting: Block[] = [];

  constructor(private readonly sampleRate: number) {}

  /** A block that arrived, and when. Blocks come back in order; at a suspected stall some are kept for half a second. */
  take(block: Block, now: Moment): Placed[] {
    this.waiting.push(block);
    this.watch(now);
    return this.place();
  }

  /** Everything that is kept, judged by what is known now. */
  settle(): Placed[] {
    if (this.suspicion !== null) this.judge(this.suspicion);
    return this.place();
  }

  private watch(now: Moment): void {
    const lag = now.monotonicMs - (now.frame * 1000) / this.sampleRate;
    this.watchWall(now);
    this.lagMs ??= lag;
    const behind = lag - this.lagMs;
    if (this.suspicion !== null) this.follow(this.suspicion, behind);
    else if (behind > this.leastStallMs) {
      this.suspicion = {
        fromFrame: this.surelyBefore(now),
        leastMs: behind,
        momentsLeft: MOMENTS_TO_BELIEVE,
      };
    } else this.lagMs += behind < 0 ? behind : behind * DRIFT;
    this.lastSeenFrame = now.frame;
  }

  private watchWall({ wallMs, monotonicMs }: Moment): void {
    const ahead = wallMs - monotonicMs;
    const jumped = ahead - (this.wallAheadMs ?? ahead);
    this.wallAheadMs = ahead;
    if (jumped > SLEPT_MS)
      this.jump = { ms: Math.min(jumped, LONGEST_HOLE_MS), untilMs: monotonicMs + JUMP_LASTS_MS };
    else if (this.jump !== null && monotonicMs > this.jump.untilMs) this.jump = null;
  }

  private get leastStallMs(): number {
    return this.jump === null ? STALL_MS : AWAKENING_MS;
  }

  /** What was rendered since the last look may be from after the stall, unless it is more than the first pieces. */
  private surelyBefore(now: Moment): number {
    return Math.max(this.lastSeenFrame, now.frame - (STALL_MS * this.sampleRate) / 1000);
  }

  private follow(suspicion: Suspicion, behind: number): void {
    suspicion.leastMs = Math.min(suspicion.leastMs, behind);
    suspicion.momentsLeft -= 1;
    if (suspicion.momentsLeft === 0) this.judge(suspicion);
  }

  private judge({ fromFrame, leastMs }: Suspicion): void {
    this.suspicion = null;
    if (leastMs <= this.leastStallMs) return;
    this.lagMs = (this.lagMs ?? 0) + leastMs;
    const missingMs = leastMs + (this.jump?.ms ?? 0);
    this.jump = null;
    this.stall = { fromFrame, samples: Math.round((missingMs * this.sampleRate) / 1000) };
  }

  private place(): Placed[] {
    const placed: Placed[] = [];
    for (let block = this.waiting[0]; block !== undefined; block = this.waiting[0]) {
      const end = block.frame + block.samples.length;
      if (this.suspicion !== null && end > this.suspicion.fromFrame) break;
      this.waiting.shift();
      let hole = block.frame - (this.expectedFrame ?? block.frame);
      if (this.stall !== null && end > this.stall.fromFrame) {
        hole += this.stall.samples;
        this.stall = null;
      }
      this.expectedFrame = end;
      placed.push({ hole, block });
    }
    return placed;
  }
}
