import { Button, TextInput, Title } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { type SubmitEvent, useState } from "react";

import { Announce } from "../looks/announce";
import { HearButton } from "../looks/hear_button";
import { Problem } from "../looks/problem";
import { clock } from "../looks/time";
import { codeOf } from "../review/code_of";
import type { ReviewApi } from "../review/review_api";
import type { AnswerQuote } from "../wire/messages";
import styles from "./search.module.css";
import { WhereCompared } from "./where_compared";

interface AskSessionProps {
  api: ReviewApi;
  sessionId: string;
  hear: (ms: number) => void;
}

/** A question to one session. What answers is what was said there, word for word, or nothing. */
export function AskSession({ api, sessionId, hear }: AskSessionProps) {
  const [question, setQuestion] = useState("");
  const ask = useMutation({ mutationFn: (asked: string) => api.askSession(sessionId, asked) });
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    const asked = question.trim();
    if (asked !== "" && !ask.isPending) ask.mutate(asked);
  };
  return (
    <div className={styles.ask}>
      <Title order={2}>Ask this session</Title>
      <form className={styles.question} onSubmit={submit}>
        <TextInput
          label="Question"
          autoComplete="off"
          maxLength={400}
          value={question}
          onChange={(event) => setQuestion(event.currentTarget.value)}
        />
        <Button type="submit" loading={ask.isPending} disabled={question.trim() === ""}>
          Ask
        </Button>
      </form>
      <Announce>{ask.data === undefined ? "" : told(ask.data.quotes.length)}</Announce>
      {ask.error !== null && <NotAnswered code={codeOf(ask.error)} />}
      {ask.data !== undefined && <Answer quotes={ask.data.quotes} hear={hear} />}
      <p className={styles.small}>
        The answer is only ever what was said, word for word. Nothing is written for it.{" "}
        <WhereCompared api={api} />
      </p>
    </div>
  );
}

function told(quotes: number): string {
  if (quotes === 0) return "Nothing that was said answers this";
  return quotes === 1 ? "1 quote" : `${quotes} quotes`;
}

function Answer({ quotes, hear }: { quotes: readonly AnswerQuote[]; hear: (ms: number) => void }) {
  if (quotes.length === 0) {
    return (
      <Problem
        tone="calm"
        title="Nothing that was said answers this"
        what="It may have been said in other words, or not at all. The transcript is what there is."
      />
    );
  }
  return (
    <ul className={styles.quotes} aria-label="Answer">
      {quotes.map(({ start_ms: start, speaker, text }, place) => (
        <li key={place}>
          <q>{text}</q>
          <div>
            <HearButton ms={start} label={`Hear it at ${clock(start)}`} hear={() => hear(start)} />
            <span className={styles.small}>{speaker ?? "Speaker unknown"}</span>
          </div>
        </li>
      ))}
    </ul>
  );
}

const REASONS: Partial<Record<string, string>> = {
  unreachable: "The server cannot be reached.",
  unavailable: "What compares meanings is away for the moment.",
  not_found: "This session is no longer there.",
};

function NotAnswered({ code }: { code: string }) {
  return (
    <Problem
      title="Not answered"
      what={REASONS[code] ?? "Something went wrong at the server."}
      todo="Try again in a moment."
      urgent
    />
  );
}
