import { Button, NativeSelect, Stack, Text } from "@mantine/core";
import { useEffect, useState } from "react";

import type { CaptureTrouble } from "../capture/capture";
import { MicrophoneError } from "../capture/microphone";
import { Problem } from "../looks/problem";
import { captureTrouble } from "./capture_troubles";
import { LevelMeter } from "./level_meter";
import styles from "./microphone_choice.module.css";
import { openPreview, type Preview } from "./microphone_preview";
import { microphoneChoices, useMicrophones } from "./use_microphones";

interface MicrophoneChoiceProps {
  deviceId: string;
  change: (deviceId: string) => void;
  /** False while the recording itself opens the microphone. */
  listening: boolean;
}

/** Which microphone, and whether it hears. */
export function MicrophoneChoice({ deviceId, change, listening }: MicrophoneChoiceProps) {
  const { known, look } = useMicrophones();
  const [tried, setTried] = useState(false);
  // Names are there only where a microphone was allowed before: then it is opened without a question.
  const allowed = known.some(({ label }) => label !== "");
  return (
    <Stack gap="xs">
      <NativeSelect
        label="Microphone"
        data={microphoneChoices(known)}
        value={deviceId}
        onChange={(event) => change(event.currentTarget.value)}
      />
      <div className={styles.trial}>
        {listening && (allowed || tried) ? (
          <Try key={deviceId} deviceId={deviceId} opened={look} />
        ) : (
          <Button variant="default" onClick={() => setTried(true)} disabled={!listening}>
            Try the microphone
          </Button>
        )}
      </div>
    </Stack>
  );
}

function Try({ deviceId, opened }: { deviceId: string; opened: () => void }) {
  const [attempt, setAttempt] = useState(0);
  const { preview, trouble } = usePreview(deviceId, attempt, opened);
  if (trouble !== null) {
    const again = (
      <Button variant="default" onClick={() => setAttempt(attempt + 1)}>
        Try again
      </Button>
    );
    return <Problem {...captureTrouble(trouble, false)} actions={again} />;
  }
  if (preview === null) return <Text c="dimmed">Opening the microphone…</Text>;
  return <Hearing preview={preview} />;
}

function Hearing({ preview }: { preview: Preview }) {
  const [heard, setHeard] = useState(false);
  useEffect(() => preview.peak.subscribe(() => preview.peak.get() > 0.03 && setHeard(true)), [preview]);
  return (
    <div>
      <LevelMeter level={preview.peak} peakOf={same} label="Level of the microphone" />
      <Text size="sm" c="dimmed" mt={4} role="status">
        {heard ? "It hears you." : "Say something: the bar should move."}
      </Text>
    </div>
  );
}

function same(peak: number): number {
  return peak;
}

function usePreview(
  deviceId: string,
  attempt: number,
  opened: () => void,
): { preview: Preview | null; trouble: CaptureTrouble | null } {
  const [preview, setPreview] = useState<Preview | null>(null);
  const [trouble, setTrouble] = useState<CaptureTrouble | null>(null);
  useEffect(() => {
    let left = false;
    let open: Preview | null = null;
    openPreview(deviceId).then(
      (ready) => {
        open = ready;
        if (left) {
          ready.close();
          return;
        }
        setPreview(ready);
        setTrouble(null);
        opened();
      },
      (reason: unknown) => {
        if (!left) setTrouble(reason instanceof MicrophoneError ? reason.trouble : "unsupported");
      },
    );
    return () => {
      left = true;
      open?.close();
      setPreview(null);
    };
    // `opened` only asks for the names anew: a new function is no reason to open the microphone again.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [deviceId, attempt]);
  return { preview, trouble };
}
