import { Button, Group, Stack } from "@mantine/core";
import { type ReactNode, useState } from "react";

import { Dialog } from "./dialog";
import { TrashIcon } from "./icons";
import { Problem } from "./problem";

interface DeleteForEverProps {
  /** What is asked. */
  title: string;
  /** What goes, and what that means. */
  children: ReactNode;
  remove: () => void;
  pending: boolean;
  /** Why it was not deleted; null while nothing went wrong. */
  refusal: string | null;
  disabled?: boolean;
}

export const NOT_ANSWERED = "The server did not answer, or refused. Everything is as it was.";

/** A button that deletes what cannot be brought back, after asking. */
export function DeleteForEver({
  title,
  children,
  remove,
  pending,
  refusal,
  disabled = false,
}: DeleteForEverProps) {
  const [asking, setAsking] = useState(false);
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
      <Dialog opened={asking} close={() => setAsking(false)} title={title}>
        <Stack>
          {children}
          {refusal !== null && <Problem title="Not deleted" what={refusal} urgent />}
          <Group justify="flex-end">
            <Button variant="default" data-autofocus onClick={() => setAsking(false)}>
              Keep it
            </Button>
            <Button color="var(--bad)" c="var(--card)" loading={pending} disabled={disabled} onClick={remove}>
              Delete for ever
            </Button>
          </Group>
        </Stack>
      </Dialog>
    </>
  );
}
