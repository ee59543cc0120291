import { useQuery } from "@tanstack/react-query";

import type { ReviewApi } from "../review/review_api";
import type { WireEmbedder } from "../wire/messages";

/** Where meanings are compared, in words: whether what is looked for and what was said leave the installation. */
export function WhereCompared({ api }: { api: Pick<ReviewApi, "searchSetup"> }) {
  const { data } = useQuery({
    queryKey: ["search_setup"],
    queryFn: ({ signal }) => api.searchSetup(signal),
    staleTime: 60_000,
  });
  return <>{comparedWords(data?.embedders ?? [])}</>;
}

export function comparedWords(embedders: readonly WireEmbedder[]): string {
  if (embedders.length === 0) return "What compares meanings, here or elsewhere, is not known at the moment.";
  const outside = embedders.filter(({ leaves }) => leaves).map(({ name }) => outsideOf(name));
  if (outside.length === 0) return "Meanings are compared here: nothing leaves this installation.";
  const places = [...new Set(outside)].join(" and ");
  return `To compare meanings, everything that was said and every question is sent to ${places}.`;
}

function outsideOf(embedder: string): string {
  const [kind, ...model] = embedder.split(" ");
  return kind === "gemini"
    ? `Google (${model.join(" ")})`
    : `the server that was set up (${model.join(" ")})`;
}
