import type { ReactNode } from "react";

import { CheckIcon, InfoIcon, WarningIcon } from "./icons";
import styles from "./problem.module.css";
import tones from "./tone.module.css";

interface ProblemProps {
  tone?: "bad" | "warn" | "calm" | "good";
  /** What happened, in a few words. */
  title: string;
  /** What happened, in a sentence, where the title is not enough. */
  what?: ReactNode;
  /** What is safe. Said whenever audio is at stake. */
  safe?: ReactNode;
  /** What to do now. */
  todo?: ReactNode;
  /** Buttons that do it. */
  actions?: ReactNode;
  /** Said at once by a screen reader rather than after what is being read. */
  urgent?: boolean;
}

const ICONS = { bad: WarningIcon, warn: WarningIcon, calm: InfoIcon, good: CheckIcon };

/** Something went wrong, or wants to be known: what happened, what is safe, what to do. */
export function Problem({ tone = "bad", title, what, safe, todo, actions, urgent = false }: ProblemProps) {
  const Icon = ICONS[tone];
  return (
    <div className={`${styles.problem} ${tones[tone]}`} role={urgent ? "alert" : "status"}>
      <p className={styles.title}>
        <Icon />
        {title}
      </p>
      <div className={styles.rows}>
        {what !== undefined && <p>{what}</p>}
        {safe !== undefined && <p className={styles.safe}>{safe}</p>}
        {todo !== undefined && <p>{todo}</p>}
      </div>
      {actions !== undefined && <div className={styles.actions}>{actions}</div>}
    </div>
  );
}
