import { Button } from "@mantine/core";
import { memo, useMemo } from "react";

import { DownIcon } from "../looks/icons";
import { clock, roughly } from "../looks/time";
import type { Transcript } from "../live/transcript";
import type { Observable } from "../observable";
import type { WireSegment } from "../wire/messages";
import { type LiveLine, liveLines } from "./live_lines";
import styles from "./live_transcript.module.css";
import { useFollowEnd } from "./use_follow_end";
import { useValue } from "./use_value";

/** What was said until now. It keeps its end in view until somebody scrolls up to read. */
export function LiveTranscript({ transcript }: { transcript: Observable<Transcript> }) {
  const { segments, coverage, failed, speakers, provisional } = useValue(transcript);
  const lines = useMemo(() => liveLines({ segments, coverage, failed }), [segments, coverage, failed]);
  const names = useMemo(() => new Map(speakers.map(({ id, name }) => [id, name])), [speakers]);
  const { paper, following, follow } = useFollowEnd();
  return (
    <section className={styles.frame} aria-labelledby="live-heading">
      <h2 id="live-heading" className={styles.heading}>
        What was said
      </h2>
      <div
        ref={paper}
        className={styles.paper}
        role="region"
        aria-label="Live transcript"
        aria-live="off"
        tabIndex={0}
      >
        {lines.length === 0 && provisional === null && (
          <p className={styles.none}>The first words appear some seconds after they were spoken.</p>
        )}
        {lines.map((line) => (
          <Line key={line.key} line={line} speaker={speakerOf(line, names)} />
        ))}
        {provisional !== null && <Provisional segment={provisional} />}
      </div>
      {!following && (
        <Button className={styles.back ?? ""} size="sm" leftSection={<DownIcon size={18} />} onClick={follow}>
          Back to the end
        </Button>
      )}
    </section>
  );
}

function speakerOf(line: LiveLine, names: Map<string, string | null>): string | null {
  if (line.kind !== "words" || line.segment.speaker === null) return null;
  return names.get(line.segment.speaker) ?? line.segment.speaker;
}

const Line = memo(function Line({ line, speaker }: { line: LiveLine; speaker: string | null }) {
  if (line.kind === "words") {
    return (
      <p className={styles.line}>
        <span className={styles.at}>{clock(line.at)}</span>
        <span>
          {speaker !== null && <b className={styles.speaker}>{speaker}: </b>}
          {line.segment.text}
        </span>
      </p>
    );
  }
  return (
    <p className={`${styles.line} ${styles.mark}`}>
      <span className={styles.at}>{clock(line.at)}</span>
      <span>
        {line.kind === "gap"
          ? `Nothing recorded for ${roughly(line.until - line.at)}`
          : `${roughly(line.until - line.at)} could not be transcribed; the sound is safe`}
      </span>
    </p>
  );
});

/** Shown as what it is: it may still change. */
function Provisional({ segment }: { segment: WireSegment }) {
  return (
    <p className={`${styles.line} ${styles.provisional}`}>
      <span className={styles.at}>{clock(segment.start_ms)}</span>
      <span>
        {segment.text} <span className={styles.tag}>may still change</span>
      </span>
    </p>
  );
}
