import { Button } from "@mantine/core";
import { memo, useMemo } from "react";

import { DownIcon } from "../looks/icons";
import { clock, lasting } from "../looks/time";
import { type KnownSpeakers, knownSpeakers, merged } from "../live/speakers";
import type { Recording } from "../recording/recording";
import type { WireSegment } from "../wire/messages";
import { MOST_EARLIER, type ShownLine, shownLines } from "./live_lines";
import styles from "./live_transcript.module.css";
import { type Fetching, useEarlier } from "./live_transcript_earlier";
import { useParts } from "./parts";
import { waitsForWords } from "./recording_troubles";
import { SpokenLanguage } from "./spoken_language";
import { LINE, useFollowEnd } from "./use_follow_end";
import { useUnheard } from "./use_known_languages";
import { useSelected } from "./use_selected";
import { useValue } from "./use_value";

/** What was said until now. It keeps its end in view until somebody scrolls up to read. */
export function LiveTranscript({ recording }: { recording: Recording }) {
  const { api } = useParts();
  const transcript = useValue(recording.transcript);
  const { speakers, provisional, from_ms: from } = transcript;
  const sessionId = useSelected(recording.state, (state) => state.sessionId);
  const unheard = useUnheard(api, useSelected(recording.state, waitsForWords));
  const known = useMemo(() => knownSpeakers(speakers), [speakers]);
  const { paper, following, follow, leave } = useFollowEnd();
  const { lines, fetching, fetch } = useEarlier(transcript, following);
  const shown = useMemo(() => shownLines(lines), [lines]);
  const showEarlier = (): void => {
    if (sessionId === null) return;
    leave();
    // The button goes with what it says; whoever pressed it reads on here.
    paper.current?.focus({ preventScroll: true });
    void fetch(sessionId);
  };
  return (
    <section className={styles.frame} aria-labelledby="live-heading">
      <div className={styles.heading}>
        <h2 id="live-heading">What was said</h2>
        {sessionId !== null && (
          <SpokenLanguage api={api} sessionId={sessionId} language={transcript.language} isStopped={false} />
        )}
      </div>
      <div
        ref={paper}
        className={styles.paper}
        role="region"
        aria-label="Live transcript"
        aria-live="off"
        tabIndex={0}
      >
        {from > 0 && (
          <Before
            recording={recording}
            fetching={fetching}
            whole={lines.length < MOST_EARLIER}
            show={showEarlier}
          />
        )}
        {from === 0 && lines.length === 0 && provisional === null && (
          <p className={styles.none}>
            {unheard
              ? "The first words appear once a recogniser runs again."
              : "The first words appear some seconds after they were spoken."}
          </p>
        )}
        {shown.map((line) => (
          <Line key={line.key} line={line} speaker={speakerOf(line, known)} />
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

function speakerOf(line: ShownLine, known: KnownSpeakers): string | null {
  if (line.kind !== "words" || line.speaker === null) return null;
  const id = merged(line.speaker, known);
  return known.get(id)?.name ?? id;
}

interface BeforeProps {
  recording: Recording;
  fetching: Fetching;
  /** Whether the lines that are shown begin where the session does, once they were fetched. */
  whole: boolean;
  show: () => void;
}

/** Where the words are that the page no longer holds. */
function Before({ recording, fetching, whole, show }: BeforeProps) {
  const connection = useSelected(recording.state, (state) => state.connection);
  const waits = fetching === "shown" || fetching === "under_way" ? undefined : WAITS[connection];
  const asks = waits === undefined && (fetching === "not_asked" || fetching === "failed");
  const words = fetching === "shown" && !whole ? IN_THE_SESSION : FETCHING[fetching];
  return (
    <div className={styles.before}>
      <p role="status">{waits ?? words}</p>
      {asks && (
        <Button size="sm" variant="default" onClick={show}>
          Show earlier
        </Button>
      )}
    </div>
  );
}

const FETCHING: Record<Fetching, string> = {
  not_asked: "What was said earlier is kept on the server.",
  under_way: "What was said earlier is on its way.",
  shown: "This is the beginning.",
  failed: "What was said earlier could not be fetched just now. It is kept on the server.",
};

const IN_THE_SESSION = "What was said earlier can be read in the session once it is stopped.";

/** By connection, why the earlier words cannot be asked for now. */
const WAITS: Partial<Record<string, string>> = {
  connecting: "What was said earlier is kept on the server and can be shown once it is connected.",
  offline: "What was said earlier is kept on the server and can be shown once the connection is back.",
  signed_out: "What was said earlier is kept on the server and can be shown once you are signed in again.",
};

const Line = memo(function Line({ line, speaker }: { line: ShownLine; speaker: string | null }) {
  if (line.kind === "words") {
    return (
      <p className={styles.line} {...LINE}>
        <span className={styles.at}>{clock(line.at)}</span>
        <span>
          {speaker !== null && <b className={styles.speaker}>{speaker}: </b>}
          {line.text}
        </span>
      </p>
    );
  }
  return (
    <p className={`${styles.line} ${isHardly(line) ? styles.hardly : styles.mark}`} {...LINE}>
      <span className={styles.at}>{clock(line.at)}</span>
      <span>
        {line.kind === "gap"
          ? `Nothing recorded for ${lasting(line.lostMs)}`
          : `${lasting(line.until - line.at)} could not be transcribed; the sound is safe`}
      </span>
    </p>
  );
});

function isHardly(line: ShownLine): boolean {
  return line.kind === "gap" && line.lostMs < 1_000;
}

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
