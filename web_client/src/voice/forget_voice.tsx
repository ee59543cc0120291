import { Text } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";

import { DeleteForEver, NOT_ANSWERED } from "../looks/delete_for_ever";
import { useParts } from "../screens/parts";

/** Deletes the voice, after asking. */
export function ForgetVoice({ forgotten }: { forgotten: () => void }) {
  const { api } = useParts();
  const forget = useMutation({ mutationFn: () => api.forgetVoice(), onSuccess: forgotten });
  return (
    <DeleteForEver
      title="Delete your voice?"
      remove={() => forget.mutate()}
      pending={forget.isPending}
      refusal={forget.isError ? NOT_ANSWERED : null}
    >
      <Text>
        The voiceprint and the name are deleted at once and cannot be brought back. In later sessions you are
        a speaker without a name, until somebody names you there. You can enrol again at any time.
      </Text>
    </DeleteForEver>
  );
}
