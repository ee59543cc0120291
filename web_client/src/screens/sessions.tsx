import { Button, Group, Skeleton, Stack, Title } from "@mantine/core";
import { type ReactNode, useState } from "react";
import { Link, useLocation } from "wouter";

import { Announce } from "../looks/announce";
import { Empty } from "../looks/empty";
import { MicrophoneIcon, SearchIcon } from "../looks/icons";
import { usePageName } from "../looks/page_name";
import { Problem } from "../looks/problem";
import { type Shortcut, Shortcuts } from "../looks/shortcuts";
import { count, timeOfDay } from "../looks/time";
import { KeptRecordings } from "./kept_recordings";
import { type Filters, isFiltered, NO_FILTERS, SessionFilters } from "./session_filters";
import { SessionRow } from "./session_row";
import styles from "./sessions.module.css";
import { Unfinished } from "./unfinished";
import { type SessionList, useSessionList } from "./use_session_list";

/** Every session of the account, newest first. */
export function Sessions() {
  usePageName("Sessions");
  const [filters, setFilters] = useState(NO_FILTERS);
  const list = useSessionList(filters);
  return (
    <Stack gap="lg">
      <Group justify="space-between">
        <Title order={1}>Sessions</Title>
        <Group gap="xs">
          <ListShortcuts />
          <Button component={Link} href="/record" leftSection={<MicrophoneIcon />}>
            New recording
          </Button>
        </Group>
      </Group>
      <Unfinished />
      <KeptRecordings />
      <SessionFilters filters={filters} change={setFilters} />
      <Announce>{list.query.isFetched ? found(list) : ""}</Announce>
      <Trouble list={list} />
      <List list={list} filters={filters} clear={() => setFilters(NO_FILTERS)} />
    </Stack>
  );
}

function found({ items, query }: SessionList): string {
  return query.hasNextPage ? `${items.length} or more sessions` : count(items.length, "session");
}

function ListShortcuts() {
  const [, go] = useLocation();
  const shortcuts: Shortcut[] = [
    { keys: ["n"], does: "New recording", run: () => go("/record") },
    { keys: ["/"], does: "Search", run: () => document.getElementById("session-search")?.focus() },
  ];
  return <Shortcuts shortcuts={shortcuts} />;
}

function Trouble({ list: { query, items } }: { list: SessionList }) {
  if (!query.isError) return null;
  const again = (
    <Button variant="default" onClick={() => void query.refetch()}>
      Try again
    </Button>
  );
  return items.length === 0 ? (
    <Problem
      title="Your sessions cannot be shown"
      what="They are on the server, which does not answer."
      safe="Nothing is lost: what was recorded is on the server or in this browser."
      todo="You can start a recording all the same. It is kept here and sent when the server is back."
      actions={again}
    />
  ) : (
    <Problem
      tone="warn"
      title="This list may be out of date"
      what={`The server does not answer; this is how it was at ${timeOfDay(query.dataUpdatedAt)}.`}
      actions={again}
    />
  );
}

interface ListProps {
  list: SessionList;
  filters: Filters;
  clear: () => void;
}

function List({ list: { query, items }, filters, clear }: ListProps): ReactNode {
  if (query.isPending) return <Waiting />;
  if (items.length === 0)
    return query.isError ? null : <Nothing filtered={isFiltered(filters)} clear={clear} />;
  return (
    <>
      <ul className={styles.list} aria-label="Sessions" aria-busy={query.isPlaceholderData}>
        {items.map((session) => (
          <SessionRow key={session.session_id} session={session} />
        ))}
      </ul>
      {query.hasNextPage && (
        <Button
          variant="default"
          mx="auto"
          loading={query.isFetchingNextPage}
          onClick={() => void query.fetchNextPage()}
        >
          Show older sessions
        </Button>
      )}
    </>
  );
}

function Waiting() {
  return (
    <Stack gap="sm" aria-hidden="true">
      {[0, 1, 2, 3].map((row) => (
        <Skeleton key={row} height={78} radius="md" />
      ))}
    </Stack>
  );
}

function Nothing({ filtered, clear }: { filtered: boolean; clear: () => void }) {
  if (filtered) {
    return (
      <Empty
        icon={<SearchIcon size={44} />}
        title="No session fits"
        action={
          <Button variant="default" onClick={clear}>
            Show all sessions
          </Button>
        }
      >
        The search looks at the beginnings of the words of titles. A patient reference has to fit as a whole.
      </Empty>
    );
  }
  return (
    <Empty
      icon={<MicrophoneIcon size={44} />}
      title="No sessions yet"
      action={
        <Button component={Link} href="/record" leftSection={<MicrophoneIcon />}>
          Record the first one
        </Button>
      }
    >
      A session is one conversation: recorded here, written down while you speak, and kept for review.
    </Empty>
  );
}
