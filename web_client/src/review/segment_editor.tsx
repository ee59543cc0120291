import { Button, NativeSelect, Textarea } from "@mantine/core";
import { type KeyboardEvent, useEffect, useRef } from "react";

import { Problem } from "../looks/problem";
import { clock } from "../looks/time";
import type { Correction } from "./correction";
import type { Desk } from "./desk";
import { refusalWords } from "./refusal_words";
import type { Voice } from "./speakers";
import { segmentElementId } from "./spotlight";
import styles from "./transcript.module.css";

const NOTHING_SAID = "Nothing was said here";

interface SegmentEditorProps {
  desk: Desk;
  correction: Correction;
  startMs: number;
  edited: boolean;
  voices: readonly Voice[];
  /** The id a new speaker would get. */
  newSpeaker: string;
}

/** The text and the speaker of one segment as a form in its place. */
export function SegmentEditor({ desk, correction, startMs, edited, voices, newSpeaker }: SegmentEditorProps) {
  const field = useRef<HTMLTextAreaElement>(null);
  const { phase, now, blocked, segmentId } = correction;
  useEffect(() => {
    field.current?.focus();
    if (blocked) field.current?.scrollIntoView({ block: "center" });
  }, [blocked]);
  useEffect(() => () => focusButton(segmentId), [segmentId]);
  const saving = phase === "saving";
  const isEmpty = now.text.trim() === "";
  const pressed = (event: KeyboardEvent): void => {
    if (event.nativeEvent.isComposing) return;
    if (event.key === "Escape") desk.step({ type: "cancel" });
    else if (event.key === "Enter" && !event.shiftKey && event.target === field.current) void desk.save();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    // Keys bubble here from the fields; the form itself is not pressed.
    <form
      className={styles.editor}
      aria-label={`Correct ${clock(startMs)}`}
      onKeyDown={pressed}
      onSubmit={(event) => {
        event.preventDefault();
        void desk.save();
      }}
    >
      <Textarea
        ref={field}
        label="Text"
        description={
          isEmpty
            ? "Enter says that nothing was said here, Escape leaves it as it was"
            : "Enter saves, Escape leaves it as it was"
        }
        autosize
        minRows={2}
        maxLength={10_000}
        value={now.text}
        readOnly={saving}
        error={correction.trouble === null ? undefined : refusalWords(correction.trouble)}
        onChange={(event) => desk.step({ type: "write", text: event.currentTarget.value })}
      />
      <NativeSelect
        label="Who speaks"
        value={now.speaker ?? ""}
        disabled={saving}
        onChange={(event) => desk.step({ type: "name", speaker: event.currentTarget.value || null })}
        data={[
          { value: "", label: "Nobody named" },
          ...voices.map(({ id, name }) => ({ value: id, label: name })),
          { value: newSpeaker, label: "Somebody new" },
        ]}
      />
      {blocked && <Problem tone="warn" title="Save or cancel this correction first" urgent />}
      {correction.overtaken !== null && <Overtaken desk={desk} theirs={correction.overtaken.text} />}
      <div className={styles.editorActions}>
        <Button type="submit" loading={saving}>
          {isEmpty ? NOTHING_SAID : "Save"}
        </Button>
        <Button variant="default" disabled={saving} onClick={() => desk.step({ type: "cancel" })}>
          Cancel
        </Button>
        {!isEmpty && (
          <Button variant="subtle" disabled={saving} onClick={() => void desk.remove()}>
            {NOTHING_SAID}
          </Button>
        )}
        {edited && (
          <Button variant="subtle" disabled={saving} onClick={() => void desk.revert()}>
            Back to what was recognised
          </Button>
        )}
      </div>
    </form>
  );
}

/** The keyboard goes on where it was, unless it is somewhere else already. */
function focusButton(segmentId: string): void {
  if (document.activeElement !== document.body) return;
  document.querySelector<HTMLElement>(`#${segmentElementId(segmentId)} [data-edit]`)?.focus();
}

function Overtaken({ desk, theirs }: { desk: Desk; theirs: string }) {
  return (
    <Problem
      tone="warn"
      title="This part has changed meanwhile"
      what={`It now says: “${theirs}”`}
      todo="Save to put your text in its place, or take what is there now."
      actions={
        <Button size="sm" variant="default" onClick={() => desk.step({ type: "take_theirs" })}>
          Take what is there now
        </Button>
      }
    />
  );
}
