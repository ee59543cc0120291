import { Button, Checkbox, Group, Paper, Progress, Stack, Text, TextInput, Title } from "@mantine/core";
import { type SubmitEvent, useEffect, useState } from "react";

import { Announce } from "../looks/announce";
import { RecordIcon } from "../looks/icons";
import { Problem } from "../looks/problem";
import { roughly } from "../looks/time";
import { LevelMeter } from "../screens/level_meter";
import { MicrophoneChoice } from "../screens/microphone_choice";
import { useValue } from "../screens/use_value";
import { LEAST_MS, MOST_MS, type SampleState, type VoiceSampler } from "./voice_sampler";
import { PASSAGE, sampleRefusal, sampleTrouble } from "./voice_words";
import styles from "./voice.module.css";

/** After so long without a sound, it is said. */
const SILENT_MS = 3_000;

interface RecordSampleProps {
  sampler: VoiceSampler;
  /** As the voice is called now; empty where there is none. */
  name: string;
  /** Puts the form away, where a voice is enrolled already. */
  close: (() => void) | null;
}

/** Asks for the name and for consent, records the sample and has it enrolled. */
export function RecordSample({ sampler, name: known, close }: RecordSampleProps) {
  const state = useValue(sampler.state);
  const [name, setName] = useState(known);
  const [deviceId, setDeviceId] = useState("");
  const [agreed, setAgreed] = useState(false);
  const [missing, setMissing] = useState(false);
  useEffect(() => () => sampler.cancel(), [sampler]);
  const isRecording = state.phase === "opening" || state.phase === "recording" || state.phase === "sending";
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    const complete = name.trim() !== "" && agreed;
    setMissing(!complete);
    if (complete) void sampler.begin(name.trim(), deviceId === "" ? undefined : deviceId);
  };
  return (
    <Paper withBorder p={{ base: "md", sm: "lg" }} radius="lg">
      {isRecording ? (
        <Speaking sampler={sampler} state={state} />
      ) : (
        <form onSubmit={submit} noValidate>
          <Stack>
            <Title order={2}>{close === null ? "Enrol your voice" : "Record a new sample"}</Title>
            <Outcome sampler={sampler} state={state} />
            <TextInput
              label="The name to show"
              description="Whoever speaks with this voice is called so in your transcripts."
              placeholder="Dr. Weber"
              maxLength={100}
              autoComplete="off"
              value={name}
              error={
                missing && name.trim() === ""
                  ? "Without a name nobody would know whose voice it is."
                  : undefined
              }
              onChange={(event) => setName(event.currentTarget.value)}
            />
            <MicrophoneChoice deviceId={deviceId} change={setDeviceId} listening />
            <Checkbox
              label="It is my own voice, and I agree that a voiceprint of it is kept"
              description="You need not: without it speakers are called “Speaker 1” and can be named by hand."
              checked={agreed}
              error={missing && !agreed ? "Without your consent nothing is recorded." : undefined}
              onChange={(event) => setAgreed(event.currentTarget.checked)}
            />
            <Group justify="flex-end">
              <Text c="dimmed" size="sm" className={styles.length ?? ""}>
                {LEAST_MS / 1000} to {MOST_MS / 1000} seconds of reading aloud
              </Text>
              {close !== null && (
                <Button variant="default" onClick={close}>
                  Cancel
                </Button>
              )}
              <Button type="submit" size="lg" leftSection={<RecordIcon />}>
                Record a sample
              </Button>
            </Group>
          </Stack>
        </form>
      )}
    </Paper>
  );
}

function Outcome({ sampler, state }: { sampler: VoiceSampler; state: SampleState }) {
  if (state.phase === "trouble") return <Problem {...sampleTrouble(state.trouble)} urgent />;
  if (state.phase !== "refused") return null;
  const actions = state.again && (
    <Button variant="default" onClick={() => void sampler.again()}>
      Send it again
    </Button>
  );
  return <Problem {...sampleRefusal(state.code, state.message)} actions={actions} urgent />;
}

function Speaking({ sampler, state }: { sampler: VoiceSampler; state: SampleState }) {
  const heardMs = state.phase === "recording" ? state.heardMs : state.phase === "sending" ? MOST_MS : 0;
  const enough = heardMs >= LEAST_MS;
  const silent = state.phase === "recording" && state.silentForMs >= SILENT_MS;
  if (state.phase === "sending")
    return (
      <Stack role="status">
        <Title order={2}>Your voice is being learned</Title>
        <Text c="dimmed">This takes a few seconds.</Text>
        <Progress value={100} animated aria-label="Your voice is being learned" />
      </Stack>
    );
  return (
    <Stack>
      <Title order={2}>{state.phase === "opening" ? "Opening the microphone…" : "Read this aloud"}</Title>
      <Text c="dimmed">Or say anything else, as you speak with patients. Nobody else should speak.</Text>
      <blockquote className={styles.passage}>
        {PASSAGE.split("\n").map((paragraph) => (
          <p key={paragraph}>{paragraph}</p>
        ))}
      </blockquote>
      <LevelMeter level={sampler.state} peakOf={peakOf} label="Level of the microphone" />
      <div>
        <Progress.Root size="lg" aria-hidden="true">
          <Progress.Section
            value={(100 * heardMs) / MOST_MS}
            color={enough ? "var(--good)" : "var(--accent)"}
          />
        </Progress.Root>
        <Text mt={4} className={styles.seconds ?? ""}>
          {roughly(Math.floor(heardMs / 1000) * 1000)} recorded.{" "}
          {enough
            ? `That is enough. It ends by itself at ${MOST_MS / 1000} s.`
            : `${Math.ceil((LEAST_MS - heardMs) / 1000)} s to go at least.`}
        </Text>
      </div>
      <Announce>{enough ? "That is enough: you may finish" : ""}</Announce>
      {silent && (
        <Problem
          tone="warn"
          title="Nothing is heard"
          what="The microphone may be muted, or too far away."
          todo="Speak up, or cancel and choose another one."
        />
      )}
      <Group justify="flex-end">
        <Button variant="default" onClick={() => sampler.cancel()}>
          Cancel
        </Button>
        <Button size="lg" disabled={!enough} onClick={() => void sampler.finish()}>
          Done
        </Button>
      </Group>
    </Stack>
  );
}

function peakOf(state: SampleState): number {
  return state.phase === "recording" ? state.peak : 0;
}
