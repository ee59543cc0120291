import { Button, Skeleton, Textarea } from "@mantine/core";

import { Announce } from "../looks/announce";
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
}

/** A vocabulary to change, a word or name on each line. */
export function WordsForm({ patient, label }: WordsFormProps) {
  const words = useVocabulary(patient);
  const { stored, text, typed, overtaken, send } = words;
  const whole = useSavedWhole({
    typed,
    ready: typed && !overtaken,
    saving: send.isPending,
    save: words.save,
    close: words.putAway,
  });
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
      <Announce>{send.isSuccess ? "The words are saved" : ""}</Announce>
      <Textarea
        label={label}
        description={`One on each line, ${countOf(text)} of ${most}`}
        autosize
        minRows={6}
        maxRows={18}
        spellCheck={false}
        autoComplete="off"
        value={text}
        readOnly={send.isPending}
        onChange={(event) => words.write(event.currentTarget.value)}
      />
      {overtaken && (
        <Overtaken theirs={stored.data.words} keepMine={words.keepMine} takeTheirs={words.putAway} />
      )}
      {send.error !== null && !overtaken && (
        <Problem
          title="Not saved"
          what={vocabularyRefusal(codeOf(send.error), send.error.message)}
          safe="What you wrote is still here."
          urgent
        />
      )}
      <SaveBar {...whole.bar} />
    </form>
  );
}

interface OvertakenProps {
  theirs: readonly string[];
  keepMine: () => void;
  takeTheirs: () => void;
}

/** Somebody else's words stand meanwhile: both can be seen before one of them is chosen. */
function Overtaken({ theirs, keepMine, takeTheirs }: OvertakenProps) {
  return (
    <>
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
      <details className={styles.theirs}>
        <summary>Show theirs</summary>
        <p>{theirs.length > 0 ? textOf(theirs) : "They took all words out."}</p>
      </details>
    </>
  );
}
