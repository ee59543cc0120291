import { Button, Group, Stack, Text } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { Dialog } from "../looks/dialog";
import { ShieldIcon } from "../looks/icons";
import { Problem } from "../looks/problem";
import { codeOf } from "../review/code_of";
import type { ReviewApi } from "../review/review_api";
import type { NotesView } from "../wire/messages";
import { notesKey } from "./use_notes";

interface SignNotesProps {
  api: ReviewApi;
  sessionId: string;
  notes: NotesView;
}

/** Signing off the notes that are on the screen, and no others. */
export function SignNotes({ api, sessionId, notes }: SignNotesProps) {
  const [asking, setAsking] = useState(false);
  const queries = useQueryClient();
  const close = (): void => setAsking(false);
  const sign = useMutation({
    mutationFn: () => api.signNotes(sessionId, { generation: notes.generation, revision: notes.revision }),
    onSuccess: (signed) => {
      queries.setQueriesData({ queryKey: notesKey(sessionId) }, signed);
      close();
    },
    onError: (error) => {
      if (codeOf(error) === "edit_conflict") {
        void queries.invalidateQueries({ queryKey: notesKey(sessionId) });
      }
    },
  });
  const flags = notes.sections.flatMap(({ statements }) => statements).filter(({ severity }) => severity);
  return (
    <>
      <Button leftSection={<ShieldIcon size={18} />} onClick={() => setAsking(true)}>
        Sign
      </Button>
      <Dialog opened={asking} close={close} title="Sign these notes?">
        <Stack>
          <Text>
            By signing you say that you have read the notes as they are on the screen, checked them against
            what was said, and stand by them. Your name and the time are kept with them.
          </Text>
          <Text>Whoever changes them later makes a new version, which is not signed.</Text>
          {flags.length > 0 && (
            <Text fw={600}>
              {flags.length === 1 ? "They name one risk." : `They name ${flags.length} risks.`} Hear the
              evidence before you sign.
            </Text>
          )}
          {sign.error !== null && <NotSigned code={codeOf(sign.error)} />}
          <Group justify="flex-end">
            <Button variant="default" data-autofocus onClick={close}>
              Not yet
            </Button>
            <Button loading={sign.isPending} onClick={() => sign.mutate()}>
              Sign the notes
            </Button>
          </Group>
        </Stack>
      </Dialog>
    </>
  );
}

function NotSigned({ code }: { code: string }) {
  return code === "edit_conflict" ? (
    <Problem
      tone="warn"
      title="Not signed: the notes have changed"
      what="Somebody changed them, or they were written anew. Read what stands there now, then sign."
      urgent
    />
  ) : (
    <Problem title="Not signed" what="The server did not answer, or refused." todo="Try again." urgent />
  );
}
