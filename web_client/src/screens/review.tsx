import { Button, VisuallyHidden } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useCallback, useState } from "react";
import { Link, useLocation } from "wouter";

import { Empty } from "../looks/empty";
import { usePageName } from "../looks/page_name";
import { Problem } from "../looks/problem";
import { fromView } from "../live/from_view";
import type { Viewer } from "../live/viewer";
import { codeOf } from "../review/code_of";
import { ReviewPage } from "../review/review_page";
import { sessionKey } from "../review/session_key";
import { useOpened } from "../review/use_opened";
import { WireError } from "../wire/answer";
import { failurePause } from "../wire/queries";
import { Loading } from "./loading";
import { useParts } from "./parts";

/** A session to read, hear and correct; live while it is still being made. */
export function Review({ sessionId }: { sessionId: string }) {
  usePageName("Session");
  const { api, watch } = useParts();
  const [, navigate] = useLocation();
  // Many pages that lost their server at one moment do not come back at one.
  const [chance] = useState(Math.random);
  const session = useQuery({
    queryKey: sessionKey(sessionId),
    queryFn: ({ signal }) => api.session(sessionId, signal),
    retry: retryAtOnce,
    refetchInterval: (query) => (query.state.status === "error" ? failurePause(query.state, chance) : 30_000),
  });
  // The text as it stands, at once; what happens since then comes by the viewer.
  const fetched = useQuery({
    queryKey: ["transcript", sessionId],
    queryFn: ({ signal }) => api.transcript(sessionId, signal),
    retry: retryAtOnce,
    refetchInterval: (query) => failurePause(query.state, chance),
    staleTime: Infinity,
    gcTime: 0,
  });
  const text = fetched.data;
  const viewer = useOpened<Viewer>(
    useCallback(
      () => (text === undefined ? null : watch(sessionId, fromView(text))),
      [watch, sessionId, text],
    ),
  );
  const error = useTrouble(session.data === undefined ? session : fetched);
  if (error !== null)
    return (
      <Titled>
        {ABSENT.has(codeOf(error)) ? (
          <Gone />
        ) : codeOf(error) === "unauthenticated" ? (
          <SignedOut />
        ) : (
          <Unreached again={() => void Promise.all([session.refetch(), fetched.refetch()])} />
        )}
      </Titled>
    );
  if (session.data === undefined || viewer === null)
    return (
      <Titled>
        <Loading />
      </Titled>
    );
  return <ReviewPage api={api} session={session.data} viewer={viewer} deleted={() => navigate("/")} />;
}

/** `invalid` is what an address says whose end is no session's id. */
const ABSENT: ReadonlySet<string> = new Set(["not_found", "invalid"]);

/** A hiccup is not told. */
function retryAtOnce(failures: number, error: Error): boolean {
  return (!(error instanceof WireError) || error.retryable) && failures < 2;
}

interface Asked {
  data: unknown;
  error: Error | null;
}

/** Why there is nothing to show; also while it is asked for again, or the page would flicker with every attempt. */
function useTrouble({ data, error }: Asked): Error | null {
  const [last, keep] = useState<Error | null>(null);
  if (data !== undefined) return null;
  if (error !== null && error !== last) keep(error);
  return error ?? last;
}

/** A page has a heading before there is a title to show. */
function Titled({ children }: { children: ReactNode }) {
  return (
    <>
      <VisuallyHidden component="h1">Session</VisuallyHidden>
      {children}
    </>
  );
}

function Gone() {
  return (
    <Empty
      title="This session is not here"
      action={
        <Button component={Link} href="/">
          To all sessions
        </Button>
      }
    >
      It was deleted, it belongs to another organisation, or its address is not complete.
    </Empty>
  );
}

function SignedOut() {
  return (
    <Problem
      tone="warn"
      title="Sign in again to see this session"
      what="Your sign-in has ended."
      safe="What the server has of the recording is safe."
      todo="The session appears here once you have signed in."
    />
  );
}

function Unreached({ again }: { again: () => void }) {
  return (
    <Problem
      title="This session cannot be shown now"
      what="The server cannot be reached, or has a fault."
      safe="What the server has of the recording is safe."
      todo="It is tried again by itself while this page is open. If that does not help, check the connection."
      actions={<Button onClick={again}>Try again</Button>}
    />
  );
}
