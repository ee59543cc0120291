import { Button } from "@mantine/core";
import { useEffect, useRef } from "react";

import { InfoIcon, RetryIcon } from "../looks/icons";
import { clock } from "../looks/time";
import tones from "../looks/tone.module.css";
import { useValue } from "../screens/use_value";
import type { Desk } from "./desk";
import { refusalWords } from "./refusal_words";
import styles from "./transcript.module.css";

/** A removed segment that was asked for again. */
export interface ComingBack {
  /** Why it did not come back: a WireError's code; null while it may. */
  trouble: string | null;
}

interface RemovedRowProps {
  desk: Desk;
  segmentId: string;
  startMs: number;
  endMs: number;
}

/** Stands where the text was, so that a slip is mended where it happened. */
export function RemovedRow({ desk, segmentId, startMs, endMs }: RemovedRowProps) {
  const back = useRef<HTMLButtonElement>(null);
  const asked = useValue(desk.comingBack).get(segmentId);
  useEffect(() => {
    // Who removed it with the keyboard goes on here; nobody is called away from somewhere else.
    if (desk.justRemoved(segmentId) && document.activeElement === document.body) back.current?.focus();
  }, [desk, segmentId]);
  const from = clock(startMs);
  return (
    <div className={`${styles.gap} ${styles.removed} ${tones.calm}`}>
      <p className={styles.gapTitle}>
        <InfoIcon size={20} />
        Nothing was said {from} to {clock(endMs)}
      </p>
      <Button
        ref={back}
        size="sm"
        variant="default"
        leftSection={<RetryIcon size={18} />}
        aria-label={`Put back what was said at ${from}`}
        loading={asked?.trouble === null}
        onClick={() => void desk.putBack(segmentId)}
      >
        Put back
      </Button>
      {typeof asked?.trouble === "string" && (
        <p className={styles.gapMore} role="alert">
          {refusalWords(asked.trouble)}
        </p>
      )}
    </div>
  );
}
