import { Button, Group, Stack, Text } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";

import { Dialog } from "../looks/dialog";
import { TrashIcon } from "../looks/icons";
import { Problem } from "../looks/problem";
import { useParts } from "../screens/parts";

/** Deletes the voice, after asking. */
export function ForgetVoice({ forgotten }: { forgotten: () => void }) {
  const { api } = useParts();
  const [asking, setAsking] = useState(false);
  const forget = useMutation({ mutationFn: () => api.forgetVoice(), onSuccess: forgotten });
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
      <Dialog opened={asking} close={() => setAsking(false)} title="Delete your voice?">
        <Stack>
          <Text>
            The voiceprint and the name are deleted at once and cannot be brought back. In later sessions you
            are a speaker without a name, until somebody names you there. You can enrol again at any time.
          </Text>
          {forget.isError && (
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
              loading={forget.isPending}
              onClick={() => forget.mutate()}
            >
              Delete for ever
            </Button>
          </Group>
        </Stack>
      </Dialog>
    </>
  );
}
