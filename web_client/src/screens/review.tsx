import { Button, VisuallyHidden } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useCallback } from "react";
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
import { Loading } from "./loading";
import { useParts } from "./parts";

/** A session to read, hear and correct; live while it is still being made. */
export function Review({ sessionId }: { sessionId: string }) {
  usePageName("Session");
  const { api, watch } = useParts();
  const [, navigate] = useLocation();
  const session = useQuery({
    queryKey: sessionKey(sessionId),
    queryFn: ({ signal }) => api.session(sessionId, signal),
    retry: retryUnlessGone,
    refetchInterval: 30_000,
  });
  // The text as it stands, at once; what happens since then comes by the viewer.
  const fetched = useQuery({
    queryKey: ["transcript", sessionId],
    queryFn: ({ signal }) => api.transcript(sessionId, signal),
    retry: retryUnlessGone,
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
  const error = session.data === undefined ? session.error : fetched.error;
  if (error !== null)
    return (
      <Titled>
        {codeOf(error) === "not_found" ? (
          <Gone />
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

function retryUnlessGone(failures: number, error: Error): boolean {
  return codeOf(error) !== "not_found" && failures < 2;
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
      It was deleted, or it belongs to another organisation.
    </Empty>
  );
}

function Unreached({ again }: { again: () => void }) {
  return (
    <Problem
      title="This session cannot be shown now"
      what="The server cannot be reached, or has a fault."
      safe="What the server has of the recording is safe."
      todo="Check the connection, then try again."
      actions={<Button onClick={again}>Try again</Button>}
    />
  );
}
