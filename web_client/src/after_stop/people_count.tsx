import { Button, Group, NativeSelect, Stack, Text } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { Dialog } from "../looks/dialog";
import { codeOf } from "../review/code_of";
import { refusalWords } from "../review/refusal_words";
import type { ReviewApi } from "../review/review_api";
import { sessionKey } from "../review/session_key";
import type { SessionView } from "../wire/messages";
import styles from "./people_count.module.css";

const MOST_PEOPLE = 20;

interface PeopleCountProps {
  api: ReviewApi;
  session: SessionView;
  /** How many voices were told apart; null while that is under way. */
  found: number | null;
}

/** How many people speak: found, or what somebody says. */
export function PeopleCount({ api, session, found }: PeopleCountProps) {
  const [asking, setAsking] = useState(false);
  const said = session.speaker_count;
  return (
    <div className={styles.line}>
      {said !== null && <span>{saidWords(said, found)}</span>}
      <Button variant="subtle" size="compact-md" onClick={() => setAsking(true)}>
        Wrong number of people?
      </Button>
      <Dialog opened={asking} close={() => setAsking(false)} title="How many people speak?">
        {asking && <CountForm api={api} session={session} close={() => setAsking(false)} />}
      </Dialog>
    </div>
  );
}

/** Fewer voices than people is no mistake of whoever counted: some may be too alike, or hardly have spoken. */
function saidWords(said: number, found: number | null): string {
  const told = `You said that ${people(said)}`;
  if (found === null || found === 0 || found >= said) return `${told}.`;
  return `${told}; ${found === 1 ? "only 1 voice" : `${found} voices`} could be told apart.`;
}

function people(count: number): string {
  return count === 1 ? "1 person speaks" : `${count} people speak`;
}

const CHOICES = [
  { value: "", label: "Find out from the voices" },
  ...Array.from({ length: MOST_PEOPLE }, (_, at) => ({ value: String(at + 1), label: people(at + 1) })),
];

function CountForm({ api, session, close }: Omit<PeopleCountProps, "found"> & { close: () => void }) {
  const [count, setCount] = useState(String(session.speaker_count ?? ""));
  const queries = useQueryClient();
  const save = useMutation({
    mutationFn: () =>
      api.describe(session.session_id, { speaker_count: count === "" ? null : Number(count) }),
    onSuccess: (changed) => {
      queries.setQueryData(sessionKey(session.session_id), changed);
      close();
    },
  });
  return (
    <Stack>
      <NativeSelect
        label="People who speak"
        data-autofocus
        data={CHOICES}
        value={count}
        onChange={(event) => setCount(event.currentTarget.value)}
      />
      <Text>
        The speakers are told apart anew, and the notes are written anew after that. Speakers that you gave to
        single parts stay, and so do notes that somebody has edited or signed.
      </Text>
      {save.error !== null && (
        <Text c="var(--bad)" role="alert">
          {refusalWords(codeOf(save.error))}
        </Text>
      )}
      <Group justify="flex-end">
        <Button variant="default" onClick={close}>
          Cancel
        </Button>
        <Button
          loading={save.isPending}
          disabled={count === String(session.speaker_count ?? "")}
          onClick={() => save.mutate()}
        >
          Tell them apart anew
        </Button>
      </Group>
    </Stack>
  );
}
