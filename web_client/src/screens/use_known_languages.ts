import { useQuery } from "@tanstack/react-query";

import type { Api } from "../wire/api";

/** Which languages can be heard now, by their primary subtags; null where no recogniser has said so. */
export function useKnownLanguages(api: Pick<Api, "languages">, enabled = true) {
  return useQuery({
    queryKey: ["languages"],
    queryFn: ({ signal }) => api.languages(signal),
    select: ({ items }) => items,
    enabled,
  });
}
