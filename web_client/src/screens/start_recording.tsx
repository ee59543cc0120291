import { Button, Group, NativeSelect, Paper, Stack, Text, TextInput, Title } from "@mantine/core";
import { type SubmitEvent, useState } from "react";
import { Link, useLocation } from "wouter";

import { RecordIcon } from "../looks/icons";
import { usePageName } from "../looks/page_name";
import { Problem } from "../looks/problem";
import { ConsentFields, NO_CONSENT } from "./consent_fields";
import { languageChoices } from "./languages";
import { MicrophoneChoice } from "./microphone_choice";
import { useParts } from "./parts";
import { ServerAway } from "./server_away";
import styles from "./start_recording.module.css";
import { StorageWarning } from "./storage_warning";
import { Unfinished } from "./unfinished";
import { useKnownLanguages } from "./use_known_languages";
import { useValue } from "./use_value";

/** What is still to be sent of a stopped one is sent beside the next. */
const STOPPED: ReadonlySet<string> = new Set(["stopping", "finished"]);

/** Everything that is asked before a recording; only consent has to be answered. */
export function StartRecording() {
  usePageName("New recording");
  const { recordings } = useParts();
  const current = useValue(recordings.current);
  const phase = current?.state.get().phase;
  return (
    <Stack maw={680} mx="auto" gap="lg">
      <Title order={1}>New recording</Title>
      {current !== null && !STOPPED.has(phase ?? "") ? (
        <AlreadyRecording reference={current.ref} />
      ) : (
        <>
          <Unfinished />
          <RecordAllTheSame />
          <StorageWarning />
          <StartForm />
        </>
      )}
    </Stack>
  );
}

function RecordAllTheSame() {
  const { outbox } = useParts();
  const where = outbox.durable
    ? "It is kept in this browser"
    : "It is kept in this tab, which must stay open,";
  return (
    <ServerAway
      what="Words are recognised there: they appear when it is back."
      safe={`You can record all the same. ${where} and sent as soon as the server is back.`}
    />
  );
}

function AlreadyRecording({ reference }: { reference: string }) {
  return (
    <Problem
      tone="calm"
      title="A recording is under way in this tab"
      safe="It goes on."
      todo="Stop it before you start another one."
      actions={
        <Button component={Link} href={`/record/${reference}`}>
          Back to the recording
        </Button>
      }
    />
  );
}

const USUAL_CHUNK_SECONDS = "15";
const CHUNK_SECONDS = ["5", "10", "15", "30"].map((value) => ({ value, label: `${value} seconds` }));

function StartForm() {
  const [title, setTitle] = useState("");
  const [patient, setPatient] = useState("");
  const { languages, language, setLanguage } = useLanguage();
  const [deviceId, setDeviceId] = useState("");
  const [consent, setConsent] = useState(NO_CONSENT);
  const [chunkSeconds, setChunkSeconds] = useState(USUAL_CHUNK_SECONDS);
  const [missing, setMissing] = useState(false);
  const { begin, phase } = useBegin();
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    setMissing(consent.at === null);
    if (consent.at === null) return;
    begin({
      ...(title.trim() !== "" && { title: title.trim() }),
      ...(patient.trim() !== "" && { patientId: patient.trim() }),
      ...(language !== "" && { language }),
      ...(deviceId !== "" && { deviceId }),
      chunkSeconds: Number(chunkSeconds),
      consent: { given_by: consent.by, how: consent.how, at: consent.at },
    });
  };
  return (
    <form onSubmit={submit} noValidate>
      <Paper withBorder p={{ base: "md", sm: "lg" }} radius="lg">
        <Stack>
          <TextInput
            label="Title"
            description="How you will find it again. It is kept encrypted."
            maxLength={200}
            autoComplete="off"
            autoFocus
            value={title}
            onChange={(event) => setTitle(event.currentTarget.value)}
          />
          <div className={styles.pair}>
            <TextInput
              label="Patient reference"
              maxLength={200}
              autoComplete="off"
              value={patient}
              onChange={(event) => setPatient(event.currentTarget.value)}
            />
            <NativeSelect
              label="Spoken language"
              data={languages}
              value={language}
              onChange={(event) => setLanguage(event.currentTarget.value)}
            />
          </div>
          <MicrophoneChoice deviceId={deviceId} change={setDeviceId} listening={phase === "asking"} />
          <ConsentFields consent={consent} missing={missing && consent.at === null} change={setConsent} />
          <details>
            <summary className={styles.more}>More settings</summary>
            <NativeSelect
              mt="sm"
              label="A piece is put away and sent every"
              description="Shorter ones are safe sooner, longer ones take less room."
              data={CHUNK_SECONDS}
              value={chunkSeconds}
              onChange={(event) => setChunkSeconds(event.currentTarget.value)}
            />
          </details>
          {phase === "failed" && <BeginFailed />}
          <Group justify="space-between" align="center">
            <Text size="sm" c="dimmed" className="aboutKeys">
              <kbd>Enter</kbd> starts too
            </Text>
            <Button type="submit" size="lg" leftSection={<RecordIcon />} loading={phase === "beginning"}>
              Start recording
            </Button>
          </Group>
        </Stack>
      </Paper>
    </form>
  );
}

function BeginFailed() {
  return (
    <Problem
      urgent
      title="The recording has not started"
      what="This browser could not set it up."
      safe="Nothing was recorded."
      todo="Try again. If that does not help, load the page anew or use another browser."
    />
  );
}

/** The language that is chosen of those that can be heard; one that turns out not to be is left to the server. */
function useLanguage() {
  const [chosen, setLanguage] = useState("");
  const languages = languageChoices(useKnownLanguages(useParts().api).data ?? null);
  const language = languages.some(({ value }) => value === chosen) ? chosen : "";
  return { languages, language, setLanguage };
}

type Begin = Parameters<ReturnType<typeof useParts>["recordings"]["begin"]>[0];

function useBegin(): { begin: (start: Begin) => void; phase: "asking" | "beginning" | "failed" } {
  const { recordings } = useParts();
  const [, go] = useLocation();
  const [phase, setPhase] = useState<"asking" | "beginning" | "failed">("asking");
  const begin = (start: Begin): void => {
    setPhase("beginning");
    recordings.begin(start).then(
      (recording) => go(`/record/${recording.ref}`, { replace: true }),
      () => setPhase("failed"),
    );
  };
  return { begin, phase };
}
