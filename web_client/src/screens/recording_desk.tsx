import { Stack } from "@mantine/core";
import { useState } from "react";

import { Announce } from "../looks/announce";
import { usePageName } from "../looks/page_name";
import { type Shortcut, Shortcuts } from "../looks/shortcuts";
import type { Recording } from "../recording/recording";
import { CONNECTION } from "./connection_words";
import { LiveTranscript } from "./live_transcript";
import { RecordingClock } from "./recording_clock";
import { RecordingControls } from "./recording_controls";
import styles from "./recording_desk.module.css";
import { RecordingMicrophone } from "./recording_microphone";
import { Troubles } from "./troubles";
import { TypedNotes } from "./typed_notes";
import { useSelected } from "./use_selected";

/** What one looks at while recording: the time, whether it is safe, what was said, and the buttons. */
export function RecordingDesk({ recording }: { recording: Recording }) {
  usePageName("Recording");
  const [stopping, setStopping] = useState(false);
  return (
    <div className={styles.desk}>
      <Stack className={styles.side ?? ""} gap="md" component="section" aria-label="Recording">
        <Said recording={recording} />
        <RecordingClock recording={recording} />
        <RecordingControls recording={recording} asking={stopping} ask={setStopping} />
        <RecordingMicrophone recording={recording} />
        <div className={styles.keys}>
          <DeskShortcuts recording={recording} stop={() => setStopping(true)} />
        </div>
      </Stack>
      <div className={styles.rest}>
        <Troubles recording={recording} />
        <LiveTranscript recording={recording} />
        <TypedNotes recording={recording} />
      </div>
    </div>
  );
}

const SAID = {
  starting: "Starting",
  recording: "Recording",
  paused: "Paused",
  trouble: "Recording has stopped by itself",
  stopping: "",
  finished: "",
} as const;

/** For those who do not see the screen: what changed, not what the clock says. */
function Said({ recording }: { recording: Recording }) {
  const phase = useSelected(recording.state, (state) => state.phase);
  const taken = useSelected(recording.state, (state) => state.taken);
  const connection = useSelected(recording.state, (state) => state.connection);
  if (taken !== null) return null; // The notice says it.
  return <Announce>{`${SAID[phase]}. ${CONNECTION[connection].words}.`}</Announce>;
}

function DeskShortcuts({ recording, stop }: { recording: Recording; stop: () => void }) {
  const toggle = (): void => {
    const { phase } = recording.state.get();
    if (phase === "recording") void recording.pause();
    else if (phase === "paused") void recording.continue();
  };
  // Another tab has it: stopping is its affair.
  const askToStop = (): void => {
    if (recording.state.get().taken === null) stop();
  };
  const shortcuts: Shortcut[] = [
    { keys: ["Space", "p"], does: "Pause, continue", run: toggle },
    { keys: ["s"], does: "Stop, with a question first", run: askToStop },
    { keys: ["n"], does: "Write a note", run: () => document.getElementById("note")?.focus() },
    { keys: ["Escape"], does: "Leave the note", run: () => undefined },
  ];
  return <Shortcuts shortcuts={shortcuts} />;
}
