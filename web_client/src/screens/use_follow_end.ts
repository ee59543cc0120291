import { type RefObject, useCallback, useEffect, useRef, useState } from "react";

interface FollowEnd {
  /** The element that scrolls. */
  paper: RefObject<HTMLDivElement | null>;
  following: boolean;
  follow: () => void;
}

/** So near to the end a reader has not left it; a little more than a line. */
const NEAR_PX = 48;

/** Keeps the end of a growing text in view, until somebody scrolls away from it, and again once they are back. */
export function useFollowEnd(): FollowEnd {
  const paper = useRef<HTMLDivElement>(null);
  const [following, setFollowing] = useState(true);
  const wanted = useRef(true);
  const follow = useCallback(() => {
    wanted.current = true;
    setFollowing(true);
    scrollToEnd(paper.current);
  }, []);

  useEffect(() => {
    const element = paper.current;
    if (element === null) return;
    scrollToEnd(element);
    let top = element.scrollTop;
    const scrolled = (): void => {
      const near = element.scrollHeight - element.scrollTop - element.clientHeight < NEAR_PX;
      // Text that grows moves the end away, not the reader: only going up leaves it.
      if (near) wanted.current = true;
      else if (element.scrollTop < top) wanted.current = false;
      top = element.scrollTop;
      setFollowing(wanted.current);
    };
    const grown = new MutationObserver(() => {
      if (wanted.current) scrollToEnd(element);
    });
    grown.observe(element, { childList: true, subtree: true, characterData: true });
    const resized = new ResizeObserver(() => {
      if (wanted.current) scrollToEnd(element);
    });
    resized.observe(element);
    element.addEventListener("scroll", scrolled, { passive: true });
    return () => {
      grown.disconnect();
      resized.disconnect();
      element.removeEventListener("scroll", scrolled);
    };
  }, []);
  return { paper, following, follow };
}

function scrollToEnd(element: HTMLElement | null): void {
  if (element !== null) element.scrollTop = element.scrollHeight;
}
