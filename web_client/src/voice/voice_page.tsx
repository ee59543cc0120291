import { Button, Paper, Skeleton, Stack, Text, Title } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { Link } from "wouter";

import { Announce } from "../looks/announce";
import { usePageName } from "../looks/page_name";
import { Pill } from "../looks/pill";
import { Problem } from "../looks/problem";
import { fullDate } from "../looks/time";
import { useParts } from "../screens/parts";
import { useValue } from "../screens/use_value";
import type { VoiceView } from "../wire/messages";
import { ForgetVoice } from "./forget_voice";
import { RecordSample } from "./record_sample";
import { VoiceSampler } from "./voice_sampler";
import styles from "./voice.module.css";

export const VOICE = ["voice"] as const;

/** The user's own voice: what is kept of it and what for, to enrol, to renew and to delete. */
export function VoicePage() {
  usePageName("Your voice");
  const { api } = useParts();
  const voice = useQuery({ queryKey: VOICE, queryFn: ({ signal }) => api.voice(signal) });
  return (
    <Stack gap="lg" className={styles.column ?? ""}>
      <Title order={1}>Your voice</Title>
      <Text>
        Hearken can know your voice. Then what you say is shown under your name in the sessions that you
        record, as soon as speakers are told apart, and you need not name yourself each time.
      </Text>
      {voice.data !== undefined ? (
        <Known voice={voice.data} />
      ) : voice.isError ? (
        <Problem
          title="It cannot be shown whether your voice is enrolled"
          what="The server does not answer."
          actions={
            <Button variant="default" onClick={() => void voice.refetch()}>
              Try again
            </Button>
          }
        />
      ) : (
        <Skeleton height={220} radius="lg" aria-hidden="true" />
      )}
      <WhatIsKept />
    </Stack>
  );
}

function Known({ voice }: { voice: VoiceView }) {
  const { api, openCapture, recordings } = useParts();
  const queries = useQueryClient();
  const [sampler] = useState(
    () => new VoiceSampler({ openCapture, enrol: (spoken) => api.enrolVoice(spoken) }),
  );
  const [renewing, setRenewing] = useState(false);
  const [said, setSaid] = useState("");
  const current = useValue(recordings.current);
  useEffect(
    () =>
      sampler.state.subscribe(() => {
        const state = sampler.state.get();
        if (state.phase !== "enrolled") return;
        queries.setQueryData(VOICE, state.voice);
        setRenewing(false);
        setSaid("Your voice is enrolled");
      }),
    [queries, sampler],
  );
  const forgotten = (): void => {
    queries.setQueryData<VoiceView>(VOICE, { enrolled_at: null, name: null });
    setSaid("Your voice is deleted");
  };
  const isRecording = current !== null && !["stopping", "finished"].includes(current.state.get().phase);
  const isEnrolled = voice.enrolled_at !== null;
  return (
    <>
      <Announce>{said}</Announce>
      {isEnrolled && !renewing && (
        <Enrolled voice={voice} renew={() => setRenewing(true)} forgotten={forgotten} />
      )}
      {(!isEnrolled || renewing) &&
        (isRecording ? (
          <Problem
            tone="calm"
            title="A recording is under way in this tab"
            safe="It goes on."
            todo="Stop it before you record a sample of your voice."
            actions={
              <Button component={Link} href={`/record/${current.ref}`}>
                Back to the recording
              </Button>
            }
          />
        ) : (
          <RecordSample
            sampler={sampler}
            name={voice.name ?? ""}
            close={isEnrolled ? () => setRenewing(false) : null}
          />
        ))}
    </>
  );
}

interface EnrolledProps {
  voice: VoiceView;
  renew: () => void;
  forgotten: () => void;
}

function Enrolled({ voice, renew, forgotten }: EnrolledProps) {
  return (
    <Paper withBorder p={{ base: "md", sm: "lg" }} radius="lg">
      <Stack>
        <div className={styles.head}>
          <Title order={2} className={styles.name ?? ""}>
            {voice.name}
          </Title>
          <Pill tone="good">Enrolled</Pill>
        </div>
        {voice.enrolled_at !== null && (
          <Text>
            Enrolled on <time dateTime={voice.enrolled_at}>{fullDate(voice.enrolled_at)}</time>. Sessions that
            you record from then on know your voice.
          </Text>
        )}
        <div className={styles.actions}>
          <Button variant="default" onClick={renew}>
            Record it again
          </Button>
          <ForgetVoice forgotten={forgotten} />
        </div>
      </Stack>
    </Paper>
  );
}

function WhatIsKept() {
  return (
    <section className={styles.kept} aria-labelledby="what-is-kept">
      <Title order={2} id="what-is-kept">
        What is kept, and what for
      </Title>
      <ul>
        <li>
          <strong>A voiceprint and the name</strong>: a row of numbers that says how your voice sounds, not
          what you said. What you spoke cannot be made of it again. Both are encrypted.
        </li>
        <li>
          <strong>Not the sample.</strong> This server listens to it once, within seconds, and does not keep
          it. It is sent to nobody else.
        </li>
        <li>
          <strong>Only for this</strong>: to find your voice in sessions that you record yourself. Nobody is
          signed in by it, and other people’s sessions are not searched for it.
        </li>
        <li>
          <strong>Until you delete it</strong>, here, at any time and at once. Transcripts in which you were
          recognised keep the name that they show.
        </li>
      </ul>
    </section>
  );
}
