import { Button, Group, Text } from "@mantine/core";

import { Dialog } from "../looks/dialog";
import { PauseIcon, RecordIcon, StopIcon } from "../looks/icons";
import { clock } from "../looks/time";
import type { Recording } from "../recording/recording";
import styles from "./recording_controls.module.css";
import { useSelected } from "./use_selected";

interface RecordingControlsProps {
  recording: Recording;
  /** Whether the question before Stop is open. */
  asking: boolean;
  ask: (open: boolean) => void;
}

export function RecordingControls({ recording, asking, ask }: RecordingControlsProps) {
  // Another tab records it: stopping is its affair.
  const taken = useSelected(recording.state, (state) => state.taken !== null);
  return (
    <>
      <div className={styles.controls}>
        <PauseButton recording={recording} />
        <Button
          size="lg"
          variant="default"
          leftSection={<StopIcon />}
          disabled={taken}
          onClick={() => ask(true)}
        >
          Stop
        </Button>
      </div>
      <StopQuestion recording={recording} opened={asking} close={() => ask(false)} />
    </>
  );
}

function PauseButton({ recording }: { recording: Recording }) {
  const phase = useSelected(recording.state, (state) => state.phase);
  if (phase === "paused") {
    return (
      <Button size="lg" leftSection={<RecordIcon />} onClick={() => void recording.continue()}>
        Continue
      </Button>
    );
  }
  return (
    <Button
      size="lg"
      leftSection={<PauseIcon />}
      disabled={phase !== "recording"}
      onClick={() => void recording.pause()}
    >
      Pause
    </Button>
  );
}

function stopWords(capturedMs: number): string {
  if (capturedMs < 1000) return "Nothing was heard yet.";
  return (
    `${clock(capturedMs)} so far; the last seconds are put away when you stop. The session cannot be continued ` +
    "after this; what still waits is sent, and the rest of the text follows."
  );
}

interface StopQuestionProps {
  recording: Recording;
  opened: boolean;
  close: () => void;
}

function StopQuestion({ recording, opened, close }: StopQuestionProps) {
  return (
    <Dialog opened={opened} close={close} title="Stop this recording?">
      <Text>{stopWords(recording.state.get().capturedMs)}</Text>
      <Group justify="flex-end" mt="lg">
        <Button variant="default" onClick={close}>
          Go on
        </Button>
        <Button
          data-autofocus
          leftSection={<StopIcon />}
          onClick={() => {
            close();
            void recording.stop();
          }}
        >
          Stop
        </Button>
      </Group>
    </Dialog>
  );
}
