import { Button, Group, NativeSelect, Stack, Text } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { Dialog } from "../looks/dialog";
import { codeOf } from "../review/code_of";
import { sessionKey } from "../review/session_key";
import type { Api } from "../wire/api";
import { knownLanguages, languageName } from "./languages";
import styles from "./spoken_language.module.css";
import { useKnownLanguages } from "./use_known_languages";

interface SpokenLanguageProps {
  api: Pick<Api, "describe" | "languages">;
  sessionId: string;
  /** Null while the server has not heard which it is. */
  language: string | null;
  isStopped: boolean;
}

/** In which language the session is heard, and a way to say another one. */
export function SpokenLanguage(props: SpokenLanguageProps) {
  const { language } = props;
  const [asking, setAsking] = useState(false);
  return (
    <div className={styles.line}>
      <span role="status">Language: {language === null ? "not heard yet" : languageName(language)}</span>
      <Button
        variant="subtle"
        size="compact-md"
        aria-label={language === null ? "Choose the language" : "Change the language"}
        onClick={() => setAsking(true)}
      >
        {language === null ? "Choose" : "Change"}
      </Button>
      <Dialog opened={asking} close={() => setAsking(false)} title="Which language is spoken?">
        {asking && <LanguageForm {...props} close={() => setAsking(false)} />}
      </Dialog>
    </div>
  );
}

const NOT_CHOSEN = { value: "", label: "Choose one" };

function LanguageForm({
  api,
  sessionId,
  language,
  isStopped,
  close,
}: SpokenLanguageProps & { close: () => void }) {
  const [chosen, choose] = useState(language ?? "");
  const queries = useQueryClient();
  const known = useKnownLanguages(api);
  const save = useMutation({
    mutationFn: () => api.describe(sessionId, { language: chosen }),
    onSuccess: (changed) => {
      queries.setQueryData(sessionKey(sessionId), changed);
      close();
    },
  });
  const choices = knownLanguages(known.data ?? null, language);
  const [only, ...others] = known.data ?? [];
  const isAnother = chosen !== "" && chosen !== language;
  return (
    <Stack>
      <NativeSelect
        label="Spoken language"
        data-autofocus
        data={language === null ? [NOT_CHOSEN, ...choices] : choices}
        value={chosen}
        disabled={known.isPending}
        onChange={(event) => choose(event.currentTarget.value)}
      />
      {only !== undefined && others.length === 0 && (
        <Text>The recogniser that runs here knows {languageName(only)} alone.</Text>
      )}
      <Text>
        {consequences(isAnother ? languageName(chosen) : "the language that you choose", language, isStopped)}
      </Text>
      <Text>
        What somebody corrected or removed stays as it is, and so do names
        {isStopped ? " and notes that somebody has edited or signed." : " and your notes."}
      </Text>
      {save.error !== null && (
        <Text c="var(--bad)" role="alert">
          {notChanged(codeOf(save.error))}
        </Text>
      )}
      <Group className={styles.answers ?? ""} justify="flex-end">
        <Button variant="default" onClick={close}>
          Cancel
        </Button>
        <Button loading={save.isPending} disabled={!isAnother} onClick={() => save.mutate()}>
          {language === null ? "Use this language" : "Transcribe again"}
        </Button>
      </Group>
    </Stack>
  );
}

function consequences(name: string, before: string | null, isStopped: boolean): string {
  const kept = "Each part keeps its words until the new ones are there.";
  if (isStopped) {
    const made = "Then the speakers are told apart anew, and the notes are written anew.";
    return `The whole session is transcribed again in ${name}. ${kept} ${made}`;
  }
  if (before === null) return `What is said is transcribed in ${name}.`;
  return `What was said until now is transcribed again, and everything that follows, in ${name}. ${kept} The recording goes on.`;
}

const REASONS: Partial<Record<string, string>> = {
  invalid: "the recogniser that runs here does not know this language.",
  unreachable: "the server cannot be reached. Try again.",
  unauthenticated: "sign in again, then choose once more.",
  not_found: "this session is no longer there.",
};

function notChanged(code: string): string {
  return `Nothing was changed: ${REASONS[code] ?? "something went wrong at the server. Try again."}`;
}
