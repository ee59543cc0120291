import { Button } from "@mantine/core";

import { RetryIcon } from "../looks/icons";
import { Problem } from "../looks/problem";
import { isUnderWay } from "../looks/state_badge";
import { NOT_HEARD } from "../screens/recording_troubles";
import { isSealed } from "../wire/session_state";
import { clock } from "../looks/time";
import type { Transcript } from "../live/transcript";
import styles from "./review_page.module.css";
import { canRetry, type Gap } from "./timeline";

interface TextStateProps {
  /** No recogniser runs for words that are waited for. */
  unheard: boolean;
  transcript: Transcript;
  gaps: readonly Gap[];
  connection: "connecting" | "connected" | "offline";
  retrying: boolean;
  /** The last retry was refused. */
  refused: boolean;
  retry: () => void;
  /** What to do before it is tried again. */
  advice: string | undefined;
}

/** Whether the text below is all there will be. */
export function TextState({
  unheard,
  transcript,
  gaps,
  connection,
  retrying,
  refused,
  retry,
  advice,
}: TextStateProps) {
  const failed = gaps.filter(({ reason }) => canRetry(reason)).length;
  return (
    <div className={styles.states}>
      {connection === "offline" && (
        <Problem
          tone="warn"
          title="No connection to the server"
          what="What is shown here may have changed since. It goes on by itself when the connection is back."
        />
      )}
      {isUnderWay(transcript.state) && !isSealed(transcript.state) && transcript.coverage !== null && (
        <Progress
          recordedMs={transcript.coverage.recorded_ms}
          transcribedMs={transcript.coverage.transcribed_ms}
        />
      )}
      {unheard && <Problem {...NOT_HEARD} safe="What was recorded is safe on the server." />}
      {failed > 0 && (
        <Problem
          tone="warn"
          title={
            failed === 1 ? "One part could not be transcribed" : `${failed} parts could not be transcribed`
          }
          what={
            refused
              ? "The server did not take the retry. Try again in a moment."
              : failed === 1
                ? "It is marked below, in its place."
                : "They are marked below, in their place."
          }
          safe="Everything that was received is kept."
          todo={advice}
          actions={
            <Button
              variant="default"
              leftSection={<RetryIcon size={18} />}
              loading={retrying}
              onClick={retry}
            >
              {failed === 1 ? "Retry it" : "Retry all"}
            </Button>
          }
        />
      )}
    </div>
  );
}

function Progress({ recordedMs, transcribedMs }: { recordedMs: number; transcribedMs: number }) {
  return (
    <div className={styles.progress}>
      <progress max={Math.max(1, recordedMs)} value={transcribedMs} aria-label="Transcribed" />
      <span>
        Transcribed {clock(transcribedMs)} of {clock(recordedMs)}
      </span>
    </div>
  );
}
