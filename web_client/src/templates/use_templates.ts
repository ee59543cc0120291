import { useMutation, useQuery, useQueryClient, type UseQueryResult } from "@tanstack/react-query";
import { useState } from "react";

import { Value } from "../observable";
import { codeOf } from "../review/code_of";
import { useParts } from "../screens/parts";
import { useValue } from "../screens/use_value";
import { WireError } from "../wire/answer";
import type { TemplateList, WireTemplate } from "../wire/messages";
import { keyOf } from "./key_of";
import { change, type DraftStep, editOf, isChanged, type TemplateDraft } from "./template_draft";

/** As the notes of a session ask for them. */
const TEMPLATES = ["note_templates"] as const;

export function useTemplates(): UseQueryResult<TemplateList> {
  const { api } = useParts();
  return useQuery({ queryKey: TEMPLATES, queryFn: ({ signal }) => api.noteTemplates(signal) });
}

function draftKey(which: string): readonly unknown[] {
  return ["template_draft", which];
}

/** Whether changes of this template were left behind unsaved. */
export function useIsLeft(): (which: string) => boolean {
  const queries = useQueryClient();
  return (which) => {
    const kept = queries.getQueryData<Value<TemplateDraft>>(draftKey(which));
    return kept !== undefined && isChanged(kept.get());
  };
}

/** The draft of one template. It outlives the page, in this tab's memory, until it is saved or put away. */
export function useDraft(which: string, begin: () => TemplateDraft, saved: (template: WireTemplate) => void) {
  const { api } = useParts();
  const queries = useQueryClient();
  const key = draftKey(which);
  const [kept] = useState(() => queries.getQueryData<Value<TemplateDraft>>(key) ?? new Value(begin()));
  const draft = useValue(kept);
  const step = (next: DraftStep): void => {
    queries.setQueryDefaults(key, { gcTime: Infinity });
    queries.setQueryData(key, kept);
    kept.update((old) => change(old, next));
  };
  const forget = (): void => queries.removeQueries({ queryKey: key });
  const send = useMutation({
    mutationFn: async (sent: TemplateDraft) => {
      const id = sent.template ?? (await freeId(sent.name));
      return api.saveTemplate(id, editOf(sent));
    },
    onSuccess: (template) => {
      forget();
      queries.setQueryData<TemplateList>(
        TEMPLATES,
        (old) => old && { ...old, items: withOne(old.items, template) },
      );
      void queries.invalidateQueries({ queryKey: TEMPLATES });
      saved(template);
    },
    onError: (error) => {
      if (codeOf(error) === "edit_conflict") void queries.invalidateQueries({ queryKey: TEMPLATES });
      step({
        type: "refused",
        code: codeOf(error),
        message: error instanceof WireError ? error.message : "",
      });
    },
  });
  const freeId = async (name: string): Promise<string> => {
    const { items } = await api.noteTemplates();
    return keyOf(name, new Set(items.map(({ id }) => id)), "template");
  };
  const save = (): void => {
    if (draft.phase === "saving") return;
    step({ type: "save" });
    send.mutate(draft);
  };
  return { draft, step, save, forget };
}

function withOne(items: readonly WireTemplate[], one: WireTemplate): WireTemplate[] {
  const known = items.some(({ id }) => id === one.id);
  return known ? items.map((each) => (each.id === one.id ? one : each)) : [...items, one];
}
