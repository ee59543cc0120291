import { NativeSelect } from "@mantine/core";
import { useEffect } from "react";

import type { Recording, RecordingState } from "../recording/recording";
import { LevelMeter } from "./level_meter";
import { microphoneChoices, useMicrophones } from "./use_microphones";
import { useSelected } from "./use_selected";

function peakOf({ capture }: RecordingState): number {
  return capture.phase === "recording" ? capture.level.peak : 0;
}

/** What is heard, and through which microphone. */
export function RecordingMicrophone({ recording }: { recording: Recording }) {
  const label = useSelected(recording.state, ({ capture }) => capture.deviceLabel);
  const { known, look } = useMicrophones();
  // The names of the devices are told only once one of them is open.
  useEffect(look, [label]); // eslint-disable-line react-hooks/exhaustive-deps
  const choices = microphoneChoices(known);
  const used = known.find((microphone) => microphone.label === label)?.deviceId ?? "";
  return (
    <div>
      <LevelMeter level={recording.state} peakOf={peakOf} label="Level of the microphone" />
      <NativeSelect
        mt="sm"
        label="Microphone"
        data={choices}
        value={choices.some(({ value }) => value === used) ? used : ""}
        onChange={(event) => void recording.switchMicrophone(event.currentTarget.value)}
      />
    </div>
  );
}
