import { Button } from "@mantine/core";
import type { KeyboardEvent, ReactNode, SubmitEvent } from "react";
import { useState } from "react";

import styles from "./save_bar.module.css";
import { useAskBeforeLeaving } from "./use_ask_before_leaving";

interface SavedWhole {
  /** Something would be lost. */
  typed: boolean;
  /** There is something to save, and nothing stands in its way. */
  ready: boolean;
  saving: boolean;
  save: () => void;
  /** Puts the draft away. */
  close: () => void;
}

/** A form whose parts are saved together or not at all, by its buttons or by Ctrl+Enter and Escape. */
export function useSavedWhole({ typed, ready, saving, save, close }: SavedWhole) {
  const [leaving, setLeaving] = useState(false);
  useAskBeforeLeaving(typed);
  const cancel = (): void => {
    if (typed && !leaving) setLeaving(true);
    else close();
  };
  const form = {
    onSubmit: (event: SubmitEvent): void => {
      event.preventDefault();
      if (ready) save();
    },
    onKeyDown: (event: KeyboardEvent): void => {
      if (event.nativeEvent.isComposing) return;
      if (event.key === "Escape") cancel();
      else if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
        if (ready) save();
      } else return;
      event.preventDefault();
      event.stopPropagation();
    },
  };
  const bar = { leaving, stay: () => setLeaving(false), cancel, close, ready, saving };
  return { form, bar };
}

type SaveBarProps = ReturnType<typeof useSavedWhole>["bar"] & {
  /** What stands in the way of saving: the bar is in sight wherever the form is scrolled to. */
  trouble?: ReactNode;
  /** Said when it is saved. */
  done?: string;
};

/** The end of such a form: save, cancel, and the question before what was written is thrown away. */
export function SaveBar({ leaving, stay, cancel, close, ready, saving, trouble, done = "" }: SaveBarProps) {
  if (leaving)
    return (
      <div className={styles.bar}>
        <span role="alert">Throw your changes away?</span>
        <Button variant="default" autoFocus onClick={stay}>
          Keep editing
        </Button>
        <Button color="var(--bad)" c="var(--card)" onClick={close}>
          Throw away
        </Button>
      </div>
    );
  return (
    <div className={styles.bar}>
      {trouble}
      <Button type="submit" loading={saving} disabled={!ready}>
        Save
      </Button>
      <Button variant="default" disabled={saving} onClick={cancel}>
        Cancel
      </Button>
      <span role="status">{done}</span>
      <span className={`${styles.hint} aboutKeys`}>
        <kbd>Ctrl</kbd> <kbd>Enter</kbd> saves
      </span>
    </div>
  );
}
