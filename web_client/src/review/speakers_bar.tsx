import { Button, Divider, Group, NativeSelect, Stack, TextInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { type SubmitEvent, useState } from "react";

import { Dialog } from "../looks/dialog";
import { EditIcon, MergeIcon, PeopleIcon } from "../looks/icons";
import { codeOf } from "./code_of";
import { refusalWords } from "./refusal_words";
import type { ReviewApi } from "./review_api";
import type { Voice } from "./speakers";
import styles from "./speakers_bar.module.css";

interface SpeakersProps {
  api: ReviewApi;
  sessionId: string;
  voices: readonly Voice[];
}

/** Who speaks: each can be given a name, or be said to be the same person as another. */
export function SpeakersBar({ api, sessionId, voices }: SpeakersProps) {
  const [chosen, setChosen] = useState<string | null>(null);
  const close = (): void => setChosen(null);
  const voice = voices.find(({ id }) => id === chosen);
  if (voices.length === 0) return null;
  return (
    <section className={styles.bar} aria-label="Speakers">
      <PeopleIcon />
      <ul className={styles.list}>
        {voices.map(({ id, name, order }) => (
          <li key={id}>
            <button
              type="button"
              className={styles.voice}
              data-voice={order % 6}
              aria-label={`${name}: rename or merge`}
              onClick={() => setChosen(id)}
            >
              {name}
              <EditIcon size={16} />
            </button>
          </li>
        ))}
      </ul>
      <Dialog opened={voice !== undefined} close={close} title="Speaker">
        {voice !== undefined && (
          <Stack>
            <Rename key={voice.id} api={api} sessionId={sessionId} voice={voice} close={close} />
            {voices.length > 1 && (
              <>
                <Divider />
                <Merge api={api} sessionId={sessionId} voice={voice} voices={voices} close={close} />
              </>
            )}
          </Stack>
        )}
      </Dialog>
    </section>
  );
}

interface VoiceFormProps {
  api: ReviewApi;
  sessionId: string;
  voice: Voice;
  close: () => void;
}

function Rename({ api, sessionId, voice, close }: VoiceFormProps) {
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

function Merge({ api, sessionId, voice, voices, close }: VoiceFormProps & { voices: readonly Voice[] }) {
  const others = voices.filter(({ id }) => id !== voice.id);
  const [into, setInto] = useState(others[0]?.id ?? "");
  const merge = useMutation({
    mutationFn: () => api.mergeSpeaker(sessionId, voice.id, into),
    onSuccess: close,
  });
  return (
    <Stack>
      <NativeSelect
        label={`${voice.name} is the same person as`}
        description="Everything both have said is shown under this name."
        value={into}
        error={merge.error === null ? undefined : refusalWords(codeOf(merge.error))}
        onChange={(event) => setInto(event.currentTarget.value)}
        data={others.map(({ id, name }) => ({ value: id, label: name }))}
      />
      <Group justify="flex-end">
        <Button
          variant="default"
          leftSection={<MergeIcon size={18} />}
          loading={merge.isPending}
          onClick={() => merge.mutate()}
        >
          Merge
        </Button>
      </Group>
    </Stack>
  );
}
