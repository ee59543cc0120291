import { Button } from "@mantine/core";
import { useEffect, useRef } from "react";

import { InfoIcon, RetryIcon } from "../looks/icons";
import { clock } from "../looks/time";
import tones from "../looks/tone.module.css";
import type { Desk } from "./desk";
import { refusalWords } from "./refusal_words";
import styles from "./transcript.module.css";

/** A stretch of which somebody said that there is no speech in it. */
export interface RemovedPart {
  startMs: number;
  endMs: number;
  phase: "removed" | "coming_back";
  /** Why it did not come back: a WireError's code. */
  trouble: string | null;
}

interface RemovedRowProps {
  desk: Desk;
  segmentId: string;
  part: RemovedPart;
}

/** Stands where the text was, so that a slip is mended where it happened. */
export function RemovedRow({ desk, segmentId, part }: RemovedRowProps) {
  const back = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    // Who removed it with the keyboard goes on here; nobody is called away from somewhere else.
    if (document.activeElement === document.body) back.current?.focus();
  }, []);
  const from = clock(part.startMs);
  return (
    <div className={`${styles.gap} ${styles.removed} ${tones.calm}`}>
      <p className={styles.gapTitle}>
        <InfoIcon size={20} />
        Nothing was said {from} to {clock(part.endMs)}
      </p>
      <Button
        ref={back}
        size="sm"
        variant="default"
        leftSection={<RetryIcon size={18} />}
        aria-label={`Put back what was said at ${from}`}
        loading={part.phase === "coming_back"}
        onClick={() => void desk.putBack(segmentId)}
      >
        Put back
      </Button>
      {part.trouble !== null && (
        <p className={styles.gapMore} role="alert">
          {refusalWords(part.trouble)}
        </p>
      )}
    </div>
  );
}
