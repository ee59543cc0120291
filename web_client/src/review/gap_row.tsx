import { Button } from "@mantine/core";

import { RetryIcon, WarningIcon } from "../looks/icons";
import { clock } from "../looks/time";
import tones from "../looks/tone.module.css";
import { canRetry, type GapReason } from "./timeline";
import styles from "./transcript.module.css";

interface Wording {
  title: (from: string, to: string) => string;
  more: string;
  tone: "bad" | "warn" | "calm";
}

export const GAP_WORDS: Record<GapReason, Wording> = {
  unreadable: {
    title: (from, to) => `Missing ${from} to ${to}: could not be read`,
    more: "The file for this stretch arrived, but it could not be read.",
    tone: "bad",
  },
  recogniser_failed: {
    title: (from, to) => `No text ${from} to ${to}: the recogniser failed`,
    more: "The audio is safe and can be heard.",
    tone: "bad",
  },
  missing: {
    title: (from, to) => `Missing ${from} to ${to}: never arrived, or paused`,
    more: "Open Hearken on the computer that recorded it: what it still has will be sent.",
    tone: "warn",
  },
  on_its_way: {
    title: (from, to) => `Nothing yet ${from} to ${to}: on its way, or paused`,
    more: "What is still on its way appears here.",
    tone: "calm",
  },
  not_recorded: {
    title: (from, to) => `Nothing recorded ${from} to ${to}`,
    more: "The recording was paused, or had no microphone.",
    tone: "calm",
  },
};

interface GapRowProps {
  startMs: number;
  endMs: number;
  reason: GapReason;
  retrying: boolean;
  retry: () => void;
  hear: (ms: number) => void;
}

/** A stretch without words, in its place in the transcript. */
export function GapRow({ startMs, endMs, reason, retrying, retry, hear }: GapRowProps) {
  const { title, more, tone } = GAP_WORDS[reason];
  return (
    <div className={`${styles.gap} ${tones[tone]}`}>
      <p className={styles.gapTitle}>
        <WarningIcon size={20} />
        {title(clock(startMs), clock(endMs))}
      </p>
      <p className={styles.gapMore}>{more}</p>
      {canRetry(reason) && (
        <div className={styles.gapActions}>
          <Button
            size="sm"
            variant="default"
            leftSection={<RetryIcon size={18} />}
            loading={retrying}
            onClick={retry}
          >
            Retry
          </Button>
          {reason === "recogniser_failed" && (
            <Button size="sm" variant="subtle" onClick={() => hear(startMs)}>
              Hear it
            </Button>
          )}
        </div>
      )}
    </div>
  );
}
