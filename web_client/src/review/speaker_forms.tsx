import { Button, Group, NativeSelect, Stack, TextInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { type SubmitEvent, useState } from "react";

import { MergeIcon, PeopleIcon } from "../looks/icons";
import { codeOf } from "./code_of";
import { refusalWords, undoWords } from "./refusal_words";
import type { ReviewApi } from "./review_api";
import type { MergedVoice, Voice } from "./speakers";
import styles from "./speakers_bar.module.css";

interface VoiceFormProps {
  api: ReviewApi;
  sessionId: string;
  voice: Voice;
  close: () => void;
}

export function Rename({ api, sessionId, voice, close }: VoiceFormProps) {
  const [name, setName] = useState(voice.named ? voice.name : "");
  const rename = useMutation({
    mutationFn: () => api.nameSpeaker(sessionId, voice.id, name.trim()),
    onSuccess: close,
  });
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    if (name.trim() !== "") rename.mutate();
  };
  return (
    <form onSubmit={submit}>
      <Stack>
        <TextInput
          label="Name"
          placeholder={voice.named ? undefined : voice.name}
          data-autofocus
          maxLength={100}
          value={name}
          error={rename.error === null ? undefined : refusalWords(codeOf(rename.error))}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <Group justify="flex-end">
          <Button variant="default" onClick={close}>
            Cancel
          </Button>
          <Button type="submit" loading={rename.isPending} disabled={name.trim() === ""}>
            Rename
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

interface MergeProps extends Omit<VoiceFormProps, "close"> {
  others: readonly Voice[];
  merged: (into: Voice) => void;
}

export function Merge({ api, sessionId, voice, others, merged }: MergeProps) {
  const [chosen, setChosen] = useState("");
  const into = others.find(({ id }) => id === chosen) ?? others[0];
  const merge = useMutation({
    mutationFn: (into: Voice) => api.mergeSpeaker(sessionId, voice.id, into.id),
    onSuccess: (_, into) => merged(into),
  });
  if (into === undefined) return null;
  return (
    <Stack>
      <NativeSelect
        label={`${voice.name} is the same person as`}
        description="Everything both have said is shown under this name."
        value={into.id}
        error={merge.error === null ? undefined : refusalWords(codeOf(merge.error))}
        onChange={(event) => setChosen(event.currentTarget.value)}
        data={others.map(({ id, name }) => ({ value: id, label: name }))}
      />
      <Group justify="flex-end">
        <Button
          variant="default"
          leftSection={<MergeIcon size={18} />}
          loading={merge.isPending}
          onClick={() => merge.mutate(into)}
        >
          Merge
        </Button>
      </Group>
    </Stack>
  );
}

/** Who was merged into the speaker, and can be somebody again. */
export function Separate({ api, sessionId, voice, close }: VoiceFormProps) {
  const separate = useMutation({
    mutationFn: (speakerId: string) => api.separateSpeaker(sessionId, speakerId, voice.id),
    onSuccess: close,
  });
  return (
    <section aria-label={`Merged into ${voice.name}`}>
      <p className={styles.mergedTitle}>Merged into {voice.name}</p>
      <ul className={styles.merged}>
        {voice.merged.map((each) => (
          <li key={each.id}>
            <span>{mergedName(each)}</span>
            <Button
              variant="default"
              size="sm"
              leftSection={<PeopleIcon size={18} />}
              aria-label={`Separate again: ${mergedName(each)}`}
              loading={separate.isPending && separate.variables === each.id}
              disabled={separate.isPending}
              onClick={() => separate.mutate(each.id)}
            >
              Separate again
            </Button>
          </li>
        ))}
      </ul>
      {separate.error !== null && (
        <p className={styles.refused} role="alert">
          {undoWords(codeOf(separate.error))}
        </p>
      )}
    </section>
  );
}

function mergedName({ id, name }: MergedVoice): string {
  if (name !== null) return name;
  // Its number in the order of speaking may be somebody else's now.
  const number = /^S(\d+)$/.exec(id)?.[1];
  return number === undefined ? "Speaker without a name" : `Formerly Speaker ${number}`;
}
