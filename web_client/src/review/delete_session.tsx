import { Text } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";

import { DeleteForEver, NOT_ANSWERED } from "../looks/delete_for_ever";
import { Problem } from "../looks/problem";
import type { SessionState } from "../wire/messages";
import { isOpen } from "../wire/session_state";
import { unlessGone } from "./code_of";
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
  const queries = useQueryClient();
  const remove = useMutation({
    mutationFn: () => unlessGone(api.remove(sessionId)),
    onSuccess: () => {
      queries.removeQueries({ queryKey: sessionKey(sessionId) });
      void queries.invalidateQueries({ queryKey: ["sessions"] });
      deleted();
    },
  });
  return (
    <DeleteForEver
      title="Delete this session?"
      remove={() => remove.mutate()}
      pending={remove.isPending}
      refusal={remove.isError ? NOT_ANSWERED : null}
      disabled={isOpen(state)}
    >
      <Text>
        The recording, its text, your corrections and notes are deleted for everybody. This cannot be undone.
        Archived audio cannot be opened any more either; its file is removed when the time is over for which
        the installation keeps such files.
      </Text>
      {isOpen(state) && (
        <Problem tone="warn" title="It is still being recorded" what="Stop the recording first." />
      )}
    </DeleteForEver>
  );
}
