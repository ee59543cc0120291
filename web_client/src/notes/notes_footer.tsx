import type { NotesView } from "../wire/messages";
import { when } from "../looks/time";
import styles from "./notes.module.css";
import { tookWords, wroteWords } from "./notes_words";

/** Where the notes come from, in small print. */
export function NotesFooter({ notes }: { notes: NotesView }) {
  const { dropped, edited_at: editedAt, edited_by: editedBy } = notes;
  return (
    <footer className={styles.footer}>
      {dropped > 0 && (
        <p>
          {dropped === 1 ? "1 statement was" : `${dropped} statements were`} left out: nothing in the
          transcript supported {dropped === 1 ? "it" : "them"}.
        </p>
      )}
      <p>
        {notes.template_name}, {wroteWords(notes)} {tookWords(notes)}
      </p>
      {editedAt !== null && (
        <p>
          Edited {editedBy === null ? "" : `by ${editedBy}, `}
          {when(editedAt)}.
        </p>
      )}
    </footer>
  );
}
