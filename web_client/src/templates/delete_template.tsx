import { Button, Group, Stack, Text } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { Dialog } from "../looks/dialog";
import { TrashIcon } from "../looks/icons";
import { Problem } from "../looks/problem";
import { codeOf } from "../review/code_of";
import { useParts } from "../screens/parts";
import type { WireTemplate } from "../wire/messages";
import { templateRefusal } from "./template_words";

interface DeleteTemplateProps {
  template: WireTemplate;
  deleted: () => void;
}

/** Deletes a template of the organisation, after asking. */
export function DeleteTemplate({ template, deleted }: DeleteTemplateProps) {
  const { api } = useParts();
  const [asking, setAsking] = useState(false);
  const queries = useQueryClient();
  const remove = useMutation({
    mutationFn: async () => {
      try {
        await api.deleteTemplate(template.id);
      } catch (error) {
        // Somebody else was quicker, or the answer to the first attempt was lost.
        if (codeOf(error) !== "not_found") throw error;
      }
    },
    onSuccess: async () => {
      deleted();
      await queries.invalidateQueries({ queryKey: ["note_templates"] });
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
      <Dialog
        opened={asking}
        close={() => setAsking(false)}
        title={`Delete the template “${template.name}”?`}
      >
        <Stack>
          <Text>
            It is deleted for everybody of your organisation. Notes that were written by it stay as they are;
            sessions that are still to be written by it need another one.
          </Text>
          {remove.isError && (
            <Problem
              title="Not deleted"
              what={templateRefusal(codeOf(remove.error), "it cannot be deleted")}
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
