import { Button, Title } from "@mantine/core";
import { useEffect, useRef } from "react";

import { PlusIcon } from "../looks/icons";
import { Problem } from "../looks/problem";
import { SaveBar, useSavedWhole } from "../looks/save_bar";
import type { NotesView } from "../wire/messages";
import { type Draft, type DraftSection, type DraftStep, isChanged, isOvertaken, isTyped } from "./draft";
import type { Evidence, SegmentsById } from "./evidence";
import styles from "./notes.module.css";
import { notesRefusal } from "./notes_words";
import { NotesSections } from "./notes_view";
import { StatementEditor } from "./statement_editor";

interface NotesEditorProps {
  draft: Draft;
  /** As they stand by now. */
  notes: NotesView;
  segments: SegmentsById;
  hear: (evidence: Evidence) => void;
  heard: () => string | null;
  step: (step: DraftStep) => void;
  save: () => void;
  close: () => void;
}

/** The notes to change, as one form: everything is saved together or not at all. */
export function NotesEditor(props: NotesEditorProps) {
  const { draft, notes, segments, hear, heard, step, save, close } = props;
  const form = useRef<HTMLFormElement>(null);
  const changed = isChanged(draft);
  const typed = isTyped(draft);
  const overtaken = isOvertaken(draft, notes) && draft.phase === "open";
  const saving = draft.phase === "saving";
  const whole = useSavedWhole({ typed, ready: changed && !overtaken, saving, save, close });
  // What opened it is gone from the page, and may have stood far from where the form begins.
  useEffect(() => {
    form.current?.focus({ preventScroll: true });
    form.current?.scrollIntoView({ block: "start" });
  }, []);
  return (
    <form ref={form} tabIndex={-1} className={styles.editor} aria-label="Change the notes" {...whole.form}>
      {draft.generation > notes.generation && (
        <p className={styles.small}>
          These are the newer ones. Saving puts them in the place of the{" "}
          {notes.signed_at === null ? "notes that stand" : "signed ones"}; nothing has changed yet.
        </p>
      )}
      {draft.sections.map((section) => (
        <SectionEditor
          key={section.key}
          section={section}
          segments={segments}
          hear={hear}
          heard={heard}
          step={step}
        />
      ))}
      {overtaken && <Overtaken {...props} />}
      {draft.trouble !== null && !overtaken && <Problem title={notesRefusal(draft.trouble)} urgent />}
      <SaveBar {...whole.bar} />
    </form>
  );
}

/** Somebody else's version stands meanwhile: both can be seen before one of them is chosen. */
function Overtaken({ notes, segments, hear, step, close }: NotesEditorProps) {
  const who = notes.edited_by === null ? "They were written anew" : `${notes.edited_by} changed them`;
  return (
    <>
      <Problem
        tone="warn"
        title="The notes have changed meanwhile"
        what={`${who} while you were writing. Nothing was saved over anything.`}
        safe="What you wrote is still here."
        actions={
          <>
            <Button variant="default" onClick={() => step({ type: "keep_mine", notes })}>
              Go on with mine
            </Button>
            <Button variant="default" onClick={close}>
              Take theirs
            </Button>
          </>
        }
        urgent
      />
      <details className={styles.theirs}>
        <summary>Show theirs</summary>
        <NotesSections sections={notes.sections} screened={notes.screened} segments={segments} hear={hear} />
      </details>
    </>
  );
}

interface SectionEditorProps {
  section: DraftSection;
  segments: SegmentsById;
  hear: (evidence: Evidence) => void;
  heard: () => string | null;
  step: (step: DraftStep) => void;
}

function SectionEditor({ section, segments, hear, heard, step }: SectionEditorProps) {
  const { key, title, kind, statements } = section;
  const severity = kind === "flags" || statements.some((each) => each.severity !== null) ? "medium" : null;
  return (
    <section className={styles.section} aria-label={title}>
      <Title order={3}>{title}</Title>
      {statements.length > 0 && (
        <ul className={styles.statements}>
          {statements.map((statement, at) => (
            <StatementEditor
              key={statement.key}
              section={section}
              statement={statement}
              place={at + 1}
              segments={segments}
              hear={hear}
              heard={heard}
              step={step}
            />
          ))}
        </ul>
      )}
      <div>
        <Button
          size="compact-md"
          variant="subtle"
          leftSection={<PlusIcon size={16} />}
          aria-label={`Add a statement to ${title}`}
          onClick={() => step({ type: "add", section: key, after: null, key: crypto.randomUUID(), severity })}
        >
          Add a statement
        </Button>
      </div>
    </section>
  );
}
