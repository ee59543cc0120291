import { Anchor, Button, Group, NativeSelect, Stack, Text } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Link } from "wouter";

import { Dialog } from "../looks/dialog";
import { RetryIcon } from "../looks/icons";
import { Problem } from "../looks/problem";
import { codeOf } from "../review/code_of";
import type { ReviewApi } from "../review/review_api";
import type { NotesView, WireTemplate } from "../wire/messages";
import { writesWords } from "./notes_words";
import { templatesQuery } from "./templates_query";

interface WriteAgainProps {
  api: ReviewApi;
  sessionId: string;
  /** Null where there are none yet. */
  notes: NotesView | null;
  templates: readonly WireTemplate[];
}

/** Has the notes written anew, by this template or another one. */
export function WriteAgain({ api, sessionId, notes, templates }: WriteAgainProps) {
  const [asking, setAsking] = useState(false);
  const close = (): void => setAsking(false);
  return (
    <>
      <Button variant="default" leftSection={<RetryIcon size={18} />} onClick={() => setAsking(true)}>
        {notes === null ? "Write notes" : "Write again"}
      </Button>
      <Dialog
        opened={asking}
        close={close}
        title={notes === null ? "Write notes?" : "Write the notes again?"}
      >
        {asking && (
          <Choice api={api} sessionId={sessionId} notes={notes} templates={templates} close={close} />
        )}
      </Dialog>
    </>
  );
}

function Choice({ api, sessionId, notes, templates, close }: WriteAgainProps & { close: () => void }) {
  const usable = templates.filter(({ sections }) => sections.length > 0);
  const [chosen, setChosen] = useState(notes?.template ?? usable[0]?.id ?? "");
  const write = useMutation({
    mutationFn: () => api.writeNotes(sessionId, chosen === "" ? {} : { template: chosen }),
    onSuccess: close,
  });
  const { data: written } = useQuery(templatesQuery(api));
  const writes = writesWords(written?.writers ?? []);
  const sections = usable.find(({ id }) => id === chosen)?.sections ?? [];
  const isAPersons = notes !== null && (notes.edited_at !== null || notes.signed_at !== null);
  return (
    <Stack>
      {usable.length > 0 && (
        <NativeSelect
          label="Template"
          data-autofocus
          data={usable.map(({ id, name }) => ({ value: id, label: name }))}
          value={chosen}
          onChange={(event) => setChosen(event.currentTarget.value)}
        />
      )}
      {sections.length > 0 && (
        <Text c="dimmed">
          Sections: {sections.map(({ title }) => title).join(", ")}.{" "}
          <Anchor component={Link} href="/templates">
            Change the templates
          </Anchor>
        </Text>
      )}
      {isAPersons && (
        <Text>
          These notes were {notes.signed_at === null ? "edited" : "signed"} by a person, so they stay as they
          are. The new ones are kept beside them.
        </Text>
      )}
      {writes !== null && <Text c="dimmed">{writes}</Text>}
      {write.error !== null && <Refused code={codeOf(write.error)} />}
      <Group justify="flex-end">
        <Button variant="default" onClick={close}>
          Cancel
        </Button>
        <Button loading={write.isPending} onClick={() => write.mutate()}>
          {notes === null ? "Write" : "Write again"}
        </Button>
      </Group>
    </Stack>
  );
}

function Refused({ code }: { code: string }) {
  const what =
    code === "invalid"
      ? "The transcript is not ready for it yet."
      : "The server did not answer, or refused. Try again in a moment.";
  return <Problem title="Not written" what={what} urgent />;
}
