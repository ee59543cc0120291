import { Button, Group, Stack, Text } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { Dialog } from "../looks/dialog";
import { TrashIcon } from "../looks/icons";
import { Problem } from "../looks/problem";
import type { SessionState } from "../wire/messages";
import { isOpen } from "../wire/session_state";
import { codeOf } from "./code_of";
import type { ReviewApi } from "./review_api";
import { sessionKey } from "./session_key";

interface DeleteSessionProps {
  api: ReviewApi;
  sessionId: string;
  state: SessionState;
  deleted: () => void;
}

/** Deletes the session with everything of it, after asking. */
export function DeleteSession({ api, sessionId, state, deleted }: DeleteSessionProps) {
  const [asking, setAsking] = useState(false);
  const queries = useQueryClient();
  const remove = useMutation({
    mutationFn: async () => {
      try {
        await api.remove(sessionId);
      } catch (error) {
        // Somebody else was quicker, or the answer to the first attempt was lost.
        if (codeOf(error) !== "not_found") throw error;
      }
    },
    onSuccess: () => {
      queries.removeQueries({ queryKey: sessionKey(sessionId) });
      void queries.invalidateQueries({ queryKey: ["sessions"] });
      deleted();
    },
  });
  return (
    <>
      <Button
        variant="subtle"
        c="var(--bad)"
        leftSection={<TrashIcon size={18} />}
        onClick={() => setAsking(true)}
      >
        Delete
      </Button>
      <Dialog opened={asking} close={() => setAsking(false)} title="Delete this session?">
        <Stack>
          <Text>
            The recording, its text, your corrections and notes are deleted for everybody. This cannot be
            undone. Archived audio goes a minute later, or as soon as its store can be reached.
          </Text>
          {isOpen(state) && (
            <Problem tone="warn" title="It is still being recorded" what="Stop the recording first." />
          )}
          {remove.isError && (
            <Problem
              title="Not deleted"
              what="The server did not answer, or refused. Everything is as it was."
              urgent
            />
          )}
          <Group justify="flex-end">
            <Button variant="default" data-autofocus onClick={() => setAsking(false)}>
              Keep it
            </Button>
            <Button
              color="var(--bad)"
              c="var(--card)"
              loading={remove.isPending}
              disabled={isOpen(state)}
              onClick={() => remove.mutate()}
            >
              Delete for ever
            </Button>
          </Group>
        </Stack>
      </Dialog>
    </>
  );
}
