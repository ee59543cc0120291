import { lastBegun, type SpokenWords, spokenWords, wordAt } from "./word_at";

/** Ids and attributes by which the light finds what the transcript has drawn. */
export const segmentElementId = (segmentId: string): string => `part-${segmentId}`;
export const WORD = "data-word";
const LIT = "data-lit";

/** What of the screen the reader looks at: below the bar at the top, above the player. */
const TOP_PX = 90;
const BOTTOM_PX = 220;

interface Shown {
  words: SpokenWords;
  segmentIds: readonly string[];
}

/**
 * Lights up the word that is heard, and its segment, by touching just those elements; nothing is rendered for it.
 * While it follows, what is heard is kept on the screen.
 */
export class Spotlight {
  following = true;
  private shown: Shown = { words: spokenWords([]), segmentIds: [] };
  /** Words, as their places in `shown`: the last one that began, and the one that is heard, -1 for none. */
  private begun = -2;
  private heard = -2;
  private word: Element | null = null;
  private segment: HTMLElement | null = null;

  show(shown: Shown): void {
    this.shown = shown;
    this.begun = -2;
  }

  /** Called for every frame while playing, and after every jump. In silence the segment before stays marked. */
  move(ms: number, { scroll }: { scroll: boolean }): void {
    const { words } = this.shown;
    const begun = lastBegun(words.starts, ms);
    const heard = wordAt(words, ms);
    if (begun === this.begun && heard === this.heard && this.isLit()) return;
    const isNew = begun !== this.begun;
    this.begun = begun;
    this.heard = heard;
    const segment = this.segmentElement(begun);
    this.light("segment", segment);
    this.light("word", heard === -1 ? null : this.wordElement(segment, heard));
    if (isNew && segment !== null && scroll && this.following) this.bringIntoView(segment);
  }

  /** Scrolls to what is lit, once. */
  findAgain(): void {
    if (this.segment !== null) this.bringIntoView(this.segment);
  }

  /** The segment that is heard at `ms`, or that was heard last. */
  segmentIdAt(ms: number): string | null {
    return this.idOf(lastBegun(this.shown.words.starts, ms));
  }

  clear(): void {
    this.light("word", null);
    this.light("segment", null);
    this.begun = -2;
  }

  /** The words of a segment are drawn only when it comes near the screen: its word may be found a little later. */
  private isLit(): boolean {
    const hasSegment = this.begun === -1 || this.segment?.isConnected === true;
    return hasSegment && (this.heard === -1 || this.word?.isConnected === true);
  }

  private idOf(word: number): string | null {
    return this.shown.segmentIds[this.shown.words.segments[word] ?? -1] ?? null;
  }

  private segmentElement(word: number): HTMLElement | null {
    const id = this.idOf(word);
    return id === null ? null : document.getElementById(segmentElementId(id));
  }

  private wordElement(segment: HTMLElement | null, word: number): Element | null {
    return segment?.querySelector(`[${WORD}="${this.shown.words.places[word] ?? -1}"]`) ?? null;
  }

  private light(which: "word" | "segment", next: Element | null): void {
    const old = this[which];
    if (old === next) return;
    old?.removeAttribute(LIT);
    next?.setAttribute(LIT, "");
    if (which === "word") this.word = next;
    else this.segment = next as HTMLElement | null;
  }

  private bringIntoView(segment: HTMLElement): void {
    const { top, bottom } = (this.word ?? segment).getBoundingClientRect();
    if (top >= TOP_PX && bottom <= innerHeight - BOTTOM_PX) return;
    const target = this.word ?? segment;
    target.scrollIntoView({ block: "center", behavior: isCalm(top) ? "smooth" : "instant" });
  }
}

/** A short way may be seen; a long one would fly past, and some people asked for no motion at all. */
function isCalm(top: number): boolean {
  const isNear = top > -innerHeight && top < 2 * innerHeight;
  return isNear && !matchMedia("(prefers-reduced-motion: reduce)").matches;
}

const SCROLLING_KEYS: ReadonlySet<string> = new Set([
  "PageUp",
  "PageDown",
  "Home",
  "End",
  "ArrowUp",
  "ArrowDown",
]);

const OWNS_KEYS = "input, textarea, select, dialog, [role=slider], [role=menu], [role=dialog]";

/** Calls `scrolled` when a person scrolls the page; the page's own scrolling does not count. */
export function onPersonScrolls(scrolled: () => void): () => void {
  const stop = new AbortController();
  const options = { signal: stop.signal, passive: true };
  addEventListener("wheel", scrolled, options);
  addEventListener("touchmove", scrolled, options);
  addEventListener(
    "keydown",
    (event) => {
      // A slider, a list or a field has its own use for these keys.
      const isOwned = event.target instanceof Element && event.target.closest(OWNS_KEYS) !== null;
      if (SCROLLING_KEYS.has(event.key) && !event.defaultPrevented && !isOwned) scrolled();
    },
    options,
  );
  addEventListener(
    "pointerdown",
    (event) => {
      // The page's scroll bar lies beside everything that is drawn.
      if (event.clientX >= document.documentElement.clientWidth) scrolled();
    },
    options,
  );
  return () => stop.abort();
}
