import { Fragment, memo } from "react";

import type { WireSegment } from "../wire/messages";
import { pieces } from "./pieces";
import styles from "./transcript.module.css";

/** Below this the recogniser was guessing; the server counts guessed words by the same limit (`quality.py`). */
const UNSURE = 0.5;

/** A segment's text. Far from the screen it is plain text, which is found by the browser's search all the same; near
 *  it every word can be clicked and lit. Both take the same room. */
export const Words = memo(function Words({ segment, near }: { segment: WireSegment; near: boolean }) {
  if (!near) return segment.text;
  return pieces(segment.text, segment.words).map(({ text, word: i }, at) => {
    const word = segment.words[i];
    if (word === undefined) return <Fragment key={at}>{text}</Fragment>;
    const unsure = word.p < UNSURE && !segment.edited;
    return (
      <span key={at} data-word={i} data-at={word.s} className={unsure ? styles.unsure : undefined}>
        {text}
      </span>
    );
  });
});
