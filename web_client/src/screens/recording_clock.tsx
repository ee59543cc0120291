import { Pill } from "../looks/pill";
import { clock, spoken } from "../looks/time";
import type { Tone } from "../looks/tone";
import type { Recording, RecordingState } from "../recording/recording";
import { CONNECTION } from "./connection_words";
import styles from "./recording_clock.module.css";
import { useSelected } from "./use_selected";

const PHASES: Record<RecordingState["phase"], { words: string; tone: Tone; live: boolean }> = {
  starting: { words: "Starting", tone: "calm", live: true },
  recording: { words: "Recording", tone: "bad", live: true },
  paused: { words: "Paused", tone: "warn", live: false },
  trouble: { words: "Not recording", tone: "bad", live: false },
  stopping: { words: "Stopped", tone: "calm", live: false },
  finished: { words: "Stopped", tone: "good", live: false },
};

type Figure = "capturedMs" | "recordedMs" | "safeMs" | "transcribedMs";

/** Whole seconds: nothing is rendered in between. */
function useFigure(recording: Recording, figure: Figure): number {
  return useSelected(recording.state, (state) => Math.floor(state[figure] / 1000) * 1000);
}

/** The large clock, which runs with the microphone, and how far what it shows is safe and written down. */
export function RecordingClock({ recording }: { recording: Recording }) {
  const phase = useSelected(recording.state, (state) => state.phase);
  const connection = useSelected(recording.state, (state) => state.connection);
  const { words, tone, live } = PHASES[phase];
  return (
    <div className={styles.face}>
      <div className={styles.pills}>
        <Pill tone={tone} live={live}>
          {words}
        </Pill>
        <Pill tone={CONNECTION[connection].tone}>{CONNECTION[connection].words}</Pill>
      </div>
      <h1 className={styles.clock}>
        <Time recording={recording} figure="capturedMs" />
        <span className={styles.heard}> heard so far</span>
      </h1>
      <Figures recording={recording} />
    </div>
  );
}

/** "recorded 12:41 · safe 12:30 · transcribed 12:15" */
export function Figures({ recording }: { recording: Recording }) {
  return (
    <dl className={styles.figures}>
      <div title="Kept in this browser, or on the server">
        <dt>recorded</dt>
        <dd>
          <Time recording={recording} figure="recordedMs" />
        </dd>
      </div>
      <div title="Stored on the server, without a gap">
        <dt>safe</dt>
        <dd>
          <Time recording={recording} figure="safeMs" />
        </dd>
      </div>
      <div>
        <dt>transcribed</dt>
        <dd>
          <Time recording={recording} figure="transcribedMs" />
        </dd>
      </div>
    </dl>
  );
}

/** Digits for the eye, words for the ear. */
function Time({ recording, figure }: { recording: Recording; figure: Figure }) {
  const ms = useFigure(recording, figure);
  return (
    <>
      <span aria-hidden="true">{clock(ms)}</span>
      <span className={styles.spoken}>{spoken(ms)}</span>
    </>
  );
}
