import { type RefObject, useCallback, useEffect, useRef, useState } from "react";

interface FollowEnd {
  /** The element that scrolls. */
  paper: RefObject<HTMLDivElement | null>;
  following: boolean;
  follow: () => void;
  leave: () => void;
}

/** On every element of the text whose place on the screen is kept while somebody reads. */
export const LINE = { "data-line": "" };

/** So near to the end a reader has not left it; a little more than a line. */
const NEAR_PX = 48;

/**
 * A scroll that has begun, by a key or by the momentum of a finger, goes on after the page has scrolled to the end: for
 * so long, since it moved last, a way up that the reader did nothing new for is what is left of it.
 */
const UNFINISHED_MS = 2_000;

/** What a reader does to scroll; a press is also one on the scroll bar. */
const OWN_DOING = ["wheel", "touchstart", "keydown", "pointerdown"] as const;

/**
 * Keeps the end of a growing text in view, until somebody scrolls away from it, and again once they are back. What is
 * read meanwhile stays where it is, whatever is added or taken away above it.
 */
export function useFollowEnd(): FollowEnd {
  const paper = useRef<HTMLDivElement>(null);
  const [following, setFollowing] = useState(true);
  const wanted = useRef(true);
  /** When the end was asked for, or a scroll towards it had to be repeated; null once the reader did something new. */
  const asked = useRef<number | null>(null);
  const want = useCallback((end: boolean) => {
    wanted.current = end;
    setFollowing(end);
  }, []);
  const follow = useCallback(() => {
    want(true);
    asked.current = performance.now();
    if (paper.current === null) return;
    scrollToEnd(paper.current);
    // The button that was pressed is gone now.
    paper.current.focus({ preventScroll: true });
  }, [want]);
  const leave = useCallback(() => want(false), [want]);

  useEffect(() => {
    const element = paper.current;
    if (element === null) return;
    scrollToEnd(element);
    let top = element.scrollTop;
    let read = linesInView(element);
    const scrolled = (): void => {
      const below = element.scrollHeight - element.scrollTop - element.clientHeight;
      const near = below < NEAR_PX;
      const now = performance.now();
      if (wanted.current && below > 1 && asked.current !== null && now - asked.current < UNFINISHED_MS) {
        asked.current = now;
        changed();
        return;
      }
      // Only the reader's own way down finds the end again, and only the way up leaves it: text that grows or goes
      // moves the end as well.
      if (near && element.scrollTop > top) want(true);
      else if (!near && element.scrollTop < top) want(false);
      top = element.scrollTop;
      read = linesInView(element);
    };
    const changed = (): void => {
      if (wanted.current) scrollToEnd(element);
      else element.scrollTop += moved(read);
      top = element.scrollTop;
      read = linesInView(element);
    };
    const touched = (): void => {
      asked.current = null;
    };
    const text = new MutationObserver(changed);
    text.observe(element, { childList: true, subtree: true, characterData: true });
    const size = new ResizeObserver(changed);
    size.observe(element);
    element.addEventListener("scroll", scrolled, { passive: true });
    for (const event of OWN_DOING) element.addEventListener(event, touched, { passive: true });
    return () => {
      text.disconnect();
      size.disconnect();
      element.removeEventListener("scroll", scrolled);
      for (const event of OWN_DOING) element.removeEventListener(event, touched);
    };
  }, [want]);
  return { paper, following, follow, leave };
}

function scrollToEnd(element: HTMLElement): void {
  element.scrollTop = element.scrollHeight;
}

/** The lines in view with their places in the text. */
function linesInView(element: HTMLElement): Map<HTMLElement, number> {
  const top = element.offsetTop + element.scrollTop;
  const lines = new Map<HTMLElement, number>();
  for (const line of element.querySelectorAll<HTMLElement>("[data-line]")) {
    if (line.offsetTop > top + element.clientHeight) break;
    if (line.offsetTop + line.offsetHeight > top) lines.set(line, line.offsetTop);
  }
  return lines;
}

/** By how much the first of the lines that is still there has moved within the text. */
function moved(lines: ReadonlyMap<HTMLElement, number>): number {
  for (const [line, place] of lines) if (line.isConnected) return line.offsetTop - place;
  return 0;
}
