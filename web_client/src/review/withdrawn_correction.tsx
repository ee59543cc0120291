import { Button, Textarea } from "@mantine/core";
import { useEffect, useRef } from "react";

import { Problem } from "../looks/problem";
import { clock } from "../looks/time";
import type { Correction } from "./correction";
import type { Desk } from "./desk";
import styles from "./transcript.module.css";

/** What was written for a segment that has gone away meanwhile: it has nowhere to be saved, but it can be copied. */
export function WithdrawnCorrection({ desk, correction }: { desk: Desk; correction: Correction }) {
  const field = useRef<HTMLTextAreaElement>(null);
  const { blocked, now, phase, startMs } = correction;
  useEffect(() => {
    // Who was writing in the editor that stood here goes on here; nobody is called away from somewhere else.
    if (!blocked && document.activeElement !== document.body) return;
    field.current?.focus();
    field.current?.scrollIntoView({ block: "center" });
  }, [blocked]);
  const cancel = (): void => desk.step({ type: "cancel" });
  return (
    <section
      className={`${styles.editor} ${styles.withdrawn}`}
      aria-label={`Correction of ${clock(startMs)}`}
      onKeyDown={(event) => {
        if (event.key !== "Escape" || event.nativeEvent.isComposing) return;
        event.preventDefault();
        event.stopPropagation();
        cancel();
      }}
    >
      <Problem
        tone="warn"
        title={blocked ? "Close this correction first" : "This part has changed meanwhile"}
        what="It was transcribed again, or somebody removed it, so your text cannot be saved here."
        todo="Copy your text, then correct what stands here now."
        urgent
      />
      <Textarea
        ref={field}
        label="Your text"
        autosize
        minRows={2}
        value={now.text}
        readOnly
        onFocus={(event) => event.currentTarget.select()}
      />
      <div className={styles.editorActions}>
        <Button variant="default" disabled={phase === "saving"} onClick={cancel}>
          Cancel
        </Button>
      </div>
    </section>
  );
}
