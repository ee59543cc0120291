import {
  type InfiniteData,
  keepPreviousData,
  useInfiniteQuery,
  type UseInfiniteQueryResult,
} from "@tanstack/react-query";

import { isUnderWay } from "../looks/state_badge";
import type { SessionPage, SessionView } from "../wire/messages";
import { useParts } from "./parts";
import type { Filters } from "./session_filters";

const LIVE_MS = 4_000;
const QUIET_MS = 30_000;

export interface SessionList {
  items: SessionView[];
  query: UseInfiniteQueryResult<InfiniteData<SessionPage>>;
}

/** The sessions that fit, page by page, looked at again more often while one of them is being worked on. */
export function useSessionList({ q, state, patient }: Filters): SessionList {
  const { api } = useParts();
  const query = useInfiniteQuery({
    queryKey: ["sessions", { q, state, patient }],
    queryFn: ({ pageParam, signal }) =>
      api.sessions({ q, state: state === "" ? null : state, patient_id: patient, cursor: pageParam }, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
    placeholderData: keepPreviousData,
    refetchInterval: ({ state: { data } }) =>
      itemsOf(data).some((s) => isUnderWay(s.state)) ? LIVE_MS : QUIET_MS,
  });
  return { items: itemsOf(query.data), query };
}

/** Pages are asked for one after the other: a session that moved in between is shown once. */
function itemsOf(data: InfiniteData<SessionPage> | undefined): SessionView[] {
  const byId = new Map<string, SessionView>();
  for (const page of data?.pages ?? []) {
    for (const item of page.items) byId.set(item.session_id, item);
  }
  return [...byId.values()];
}
