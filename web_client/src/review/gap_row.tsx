import { Button } from "@mantine/core";

import { RetryIcon, WarningIcon } from "../looks/icons";
import { clock, lasting } from "../looks/time";
import tones from "../looks/tone.module.css";
import { canRetry, type Gap, type GapReason } from "./timeline";
import styles from "./transcript.module.css";

interface Wording {
  /** With where it is: "0:16 to 0:24". */
  title: (where: string) => string;
  more: string;
  tone: "bad" | "warn" | "calm";
}

const GAP_WORDS: Record<GapReason, Wording> = {
  unreadable: {
    title: (where) => `Missing ${where}: could not be read`,
    more: "The file for this stretch arrived, but it could not be read.",
    tone: "bad",
  },
  recogniser_failed: {
    title: (where) => `Transcribing failed ${where}`,
    more: "The audio is safe and can be heard.",
    tone: "bad",
  },
  missing: {
    title: (where) => `Missing ${where}: never arrived, or paused`,
    more: "Open Hearken on the computer that recorded it: what it still has will be sent.",
    tone: "warn",
  },
  on_its_way: {
    title: (where) => `Nothing yet ${where}: on its way, or paused`,
    more: "What is still on its way appears here.",
    tone: "calm",
  },
  not_recorded: {
    title: (where) => `Nothing recorded ${where}`,
    more: "The microphone was paused or away, or the computer was too busy.",
    tone: "calm",
  },
};

export function gapTone(reason: GapReason): Wording["tone"] {
  return GAP_WORDS[reason].tone;
}

export function gapTitle({ startMs, endMs, reason }: Gap, lostMs = endMs - startMs): string {
  return GAP_WORDS[reason].title(where(startMs, endMs, lostMs));
}

function where(startMs: number, endMs: number, lostMs: number): string {
  const [from, to] = [clock(startMs), clock(endMs)];
  if (lostMs >= 1_000 && lostMs === endMs - startMs) return `${from} to ${to}`;
  return from === to
    ? `for ${lasting(lostMs)} at ${from}`
    : `for ${lasting(lostMs)} between ${from} and ${to}`;
}

interface GapRowProps extends Gap {
  /** How much of it is missing: all, or less where it is several. */
  lostMs: number;
  retrying: boolean;
  retry: () => void;
  hear: (ms: number) => void;
}

/** A stretch without words, in its place in the transcript. */
export function GapRow({ lostMs, retrying, retry, hear, ...gap }: GapRowProps) {
  const { startMs, reason } = gap;
  const { more, tone } = GAP_WORDS[reason];
  if (lostMs < 1_000 && !canRetry(reason)) return <p className={styles.hardly}>{gapTitle(gap, lostMs)}</p>;
  return (
    <div className={`${styles.gap} ${tones[tone]}`}>
      <p className={styles.gapTitle}>
        <WarningIcon size={20} />
        {gapTitle(gap, lostMs)}
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
