import type { ReactNode } from "react";

import styles from "./pill.module.css";
import type { Tone } from "./tone";
import tones from "./tone.module.css";

interface PillProps {
  tone: Tone;
  /** The dot breathes: something is under way. */
  live?: boolean;
  children: ReactNode;
}

/** A short word about a state. The colour is never the only sign: the word says it too. */
export function Pill({ tone, live = false, children }: PillProps) {
  return (
    <span className={`${styles.pill} ${tones[tone]}`}>
      <span className={live ? `${styles.dot} ${styles.live}` : styles.dot} aria-hidden="true" />
      {children}
    </span>
  );
}
