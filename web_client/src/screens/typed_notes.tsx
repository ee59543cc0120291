import { Button, Textarea } from "@mantine/core";
import { type KeyboardEvent, useState } from "react";

import { NoteIcon } from "../looks/icons";
import { Problem } from "../looks/problem";
import { clock } from "../looks/time";
import type { Recording } from "../recording/recording";
import styles from "./typed_notes.module.css";
import { useSelected } from "./use_selected";
import { useValue } from "./use_value";

/** Notes that one writes oneself, each with its place in the recording. */
export function TypedNotes({ recording }: { recording: Recording }) {
  return (
    <section className={styles.frame} aria-labelledby="notes-heading">
      <h2 id="notes-heading" className={styles.heading}>
        Your notes
      </h2>
      <NoteList recording={recording} />
      <NoteField recording={recording} />
    </section>
  );
}

function NoteList({ recording }: { recording: Recording }) {
  const notes = useValue(recording.notes);
  if (notes.length === 0) return null;
  return (
    <ul className={styles.notes}>
      {notes.map(({ id, at_ms, text }) => (
        <li key={id}>
          <span className={styles.at}>{clock(at_ms)}</span>
          <span className={styles.text}>{text}</span>
        </li>
      ))}
    </ul>
  );
}

const TAKEN = "Notes are taken in the tab that has the recording now";

function NoteField({ recording }: { recording: Recording }) {
  const [text, setText] = useState("");
  const [keeping, setKeeping] = useState(false);
  const [failed, setFailed] = useState(false);
  const seconds = useSelected(recording.state, (state) => Math.floor(state.capturedMs / 1000));
  const taken = useSelected(recording.state, (state) => state.taken !== null);
  const add = (): void => {
    if (text.trim() === "" || keeping) return;
    setKeeping(true);
    const ended = (kept: boolean): void => {
      setKeeping(false);
      setFailed(!kept);
      // What was typed meanwhile is the next note.
      if (kept) setText((now) => (now.startsWith(text) ? now.slice(text.length) : now));
    };
    void recording.addNote(text.trim()).then(
      () => ended(true),
      () => ended(false),
    );
  };
  const pressed = (event: KeyboardEvent<HTMLTextAreaElement>): void => {
    if (event.key === "Escape") event.currentTarget.blur();
    if (event.key !== "Enter" || event.shiftKey || event.nativeEvent.isComposing) return;
    event.preventDefault();
    add();
  };
  return (
    <div className={styles.field}>
      {failed && (
        <div className={styles.failed}>
          <Problem
            urgent
            title="The note could not be kept"
            what="This browser did not take it. It is still in the field below."
            todo="Add it again; if the disk is full, make room first."
          />
        </div>
      )}
      <Textarea
        id="note"
        className={styles.input ?? ""}
        label={`Note at ${clock(seconds * 1000)}`}
        description={taken ? TAKEN : "Enter keeps it, Shift and Enter begin a new line"}
        disabled={taken}
        maxLength={4000}
        rows={2}
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
        onKeyDown={pressed}
      />
      <Button
        variant="default"
        leftSection={<NoteIcon />}
        onClick={add}
        disabled={taken || text.trim() === ""}
      >
        Add note
      </Button>
    </div>
  );
}
