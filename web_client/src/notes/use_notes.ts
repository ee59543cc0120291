import { useQuery, type UseQueryResult } from "@tanstack/react-query";

import type { AfterStop } from "../live/after_stop";
import { codeOf } from "../review/code_of";
import type { ReviewApi } from "../review/review_api";
import type { NotesView } from "../wire/messages";

/** Under which queries keep the notes of a session. */
export function notesKey(sessionId: string): readonly unknown[] {
  return ["notes", sessionId];
}

/** The notes as they stand, null while there are none; looked at again whenever newer ones are told of. */
export function useNotes(
  api: ReviewApi,
  sessionId: string,
  { artifacts, notes }: AfterStop,
): UseQueryResult<NotesView | null> {
  return useQuery({
    queryKey: [...notesKey(sessionId), artifacts.notes ?? 0, notes.revision, notes.signed],
    queryFn: async ({ signal }) => {
      try {
        return await api.notes(sessionId, signal);
      } catch (error) {
        if (codeOf(error) === "not_found") return null;
        throw error;
      }
    },
    placeholderData: (before) => before,
    staleTime: Infinity,
  });
}
