import { Button, Text, TextInput, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { type SubmitEvent, useState } from "react";
import { useSearch } from "wouter";

import { sessionKey } from "../review/session_key";
import { useParts } from "../screens/parts";
import { useVocabulary } from "./use_vocabulary";
import styles from "./vocabulary.module.css";
import { WordsForm } from "./words_form";

/** A patient's words: of the one whose session the page's address names, or of another one who is typed in. */
export function PatientWords() {
  const sessionId = new URLSearchParams(useSearch()).get("session");
  const { api } = useParts();
  const session = useQuery({
    queryKey: sessionKey(sessionId ?? ""),
    queryFn: ({ signal }) => api.session(sessionId ?? "", signal),
    enabled: sessionId !== null,
  });
  // The organisation's words stand above, and push these down when they come.
  const isSettled = !useVocabulary(null).stored.isPending;
  const ofSession = session.data?.patient_id ?? null;
  const [typed, setTyped] = useState<string | null>(null);
  // Until one is chosen, or the field is emptied, it is the session's.
  const [chosen, setChosen] = useState<string | null | undefined>(undefined);
  const patient = chosen === undefined ? ofSession : chosen;
  const type = (text: string): void => {
    setTyped(text);
    if (text.trim() === "") setChosen(null);
  };
  const choose = (event: SubmitEvent): void => {
    event.preventDefault();
    const meant = (typed ?? ofSession ?? "").trim();
    if (meant !== "") setChosen(meant);
  };
  return (
    <section className={styles.part} aria-labelledby="patient-words">
      <Title order={2} id="patient-words">
        A patient’s
      </Title>
      <Text c="dimmed">
        The names that come up with this patient: family, doctors, drugs, places. They come before the
        organisation’s. The reference is the one that you give when you record; a session that is given
        another patient afterwards is heard once more with that patient’s words.
      </Text>
      <Text c="dimmed">
        These too are used by Whisper alone: where pocketsphinx runs, they change nothing.
      </Text>
      <form className={styles.patient} onSubmit={choose}>
        <TextInput
          label="Patient reference"
          autoComplete="off"
          maxLength={200}
          value={typed ?? patient ?? ""}
          onChange={(event) => type(event.currentTarget.value)}
        />
        <Button type="submit" variant="default">
          Show the words
        </Button>
      </form>
      {patient !== null && (
        <WordsForm key={patient} patient={patient} label={`Words of ${patient}`} isWanted={isSettled} />
      )}
    </section>
  );
}
