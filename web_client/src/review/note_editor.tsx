import { Button, Group, Stack, Textarea } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { type KeyboardEvent, useState } from "react";

import { Dialog } from "../looks/dialog";
import { clock } from "../looks/time";
import { useValue } from "../screens/use_value";
import { codeOf } from "./code_of";
import type { Desk, NoteDraft } from "./desk";
import { refusalWords } from "./refusal_words";
import type { ReviewApi } from "./review_api";

/** Writes a note at a time, or changes or removes one. */
export function NoteEditor({ desk, api }: { desk: Desk; api: ReviewApi }) {
  const draft = useValue(desk.note);
  const close = (): void => desk.note.set(null);
  return (
    <Dialog
      opened={draft !== null}
      close={close}
      title={draft === null ? "" : `Note at ${clock(draft.atMs)}`}
    >
      {draft !== null && (
        <NoteForm key={draft.id} draft={draft} sessionId={desk.sessionId} api={api} close={close} />
      )}
    </Dialog>
  );
}

interface NoteFormProps {
  draft: NoteDraft;
  sessionId: string;
  api: ReviewApi;
  close: () => void;
}

function NoteForm({ draft, sessionId, api, close }: NoteFormProps) {
  const [text, setText] = useState(draft.text);
  const put = useMutation({
    mutationFn: (written: string) =>
      api.putTypedNote(sessionId, { id: draft.id, at_ms: draft.atMs, text: written }),
    onSuccess: close,
  });
  const save = (): void => {
    if (text.trim() === "") close();
    else put.mutate(text.trim());
  };
  const pressed = (event: KeyboardEvent): void => {
    if (event.key !== "Enter" || event.shiftKey || event.nativeEvent.isComposing) return;
    event.preventDefault();
    save();
  };
  return (
    <Stack>
      <Textarea
        label="Note"
        description="Enter saves, Shift and Enter begins a new line"
        data-autofocus
        autosize
        minRows={3}
        maxLength={4_000}
        value={text}
        error={put.error === null ? undefined : refusalWords(codeOf(put.error))}
        onChange={(event) => setText(event.currentTarget.value)}
        onKeyDown={pressed}
      />
      <Group justify="flex-end">
        {!draft.isNew && (
          <Button variant="subtle" c="var(--bad)" disabled={put.isPending} onClick={() => put.mutate("")}>
            Remove
          </Button>
        )}
        <Button variant="default" onClick={close}>
          Cancel
        </Button>
        <Button loading={put.isPending} onClick={save}>
          Save
        </Button>
      </Group>
    </Stack>
  );
}
