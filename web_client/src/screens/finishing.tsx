import { Button, Stack, Text, Title } from "@mantine/core";
import type { ReactNode } from "react";
import { Link } from "wouter";

import { Empty } from "../looks/empty";
import { CheckIcon, MicrophoneIcon } from "../looks/icons";
import { usePageName } from "../looks/page_name";
import { Problem } from "../looks/problem";
import type { Recording } from "../recording/recording";
import styles from "./finishing.module.css";
import { Figures } from "./recording_clock";
import { Troubles } from "./troubles";
import { useSelected } from "./use_selected";

/** After Stop: what is still on its way, then the way to the review. */
export function Finishing({ recording }: { recording: Recording }) {
  usePageName("Recording stopped");
  const phase = useSelected(recording.state, (state) => state.phase);
  const sessionId = useSelected(recording.state, (state) => state.sessionId);
  const nothing = useSelected(recording.state, (state) => state.recordedMs === 0 && state.sessionId === null);
  const refused = useSelected(recording.state, (state) => state.failure !== null);
  const lacking = useSelected(recording.state, (state) => state.refusedChunks > 0);
  const done = phase === "finished";
  const over = done || refused;
  if (done && nothing) return <NothingRecorded />;
  return (
    <Stack maw={680} mx="auto" gap="lg">
      <Title order={1}>{titleOf(done, refused, lacking)}</Title>
      {(done || !refused) && (
        <div className={styles.card} role="status">
          {done ? <Done lacking={lacking} /> : <OnTheWay recording={recording} />}
        </div>
      )}
      <Figures recording={recording} />
      <Troubles recording={recording} />
      <div className={styles.actions}>
        {sessionId !== null && !refused && (
          <Button component={Link} href={`/sessions/${sessionId}`} variant={done ? "filled" : "default"}>
            Review the session
          </Button>
        )}
        {over && (
          <Button component={Link} href="/record" variant="default" leftSection={<MicrophoneIcon />}>
            New recording
          </Button>
        )}
        <Button component={Link} href="/" variant="subtle">
          All sessions
        </Button>
      </div>
    </Stack>
  );
}

function titleOf(done: boolean, refused: boolean, lacking: boolean): string {
  if (done) return lacking ? "The server did not take all of it" : "The recording is safe";
  return refused ? "The server did not take this recording" : "Sending the rest";
}

function NothingRecorded() {
  return (
    <Empty
      order={1}
      icon={<MicrophoneIcon size={44} />}
      title="Nothing was recorded"
      action={
        <>
          <Button component={Link} href="/record">
            New recording
          </Button>
          <Button component={Link} href="/" variant="default">
            All sessions
          </Button>
        </>
      }
    >
      The microphone gave no sound before you stopped, so no session was kept.
    </Empty>
  );
}

function Done({ lacking }: { lacking: boolean }): ReactNode {
  if (lacking) {
    return (
      <Text>
        What is named below is kept in this browser; all the rest is on the server, and its text appears in
        the review.
      </Text>
    );
  }
  return (
    <>
      <span className={styles.sign}>
        <CheckIcon size={40} />
      </span>
      <Text>
        Everything is on the server. The rest of the text appears in the review; you can close this tab.
      </Text>
    </>
  );
}

function OnTheWay({ recording }: { recording: Recording }) {
  const waiting = useSelected(recording.state, (state) => state.waitingChunks);
  const durable = useSelected(recording.state, (state) => state.durable);
  const words =
    waiting === 0
      ? "The server is told that this was the end."
      : waiting === 1
        ? "One piece of the recording is on its way to the server."
        : `${waiting} pieces of the recording are on their way to the server.`;
  return (
    <Problem
      tone="calm"
      title="Stopped; the microphone is off"
      what={words}
      safe={
        durable
          ? "All of it is kept in this browser until the server has it."
          : "What waits is only in this tab."
      }
      todo={
        durable
          ? "Keep this tab open for a moment. If it is closed, the rest is sent when Hearken is opened here again."
          : "Keep this tab open until everything is safe."
      }
    />
  );
}
