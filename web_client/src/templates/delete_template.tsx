import { Text } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";

import { DeleteForEver } from "../looks/delete_for_ever";
import { codeOf, unlessGone } from "../review/code_of";
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
  const queries = useQueryClient();
  const remove = useMutation({
    mutationFn: () => unlessGone(api.deleteTemplate(template.id)),
    onSuccess: async () => {
      deleted();
      await queries.invalidateQueries({ queryKey: ["note_templates"] });
    },
  });
  return (
    <DeleteForEver
      title={`Delete the template “${template.name}”?`}
      remove={() => remove.mutate()}
      pending={remove.isPending}
      refusal={remove.isError ? templateRefusal(codeOf(remove.error), "it cannot be deleted") : null}
    >
      <Text>
        It is deleted for everybody of your organisation. Notes that were written by it stay as they are;
        sessions that are still to be written by it need another one.
      </Text>
    </DeleteForEver>
  );
}
