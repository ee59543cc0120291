import { Button, Stack, Title } from "@mantine/core";
import { useState } from "react";
import { Link } from "wouter";

import { Empty } from "../looks/empty";
import { MicrophoneIcon } from "../looks/icons";
import { usePageName } from "../looks/page_name";
import type { Recording } from "../recording/recording";
import { Finishing } from "./finishing";
import { useParts } from "./parts";
import { RecordingDesk } from "./recording_desk";
import { Unfinished } from "./unfinished";
import { useSelected } from "./use_selected";
import { useValue } from "./use_value";

/** The recording with this reference: under way here, found unfinished, or not there. */
export function RecordingPage({ recordingRef }: { recordingRef: string }) {
  const { recordings } = useParts();
  const current = useValue(recordings.current);
  const unfinished = useValue(recordings.unfinished);
  // Once seen it stays on the screen, when it has ended too.
  const [seen, see] = useState<Recording | null>(null);
  if (current !== null && current !== seen && current.ref === recordingRef) see(current);
  if (seen !== null) return <Present recording={seen} />;
  return unfinished.some(({ ref }) => ref === recordingRef) ? <Found /> : <Gone />;
}

function Present({ recording }: { recording: Recording }) {
  const over = useSelected(recording.state, ({ phase }) => phase === "stopping" || phase === "finished");
  return over ? <Finishing recording={recording} /> : <RecordingDesk recording={recording} />;
}

function Found() {
  usePageName("Unfinished recording");
  return (
    <Stack maw={680} mx="auto" gap="lg">
      <Title order={1}>Unfinished recording</Title>
      <Unfinished />
    </Stack>
  );
}

function Gone() {
  usePageName("No recording");
  return (
    <Empty
      order={1}
      icon={<MicrophoneIcon size={44} />}
      title="This recording is not under way here"
      action={
        <>
          <Button component={Link} href="/">
            Go to your sessions
          </Button>
          <Button component={Link} href="/record" variant="default">
            New recording
          </Button>
        </>
      }
    >
      It was finished, or it was begun in another browser. What was recorded is among your sessions.
    </Empty>
  );
}
