import { Button, Stack } from "@mantine/core";
import { useState } from "react";
import { useLocation } from "wouter";

import { Problem } from "../looks/problem";
import { clock, when } from "../looks/time";
import type { Unfinished as UnfinishedSession } from "../recording/recordings";
import { useParts } from "./parts";
import { wordsForResume } from "./resume_words";
import { useValue } from "./use_value";

/** Recordings that this browser began and has not brought to an end: a closed tab, a crash, an empty battery. */
export function Unfinished() {
  const left = useValue(useParts().recordings.unfinished);
  if (left.length === 0) return null;
  return (
    <Stack gap="sm" component="section" aria-label="Unfinished recordings">
      {left.map((session) => (
        <UnfinishedRecording key={session.ref} session={session} />
      ))}
    </Stack>
  );
}

function UnfinishedRecording({ session }: { session: UnfinishedSession }) {
  const name = session.title === null ? "A recording" : `“${session.title}”`;
  const begun = `${name}, begun ${lowered(when(session.startedAt))}, ${clock(session.recordedMs)} long.`;
  if (session.elsewhere) {
    return (
      <Problem
        tone="calm"
        title="Another tab is recording"
        what={begun}
        safe="It goes on there."
        todo="Go to that tab, or take the recording over to this one."
        actions={<Choices session={session} />}
      />
    );
  }
  return (
    <Problem
      tone="warn"
      title="A recording was not finished"
      what={begun}
      safe="What had been recorded is kept in this browser and is sent to the server."
      todo="Go on recording, with a gap for the time in between, or finish it as it is."
      actions={<Choices session={session} />}
    />
  );
}

/** "Today, 14:05" in the middle of a sentence; names of days and months keep their capital. */
function lowered(date: string): string {
  return date.replace(/^(Today|Yesterday)/, (word) => word.toLowerCase());
}

function Choices({ session: { ref, elsewhere } }: { session: UnfinishedSession }) {
  const { recordings } = useParts();
  const [, go] = useLocation();
  const [busy, setBusy] = useState<"resume" | "finish" | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const attempt = (what: "resume" | "finish", work: () => Promise<void>): void => {
    setBusy(what);
    setProblem(null);
    work()
      .catch((error: unknown) => setProblem(wordsForResume(error)))
      .finally(() => setBusy(null));
  };
  const options = { takeOver: elsewhere };
  const resume = async (): Promise<void> => {
    await recordings.resume(ref, options);
    go(`/record/${ref}`);
  };
  return (
    <>
      <Button
        loading={busy === "resume"}
        disabled={busy === "finish"}
        onClick={() => attempt("resume", resume)}
      >
        {elsewhere ? "Record it here" : "Go on recording"}
      </Button>
      {!elsewhere && (
        <Button
          variant="default"
          loading={busy === "finish"}
          disabled={busy === "resume"}
          onClick={() => attempt("finish", () => recordings.finish(ref, options))}
        >
          Finish it
        </Button>
      )}
      {problem !== null && <span role="alert">{problem}</span>}
    </>
  );
}
