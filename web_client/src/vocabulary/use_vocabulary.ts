import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { Value } from "../observable";
import { codeOf } from "../review/code_of";
import { useParts } from "../screens/parts";
import { useValue } from "../screens/use_value";
import type { VocabularyView } from "../wire/messages";
import { onEachLine, textOf } from "./vocabulary_words";

/** Words while a person changes them: a line each, and the version that is being changed. */
interface Draft {
  text: string;
  version: number;
}

/** The words of a patient, or of the organisation where none is named, and what a person makes of them. That outlives
 *  the page, in this tab's memory, until it is saved or put away. */
export function useVocabulary(patient: string | null) {
  const { api } = useParts();
  const queries = useQueryClient();
  const key = ["vocabulary", patient];
  const stored = useQuery({
    queryKey: key,
    queryFn: ({ signal }) =>
      patient === null ? api.vocabulary(signal) : api.patientVocabulary(patient, signal),
  });
  const draftKey = ["vocabulary_draft", patient];
  const [kept] = useState(
    () => queries.getQueryData<Value<Draft | null>>(draftKey) ?? new Value<Draft | null>(null),
  );
  const draft = useValue(kept);
  const putAway = (): void => kept.set(null);
  const send = useMutation({
    mutationFn: ({ text, version }: Draft) => {
      const edit = { words: text.split("\n"), version };
      return patient === null
        ? api.saveVocabulary(edit)
        : api.savePatientVocabulary({ ...edit, patient_id: patient });
    },
    onSuccess: (saved) => {
      queries.setQueryData<VocabularyView>(key, saved);
      putAway();
    },
    onError: (error) => {
      if (codeOf(error) === "edit_conflict") void queries.invalidateQueries({ queryKey: key });
    },
  });
  const { data } = stored;
  const text = draft?.text ?? (data === undefined ? "" : textOf(data.words));
  return {
    stored,
    text,
    typed: draft !== null,
    overtaken: draft !== null && data !== undefined && draft.version !== data.version && !send.isPending,
    send,
    write: (next: string): void => {
      if (data === undefined) return;
      queries.setQueryDefaults(draftKey, { gcTime: Infinity });
      queries.setQueryData(draftKey, kept);
      send.reset();
      const version = draft?.version ?? data.version;
      kept.set(next === textOf(data.words) && version === data.version ? null : { text: next, version });
    },
    save: (): void => {
      if (draft === null) return;
      const lined = { ...draft, text: onEachLine(draft.text) };
      kept.set(lined);
      send.mutate(lined);
    },
    /** Somebody else's words were seen, and these shall take their place. */
    keepMine: (): void => {
      send.reset();
      if (data !== undefined) kept.update((old) => old && { ...old, version: data.version });
    },
    putAway: (): void => {
      send.reset();
      putAway();
    },
  };
}
