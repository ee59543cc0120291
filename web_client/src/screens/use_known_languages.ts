import { queryOptions, useQuery } from "@tanstack/react-query";

import type { Api } from "../wire/api";

const LOOK_EVERY_MS = 30_000;
const AGAIN_MS = 5_000;

type Asked = Pick<Api, "languages">;

/** Which languages can be heard now, by their primary subtags; null where no recogniser has said so. */
export function useKnownLanguages(api: Asked, enabled = true) {
  return useQuery({ ...asked(api), select: ({ items }) => items, enabled });
}

/** Whether no recogniser runs, as long as there are words to wait for; looked at again and again meanwhile. */
export function useUnheard(api: Asked, waits: boolean): boolean {
  const { data: runs } = useQuery({
    ...asked(api),
    select: ({ recogniser_runs }) => recogniser_runs,
    enabled: waits,
    refetchInterval: ({ state }) => (state.data?.recogniser_runs === false ? AGAIN_MS : LOOK_EVERY_MS),
  });
  return waits && runs === false;
}

function asked(api: Asked) {
  return queryOptions({ queryKey: ["languages"], queryFn: ({ signal }) => api.languages(signal) });
}
