import { Button, Stack } from "@mantine/core";
import { useMemo, useState } from "react";

import { RetryIcon } from "../looks/icons";
import { Problem } from "../looks/problem";
import type { Recording } from "../recording/recording";
import { useParts } from "./parts";
import { type RecordingTrouble, situationOf, troublesOf, waitsForWords } from "./recording_troubles";
import { wordsForResume } from "./resume_words";
import { useUnheard } from "./use_known_languages";
import { useSelected } from "./use_selected";

/** Everything that is wrong with the recording now, the gravest first. */
export function Troubles({ recording }: { recording: Recording }) {
  const unheard = useUnheard(useParts().api, useSelected(recording.state, waitsForWords));
  // A text, because it stays the same while only the level and the clock change.
  const told = useSelected(recording.state, (state) =>
    JSON.stringify(troublesOf(situationOf(state, unheard))),
  );
  const troubles = useMemo(() => JSON.parse(told) as RecordingTrouble[], [told]);
  if (troubles.length === 0) return null;
  return (
    <Stack gap="sm">
      {troubles.map(({ id, remedy, ...trouble }) => (
        <Problem
          key={id}
          {...trouble}
          {...(remedy !== undefined && { actions: <Remedy recording={recording} remedy={remedy} /> })}
        />
      ))}
    </Stack>
  );
}

interface RemedyProps {
  recording: Recording;
  remedy: NonNullable<RecordingTrouble["remedy"]>;
}

function Remedy({ recording, remedy }: RemedyProps) {
  if (remedy === "take_back") return <TakeBack reference={recording.ref} />;
  return (
    <Button leftSection={<RetryIcon />} onClick={() => void recording.retryCapture()}>
      {remedy === "begin_capture" ? "Try again" : "Go on recording"}
    </Button>
  );
}

function TakeBack({ reference }: { reference: string }) {
  const { recordings } = useParts();
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const takeBack = (): void => {
    setBusy(true);
    setProblem(null);
    recordings
      .resume(reference, { takeOver: true })
      .catch((error: unknown) => setProblem(wordsForResume(error)))
      .finally(() => setBusy(false));
  };
  return (
    <>
      <Button loading={busy} onClick={takeBack}>
        Take it back here
      </Button>
      {problem !== null && <span role="alert">{problem}</span>}
    </>
  );
}
