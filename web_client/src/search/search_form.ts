import { type QueryClient, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import type { SearchRequest } from "../wire/messages";

/** What is looked for, as it stands in the fields of the page. */
export interface SearchForm {
  query: string;
  patient: string;
  speaker: string;
  since: string;
  until: string;
}

export const NOTHING: SearchForm = { query: "", patient: "", speaker: "", since: "", until: "" };

export const PAGE = 20;
/** As many as the server gives for one question. */
export const MOST = 50;

const KEY = ["search_form"] as const;

/** The form as it was left, also when somebody comes back from a session. It is kept in this page's memory alone, and
 *  forgotten with the rest of it when somebody else signs in: neither an address nor the browser's history has it. */
export function useSearchForm(): [SearchForm, (form: SearchForm) => void] {
  const queries = useQueryClient();
  const [form, setForm] = useState(() => kept(queries));
  const change = (next: SearchForm): void => {
    queries.setQueryDefaults(KEY, { gcTime: Infinity });
    queries.setQueryData(KEY, next);
    setForm(next);
  };
  return [form, change];
}

function kept(queries: QueryClient): SearchForm {
  return queries.getQueryData<SearchForm>(KEY) ?? NOTHING;
}

export function isFiltered({ patient, speaker, since, until }: SearchForm): boolean {
  return [patient, speaker, since, until].some((each) => each.trim() !== "");
}

/** When the day begins where this page is open, `days` later; null where none is given. */
function beginOf(day: string, days = 0): string | null {
  const [year = NaN, month = NaN, date = NaN] = day.split("-").map(Number);
  // Not by the constructor: it takes years before 100 for those of the last century.
  const begin = new Date(2000, 0, 1);
  begin.setFullYear(year, month - 1, date + days);
  return Number.isNaN(begin.getTime()) ? null : begin.toISOString();
}

/** Null while there is nothing to look for. */
export function requestOf(form: SearchForm, limit: number): SearchRequest | null {
  const query = form.query.trim();
  if (query === "") return null;
  const or = (text: string): string | null => text.trim() || null;
  return {
    query,
    limit,
    filters: {
      patient_id: or(form.patient),
      speaker: or(form.speaker),
      since: beginOf(form.since),
      until: beginOf(form.until, 1),
    },
  };
}
