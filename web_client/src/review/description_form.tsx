import { Button, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type KeyboardEvent, type SubmitEvent, useState } from "react";

import { Problem } from "../looks/problem";
import type { SessionView } from "../wire/messages";
import { codeOf } from "./code_of";
import styles from "./heading.module.css";
import { refusalWords } from "./refusal_words";
import type { ReviewApi } from "./review_api";
import { sessionKey } from "./session_key";

interface DescriptionFormProps {
  api: ReviewApi;
  session: SessionView;
  close: () => void;
}

/** The session's title and patient. */
export function DescriptionForm({ api, session, close }: DescriptionFormProps) {
  const [title, setTitle] = useState(session.title ?? "");
  const [patient, setPatient] = useState(session.patient_id ?? "");
  const queries = useQueryClient();
  const save = useMutation({
    mutationFn: () =>
      api.describe(session.session_id, { title: title.trim() || null, patient_id: patient.trim() || null }),
    onSuccess: (changed) => {
      queries.setQueryData(sessionKey(session.session_id), changed);
      void queries.invalidateQueries({ queryKey: ["sessions"] });
      close();
    },
  });
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    save.mutate();
  };
  const pressed = (event: KeyboardEvent): void => {
    if (event.key === "Escape") close();
  };
  return (
    <form className={styles.form} aria-label="Title and patient" onSubmit={submit} onKeyDown={pressed}>
      <TextInput
        label="Title"
        autoFocus
        autoComplete="off"
        maxLength={200}
        value={title}
        onChange={(event) => setTitle(event.currentTarget.value)}
      />
      <TextInput
        label="Patient reference"
        autoComplete="off"
        maxLength={200}
        value={patient}
        onChange={(event) => setPatient(event.currentTarget.value)}
      />
      <div className={styles.actions}>
        <Button type="submit" loading={save.isPending}>
          Save
        </Button>
        <Button variant="default" onClick={close}>
          Cancel
        </Button>
      </div>
      {save.error !== null && <Problem title={refusalWords(codeOf(save.error))} urgent />}
    </form>
  );
}
