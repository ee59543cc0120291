import type { Transcript } from "../live/transcript";
import { type Observable, Value } from "../observable";
import { codeOf } from "./code_of";
import type { WireSegment } from "../wire/messages";
import { changes, correct, type Correction, type CorrectionStep } from "./correction";
import { Player } from "./player";
import type { ReviewApi } from "./review_api";
import type { ComingBack } from "./removed_part";
import { type SavedSegment, seenOf } from "./saved_segments";
import { onPersonScrolls, Spotlight } from "./spotlight";
import { neighbour, spokenWords, type SpokenWords } from "./word_at";
import type { Zoom } from "./zoom";

/** A note that is being written; `isNew` until the server has it. */
export interface NoteDraft {
  id: string;
  atMs: number;
  text: string;
  isNew: boolean;
}

/** What the person at the review page does: hears, corrects, takes notes. One for each page that is open. */
export class Desk {
  readonly player: Player;
  readonly following = new Value(true);
  readonly zoom = new Value<Zoom>(1);
  readonly correction = new Value<Correction | null>(null);
  readonly saved = new Value<ReadonlyMap<string, SavedSegment>>(new Map());
  /** Removed segments that somebody here wants back, by id. */
  readonly comingBack = new Value<ReadonlyMap<string, ComingBack>>(new Map());
  readonly note = new Value<NoteDraft | null>(null);

  /** The segment that was removed here last, until its row has taken the focus. */
  private removing: string | null = null;
  private readonly light = new Spotlight();
  private segments: readonly WireSegment[] = [];
  private words: SpokenWords = spokenWords([]);
  private frame: number | null = null;
  private readonly stops: (() => void)[];

  constructor(
    private readonly api: ReviewApi,
    readonly sessionId: string,
    private readonly transcript: Observable<Transcript>,
    readonly sound: HTMLAudioElement = new Audio(),
  ) {
    sound.preload = "metadata";
    this.player = new Player(sound, () => api.audioUrl(sessionId));
    this.stops = [
      this.player.state.subscribe(() => this.run()),
      this.player.position.subscribe(() => this.lightUp()),
      transcript.subscribe(() => this.look()),
      onPersonScrolls(() => this.follow(false)),
    ];
  }

  close(): void {
    for (const stop of this.stops) stop();
    if (this.frame !== null) cancelAnimationFrame(this.frame);
    this.frame = null;
    this.light.clear();
    this.player.close();
  }

  /** The segments as they are drawn; call it after each drawing. */
  drawn(segments: readonly WireSegment[]): void {
    if (segments !== this.segments) {
      this.segments = segments;
      this.words = spokenWords(segments);
      this.light.show({ words: this.words, segmentIds: segments.map(({ id }) => id) });
    }
    this.lightUp();
  }

  hear(ms: number): void {
    this.player.playFrom(ms);
    this.light.move(ms, { scroll: false });
    this.light.following = true;
    this.following.set(true);
  }

  follow(on: boolean): void {
    this.light.following = on;
    this.following.set(on);
    if (on) this.light.findAgain();
  }

  toWord(direction: 1 | -1): void {
    const ms = neighbour(this.words, this.player.positionMs, direction);
    if (ms === null) return;
    this.player.seek(ms);
    if (this.following.get()) this.light.findAgain();
  }

  toSegment(direction: 1 | -1): void {
    const here = this.player.positionMs;
    // A little before where one is: "back" twice in a row shall not stay at the same beginning.
    const next =
      direction === 1
        ? this.segments.find((segment) => segment.start_ms > here)
        : this.segments.findLast((segment) => segment.start_ms < here - 400);
    if (next === undefined) return;
    this.player.seek(next.start_ms);
    this.follow(true);
  }

  segmentHeard(): WireSegment | null {
    const id = this.light.segmentIdAt(this.player.positionMs);
    return this.segments.find((segment) => segment.id === id) ?? null;
  }

  step(step: CorrectionStep): void {
    this.correction.update((state) => correct(state, step));
  }

  edit(segment: WireSegment): void {
    this.player.pause();
    this.step({ type: "open", segment });
  }

  async save(): Promise<void> {
    const before = this.correction.get();
    this.step({ type: "save" });
    const state = this.correction.get();
    if (state?.phase === "saving" && before?.phase === "open") await this.send(state, changes(state));
  }

  /** Nothing was said here: what was recognised goes away, through later runs too. */
  async remove(): Promise<void> {
    this.step({ type: "write", text: "" });
    await this.save();
  }

  /** Whether it was removed here a moment ago; true once, for who removed it goes on in its row. */
  justRemoved(segmentId: string): boolean {
    const isThis = this.removing === segmentId;
    if (isThis) this.removing = null;
    return isThis;
  }

  /** What was removed comes back as it was recognised. */
  async putBack(segmentId: string): Promise<void> {
    if (this.comingBack.get().get(segmentId)?.trouble === null) return;
    const show = (next: ComingBack): void =>
      this.comingBack.update((old) => new Map(old).set(segmentId, next));
    show({ trouble: null });
    try {
      this.keep(await this.api.correct(this.sessionId, segmentId, { text: null }));
      this.comingBack.update((old) => new Map([...old].filter(([id]) => id !== segmentId)));
    } catch (error) {
      show({ trouble: codeOf(error) });
    }
  }

  /** Back to what the recogniser had heard. */
  async revert(): Promise<void> {
    const state = this.correction.get();
    if (state?.phase !== "open") return;
    this.correction.set({ ...state, phase: "saving", trouble: null });
    await this.send(state, { text: null });
  }

  private async send(
    { segmentId }: Correction,
    content: { text?: string | null; speaker?: string | null },
  ): Promise<void> {
    this.removing = content.text === "" ? segmentId : null;
    try {
      this.keep(await this.api.correct(this.sessionId, segmentId, content));
      this.step({ type: "saved", segmentId });
    } catch (error) {
      this.removing = null;
      this.step({ type: "refused", segmentId, code: codeOf(error) });
    }
  }

  private keep(segment: WireSegment): void {
    const seen = seenOf(this.transcript.get(), segment.id);
    // The viewer has heard already that it has gone.
    if (seen === undefined) return;
    this.saved.update((old) => new Map(old).set(segment.id, { seen, segment }));
  }

  /** Whether somebody else changed what is being corrected here. */
  private look(): void {
    const state = this.correction.get();
    if (state === null) return;
    const transcript = this.transcript.get();
    const mine = this.saved.get().get(state.segmentId);
    if (mine !== undefined && mine.seen === seenOf(transcript, state.segmentId)) return;
    const now = transcript.segments.find(({ id }) => id === state.segmentId);
    this.step({ type: "seen", segment: now ?? { id: state.segmentId, text: "", speaker: null } });
  }

  private run(): void {
    const { playing } = this.player.state.get();
    if (playing && this.frame === null) this.nextFrame();
    if (!playing && this.frame !== null) {
      cancelAnimationFrame(this.frame);
      this.frame = null;
    }
  }

  private nextFrame(): void {
    this.frame = requestAnimationFrame(() => {
      this.light.move(this.player.positionMs, { scroll: true });
      this.nextFrame();
    });
  }

  private lightUp(): void {
    if (this.frame === null) this.light.move(this.player.positionMs, { scroll: false });
  }
}
