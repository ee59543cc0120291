import { Button, Skeleton, Text, Textarea } from "@mantine/core";
import { useEffect, useRef } from "react";

import { Problem } from "../looks/problem";
import { SaveBar, useSavedWhole } from "../looks/save_bar";
import { codeOf } from "../review/code_of";
import { useVocabulary } from "./use_vocabulary";
import styles from "./vocabulary.module.css";
import {
  countOf,
  MOST_OF_ORGANISATION,
  MOST_OF_PATIENT,
  textOf,
  vocabularyRefusal,
} from "./vocabulary_words";

interface WordsFormProps {
  /** Null for the organisation's own words. */
  patient: string | null;
  label: string;
  /** It is what was asked for: it is brought in sight, to be typed into. */
  isWanted?: boolean;
}

/** A vocabulary to change, a word or name on each line. */
export function WordsForm({ patient, label, isWanted = false }: WordsFormProps) {
  const words = useVocabulary(patient);
  const { stored, text, typed, overtaken, send } = words;
  const whole = useSavedWhole({
    typed,
    ready: typed && !overtaken,
    saving: send.isPending,
    save: words.save,
    close: words.putAway,
  });
  const field = useRef<HTMLTextAreaElement>(null);
  const isThere = stored.data !== undefined;
  useEffect(() => {
    if (!isWanted || !isThere) return;
    field.current?.scrollIntoView({ block: "center" });
    field.current?.focus({ preventScroll: true });
  }, [isWanted, isThere]);
  if (stored.data === undefined)
    return stored.isError ? (
      <Problem
        title="The words cannot be shown now"
        what="The server does not answer."
        actions={
          <Button variant="default" onClick={() => void stored.refetch()}>
            Try again
          </Button>
        }
      />
    ) : (
      <Skeleton height={220} radius="md" aria-hidden="true" />
    );
  const most = patient === null ? MOST_OF_ORGANISATION : MOST_OF_PATIENT;
  return (
    <form className={styles.form} aria-label={label} {...whole.form}>
      {patient !== null && !typed && stored.data.words.length === 0 && (
        <Text>No words yet for this patient.</Text>
      )}
      <Textarea
        ref={field}
        label={label}
        description={`One on each line, or with commas; ${countOf(text)} of ${most}`}
        autosize
        minRows={6}
        maxRows={18}
        spellCheck={false}
        autoComplete="off"
        value={text}
        readOnly={send.isPending}
        onChange={(event) => words.write(event.currentTarget.value)}
      />
      {overtaken && <Theirs words={stored.data.words} />}
      <SaveBar
        {...whole.bar}
        done={send.isSuccess ? "The words are saved." : ""}
        trouble={
          overtaken ? (
            <Overtaken keepMine={words.keepMine} takeTheirs={words.putAway} />
          ) : (
            send.error !== null && (
              <Problem
                title="Not saved"
                what={vocabularyRefusal(codeOf(send.error), send.error.message)}
                safe="What you wrote is still here."
                urgent
              />
            )
          )
        }
      />
    </form>
  );
}

interface OvertakenProps {
  keepMine: () => void;
  takeTheirs: () => void;
}

/** Somebody else's words stand meanwhile: both can be seen before one of them is chosen. */
function Overtaken({ keepMine, takeTheirs }: OvertakenProps) {
  return (
    <Problem
      tone="warn"
      title="The words have changed meanwhile"
      what="Somebody else saved them while you were writing. Nothing was saved over anything."
      safe="What you wrote is still here."
      actions={
        <>
          <Button variant="default" onClick={keepMine}>
            Go on with mine
          </Button>
          <Button variant="default" onClick={takeTheirs}>
            Take theirs
          </Button>
        </>
      }
      urgent
    />
  );
}

function Theirs({ words }: { words: readonly string[] }) {
  return (
    <details className={styles.theirs}>
      <summary>Show theirs</summary>
      <p>{words.length > 0 ? textOf(words) : "They took all words out."}</p>
    </details>
  );
}
