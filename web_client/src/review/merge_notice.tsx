import { Button } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useEffect, useRef } from "react";

import { Problem } from "../looks/problem";
import { codeOf } from "./code_of";
import { undoWords } from "./refusal_words";
import type { ReviewApi } from "./review_api";
import type { Voice } from "./speakers";

/** A merge that was just made, in the names that the speakers had then. */
export interface MadeMerge {
  speakerId: string;
  name: string;
  intoId: string;
  into: string;
}

interface MergeNoticeProps {
  api: ReviewApi;
  sessionId: string;
  merge: MadeMerge;
  voices: readonly Voice[];
  undone: () => void;
  close: () => void;
}

/** Says what a merge has done for as long as somebody may want to take it back: until it is put away. */
export function MergeNotice({ api, sessionId, merge, voices, undone, close }: MergeNoticeProps) {
  const button = useRef<HTMLButtonElement>(null);
  const undo = useMutation({
    mutationFn: () => api.separateSpeaker(sessionId, merge.speakerId, merge.intoId),
    onSuccess: undone,
  });
  useEffect(() => button.current?.focus(), []);
  useEffect(() => {
    // The dialog gives the focus back to the button it was opened from, which goes away with the speaker.
    if (document.activeElement === document.body) button.current?.focus();
  }, [voices]);
  return (
    <Problem
      tone="good"
      title={`${merge.name} is now ${merge.into}`}
      what={undo.error === null ? undefined : undoWords(codeOf(undo.error))}
      actions={
        <>
          <Button
            ref={button}
            size="sm"
            variant="default"
            loading={undo.isPending}
            onClick={() => undo.mutate()}
          >
            Undo
          </Button>
          <Button size="sm" variant="subtle" disabled={undo.isPending} onClick={close}>
            OK
          </Button>
        </>
      }
    />
  );
}
