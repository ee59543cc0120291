import { Button, Skeleton, Stack, Title } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useLocation } from "wouter";

import { Announce } from "../looks/announce";
import { Empty } from "../looks/empty";
import { SearchIcon } from "../looks/icons";
import { usePageName } from "../looks/page_name";
import { Problem } from "../looks/problem";
import { type Shortcut, Shortcuts } from "../looks/shortcuts";
import { codeOf } from "../review/code_of";
import { useParts } from "../screens/parts";
import type { SearchAnswer, SearchHit } from "../wire/messages";
import { Hit } from "./hit";
import styles from "./search.module.css";
import { SearchFields } from "./search_fields";
import { isFiltered, MOST, NOTHING, PAGE, requestOf, type SearchForm, useSearchForm } from "./search_form";
import { WhereCompared } from "./where_compared";

const TYPING_RESTS_MS = 350;

/** What was said, in all sessions of the organisation, found by words and by meaning. */
export function SearchPage() {
  usePageName("Search");
  const [form, setForm] = useSearchForm();
  const [limit, setLimit] = useState(PAGE);
  const [settled] = useDebouncedValue(form, TYPING_RESTS_MS);
  const change = (next: SearchForm): void => {
    setLimit(PAGE);
    setForm(next);
  };
  const found = useFound(settled, limit);
  return (
    <Stack gap="lg">
      <div className={styles.top}>
        <Title order={1}>Search</Title>
        <SearchShortcuts />
      </div>
      <SearchFields form={form} change={change} />
      <Announce>{found.data === undefined ? "" : counted(found.data.hits.length)}</Announce>
      <Found found={found} form={settled} clear={() => change({ ...NOTHING, query: form.query })} />
      {found.data !== undefined && found.data.hits.length === limit && limit < MOST && (
        <Button variant="default" mx="auto" loading={found.isFetching} onClick={() => setLimit(MOST)}>
          Show more
        </Button>
      )}
    </Stack>
  );
}

function SearchShortcuts() {
  const [, go] = useLocation();
  const shortcuts: Shortcut[] = [
    { keys: ["/"], does: "Search", run: () => document.getElementById("search-words")?.focus() },
    { keys: ["n"], does: "New recording", run: () => go("/record") },
  ];
  return <Shortcuts shortcuts={shortcuts} />;
}

function counted(hits: number): string {
  return hits === 1 ? "1 place found" : `${hits} places found`;
}

function useFound(form: SearchForm, limit: number) {
  const { api } = useParts();
  const request = requestOf(form, limit);
  return useQuery({
    queryKey: ["search", request],
    queryFn: ({ signal }) => {
      if (request === null) throw new Error("there is nothing to look for");
      return api.search(request, signal);
    },
    enabled: request !== null,
    placeholderData: (before) => (request === null ? undefined : before),
    retry: (failures, error) => codeOf(error) !== "invalid" && failures < 1,
  });
}

interface FoundProps {
  found: ReturnType<typeof useFound>;
  form: SearchForm;
  clear: () => void;
}

function Found({ found, form, clear }: FoundProps) {
  const { api } = useParts();
  if (form.query.trim() === "") {
    return isFiltered(form) ? (
      <Empty icon={<SearchIcon size={44} />} title="Words are needed as well">
        Write what was said, or a question. It is looked for only where the filters fit.
      </Empty>
    ) : (
      <Empty icon={<SearchIcon size={44} />} title="Find what was said">
        Words find the places where they were said, and places that mean the same. A place opens where it was
        said, and is heard from there. <WhereCompared api={api} />
      </Empty>
    );
  }
  if (found.isError) return <NotFound code={codeOf(found.error)} again={() => void found.refetch()} />;
  if (found.data === undefined) return <Waiting />;
  return (
    <>
      {!found.data.meaning && (
        <Problem
          tone="calm"
          title="Only the words themselves were looked for"
          what="What finds the meaning is away for the moment, so places that say the same in other words may be missing."
        />
      )}
      {found.data.hits.length === 0 ? (
        <Nothing filtered={isFiltered(form)} clear={clear} />
      ) : (
        <Hits answer={found.data} busy={found.isPlaceholderData} />
      )}
    </>
  );
}

/** What holds the words comes before what is only like them, each in the order of the answer. */
function Hits({ answer, busy }: { answer: SearchAnswer; busy: boolean }) {
  const worded = answer.hits.filter(({ matched }) => matched !== "meaning");
  const similar = answer.hits.filter(({ matched }) => matched === "meaning");
  return (
    <>
      {worded.length > 0 && <HitList hits={worded} name="Places found" busy={busy} />}
      {similar.length > 0 && (
        <section className={styles.similar}>
          <Title order={2} className={styles.divider ?? ""}>
            Similar in meaning
          </Title>
          <HitList hits={similar} name="Similar in meaning" busy={busy} />
        </section>
      )}
    </>
  );
}

function HitList({ hits, name, busy }: { hits: readonly SearchHit[]; name: string; busy: boolean }) {
  return (
    <ol className={styles.hits} aria-label={name} aria-busy={busy}>
      {hits.map((hit) => (
        <Hit key={`${hit.session_id} ${hit.segment_id} ${hit.start_ms}`} hit={hit} />
      ))}
    </ol>
  );
}

function Waiting() {
  return (
    <Stack gap="sm" aria-hidden="true">
      {[0, 1, 2].map((row) => (
        <Skeleton key={row} height={104} radius="md" />
      ))}
    </Stack>
  );
}

function Nothing({ filtered, clear }: { filtered: boolean; clear: () => void }) {
  return (
    <Empty
      icon={<SearchIcon size={44} />}
      title="Nothing that was said fits"
      action={
        filtered && (
          <Button variant="default" onClick={clear}>
            Clear filters
          </Button>
        )
      }
    >
      {filtered
        ? "Patient and speaker have to fit as a whole."
        : "Try other words. A session is found a moment after it is ready."}
    </Empty>
  );
}

function NotFound({ code, again }: { code: string; again: () => void }) {
  const isInvalid = code === "invalid";
  return (
    <Problem
      title={isInvalid ? "This cannot be looked for" : "The search does not answer"}
      what={
        isInvalid
          ? "It is too long, or one of the days is none."
          : code === "unreachable"
            ? "The server cannot be reached."
            : "The server has a fault, or too much to do."
      }
      actions={
        !isInvalid && (
          <Button variant="default" onClick={again}>
            Try again
          </Button>
        )
      }
    />
  );
}
