import { Button } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";

import { RetryIcon } from "../looks/icons";
import { Problem } from "../looks/problem";
import type { AfterStop } from "../live/after_stop";
import { codeOf } from "../review/code_of";
import type { ReviewApi } from "../review/review_api";
import type { SessionState, StepFailed } from "../wire/messages";
import { failureWords, reasonWords } from "./step_words";

interface FailedStepsProps {
  api: ReviewApi;
  sessionId: string;
  state: SessionState;
  after: AfterStop;
  /** What to do before transcribing is tried again. */
  advice: string | undefined;
}

/** Steps that were given up: each can be done again by itself, and nothing else waits for it. */
export function FailedSteps({ api, sessionId, state, after, advice }: FailedStepsProps) {
  const failures =
    state === "failed" && !after.failed.some(({ step }) => step === "transcribe")
      ? [...after.failed, { step: "transcribe", code: "nothing_recognised" }]
      : after.failed;
  return failures.map((failure) => (
    <FailedStep
      key={failure.step}
      api={api}
      sessionId={sessionId}
      failure={failure}
      isWhole={state === "failed"}
      advice={failure.step === "transcribe" ? advice : undefined}
    />
  ));
}

interface FailedStepProps {
  api: ReviewApi;
  sessionId: string;
  failure: StepFailed;
  /** The session has failed with it. */
  isWhole: boolean;
  advice: string | undefined;
}

function FailedStep({ api, sessionId, failure, isWhole, advice }: FailedStepProps) {
  const { title, safe, again } = failureWords(failure.step);
  const retry = useMutation({
    mutationFn: async () => {
      if (again !== null) await api.retry(sessionId, again);
    },
  });
  return (
    <Problem
      tone={isWhole ? "bad" : "warn"}
      title={title}
      what={reasonWords(failure.code)}
      safe={safe}
      todo={retry.isError ? refused(codeOf(retry.error)) : advice}
      actions={
        again !== null && (
          <Button
            variant="default"
            leftSection={<RetryIcon size={18} />}
            loading={retry.isPending}
            disabled={retry.isSuccess}
            onClick={() => retry.mutate()}
          >
            {retry.isSuccess ? "It is being tried again" : "Try again"}
          </Button>
        )
      }
    />
  );
}

function refused(code: string): string {
  return code === "unreachable"
    ? "The server cannot be reached. Try again when the connection is back."
    : "The server did not take that. Try again in a moment.";
}
