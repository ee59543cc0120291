import type { NotesView } from "../wire/messages";
import { when } from "../looks/time";
import styles from "./notes.module.css";
import { wroteWords } from "./notes_words";

/** Where the notes come from, in small print. */
export function NotesFooter({ notes }: { notes: NotesView }) {
  const { dropped, tokens, cost, edited_at: editedAt, edited_by: editedBy } = notes;
  return (
    <footer className={styles.footer}>
      {dropped > 0 && (
        <p>
          {dropped === 1 ? "1 statement was" : `${dropped} statements were`} left out: nothing in the
          transcript supported {dropped === 1 ? "it" : "them"}.
        </p>
      )}
      <p>
        {notes.template_name}, {wroteWords(notes)}
        {tokens !== null && ` ${tokens.toLocaleString("en")} tokens`}
        {cost !== null && `, about ${dollars(cost)}`}
        {tokens !== null && "."}
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

function dollars(cost: number): string {
  return cost > 0 && cost < 0.01 ? "less than 1 cent" : `$${cost.toFixed(2)}`;
}
