import { Button, Group, Stack, Text } from "@mantine/core";
import { useState } from "react";

import { Dialog } from "../looks/dialog";
import { Problem } from "../looks/problem";
import { when } from "../looks/time";
import type { KeptUpload } from "../recording/recordings";
import { useParts } from "./parts";
import { useValue } from "./use_value";

/** Stopped recordings of which this browser still holds something that the server does not. */
export function KeptRecordings() {
  const { recordings } = useParts();
  const kept = useValue(recordings.kept);
  const unfinished = useValue(recordings.unfinished);
  const current = useValue(recordings.current)?.ref;
  const open = new Set([current, ...unfinished.map(({ ref }) => ref)]);
  const shown = kept.filter(({ session, standing: { upload } }) => !open.has(session.ref) && upload !== null);
  if (shown.length === 0) return null;
  return (
    <Stack gap="sm" component="section" aria-label="Recordings kept in this browser">
      {shown.map((each) => (
        <KeptRecording key={each.session.ref} kept={each} />
      ))}
    </Stack>
  );
}

function KeptRecording({ kept: { session, standing } }: { kept: KeptUpload }) {
  const { waitingChunks = 0, refusedChunks = 0, failure = null } = standing.upload ?? {};
  const name = `${session.title === null ? "A recording" : `“${session.title}”`} of ${when(session.startedAt)}`;
  if (failure !== null) {
    return (
      <Problem
        tone="warn"
        title="The server does not take a recording any more"
        what={`${name}. Its session was deleted there, or your account may not add to it.`}
        safe="What is kept of it stays in this browser until you remove it."
        todo="Ask who runs this installation before you remove it."
        actions={<Discard reference={session.ref} />}
      />
    );
  }
  if (refusedChunks > 0) {
    return (
      <Problem
        tone="warn"
        title="The server did not take all of a recording"
        what={`${name}. What was refused will not be taken when asked again.`}
        safe="It stays in this browser until you remove it. The rest is on the server."
        todo="Ask who runs this installation before you remove it."
        actions={<Discard reference={session.ref} />}
      />
    );
  }
  if (waitingChunks === 0) return null;
  return (
    <Problem
      tone="calm"
      title="A stopped recording is still being sent"
      what={`${name}: ${waitingChunks === 1 ? "one piece is" : `${waitingChunks} pieces are`} on the way.`}
      safe="All of it is kept in this browser until the server has it."
      todo="Keep Hearken open until this notice goes away."
    />
  );
}

function Discard({ reference }: { reference: string }) {
  const { recordings } = useParts();
  const [asking, setAsking] = useState(false);
  const close = (): void => setAsking(false);
  return (
    <>
      <Button variant="default" onClick={() => setAsking(true)}>
        Remove from this browser
      </Button>
      <Dialog opened={asking} close={close} title="Remove the sound kept here?">
        <Text>What the server did not take exists nowhere else. Removed, it is gone for good.</Text>
        <Group justify="flex-end" mt="lg">
          <Button variant="default" data-autofocus onClick={close}>
            Keep it
          </Button>
          <Button
            onClick={() => {
              close();
              void recordings.discard(reference);
            }}
          >
            Remove
          </Button>
        </Group>
      </Dialog>
    </>
  );
}
