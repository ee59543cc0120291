import { ActionIcon, Button, NativeSelect, Textarea } from "@mantine/core";
import { type KeyboardEvent, useEffect, useRef } from "react";

import { TrashIcon } from "../looks/icons";
import { Cited } from "./cited";
import { type DraftStatement, type DraftStep, quoteOf, type Severity } from "./draft";
import type { Evidence, SegmentsById } from "./evidence";
import styles from "./notes.module.css";
import { knownRisk, RISKS, SEVERITIES } from "./notes_words";

const MOST_LETTERS = 2_000;

const DENIED = "denied";
const WEIGHTS = [
  ...Object.entries(SEVERITIES).map(([value, { words }]) => ({ value, label: words })),
  { value: DENIED, label: "Asked about and denied" },
];

const KINDS = Object.entries(RISKS).map(([value, label]) => ({ value, label }));
const NO_KIND = { value: "", label: "Which risk?" };

function weighed(value: string): { severity: Severity; denied: boolean } {
  return value === DENIED
    ? { severity: "low", denied: true }
    : { severity: value as Severity, denied: false };
}

interface StatementEditorProps {
  section: { key: string; title: string };
  statement: DraftStatement;
  place: number;
  segments: SegmentsById;
  hear: (evidence: Evidence) => void;
  /** The segment that is heard now, to be cited. */
  heard: () => string | null;
  step: (step: DraftStep) => void;
}

/** One statement to change. Enter begins the next one, Backspace in an empty one takes it away. */
export function StatementEditor(props: StatementEditorProps) {
  const { section, statement, place, segments, hear, heard, step } = props;
  const { key, id, text, severity, removed } = statement;
  const field = useRef<HTMLTextAreaElement>(null);
  useEffect(() => {
    if (id === null) field.current?.focus();
  }, [id]);
  if (removed) return <Removed text={text} putBack={() => step({ type: "put_back", key })} />;
  const pressed = (event: KeyboardEvent): void => {
    if (event.nativeEvent.isComposing || event.ctrlKey || event.metaKey) return;
    const isNext = event.key === "Enter" && !event.shiftKey;
    const isEmptied = event.key === "Backspace" && text === "";
    if (!isNext && !isEmptied) return;
    event.preventDefault();
    if (isEmptied) {
      previousField(field.current)?.focus();
      step({ type: "remove", key });
    } else if (text.trim() !== "") {
      step({ type: "add", section: section.key, after: key, key: crypto.randomUUID(), severity });
    }
  };
  const name = `${section.title}, statement ${place}`;
  const cite = (): void => {
    const segmentId = heard();
    if (segmentId !== null) step({ type: "cite", key, segmentId });
  };
  return (
    <li className={styles.editedStatement}>
      <Textarea
        ref={field}
        aria-label={name}
        autosize
        minRows={1}
        maxLength={MOST_LETTERS}
        value={text}
        onKeyDown={pressed}
        onChange={(event) => step({ type: "write", key, text: event.currentTarget.value })}
      />
      <RiskFields name={name} statement={statement} step={step} />
      <div className={styles.statementActions}>
        <Cited
          statement={{ text, quote: quoteOf(statement), segment_ids: [...statement.segmentIds] }}
          segments={segments}
          hear={hear}
          change={{ name, takeAway: (segmentId) => step({ type: "cite", key, segmentId }) }}
        />
        <span className={styles.together}>
          <Button
            size="compact-md"
            variant="subtle"
            title="The part of the transcript where the player stands"
            aria-label={`${name}: Cite what is playing`}
            onClick={cite}
          >
            Cite what is playing
          </Button>
          <ActionIcon
            c="var(--bad)"
            title="Remove"
            aria-label={`${name}: remove`}
            onClick={() => step({ type: "remove", key })}
          >
            <TrashIcon size={18} />
          </ActionIcon>
        </span>
      </div>
    </li>
  );
}

interface RiskFieldsProps {
  name: string;
  statement: DraftStatement;
  step: (step: DraftStep) => void;
}

/** Which risk a flag names, and how grave it is; nothing for other statements. */
function RiskFields({ name, statement: { key, severity, risk, denied }, step }: RiskFieldsProps) {
  if (severity === null) return null;
  return (
    <div className={styles.riskFields}>
      <NativeSelect
        size="sm"
        aria-label={`${name}: kind of risk`}
        data={risk === null ? [NO_KIND, ...KINDS] : KINDS}
        value={risk ?? NO_KIND.value}
        onChange={(event) => {
          const chosen = knownRisk(event.currentTarget.value);
          if (chosen !== null) step({ type: "name_risk", key, risk: chosen });
        }}
      />
      <NativeSelect
        size="sm"
        aria-label={`${name}: severity`}
        data={WEIGHTS}
        value={denied ? DENIED : severity}
        onChange={(event) => step({ type: "weigh", key, ...weighed(event.currentTarget.value) })}
      />
    </div>
  );
}

function previousField(field: HTMLTextAreaElement | null): HTMLTextAreaElement | undefined {
  const fields = [...(field?.closest("form")?.querySelectorAll("textarea") ?? [])].filter(
    (each) => each.getAttribute("aria-hidden") !== "true",
  );
  return field === null ? undefined : fields[fields.indexOf(field) - 1];
}

function Removed({ text, putBack }: { text: string; putBack: () => void }) {
  return (
    <li className={styles.removed}>
      <s>{text}</s>
      <Button size="compact-md" variant="subtle" onClick={putBack}>
        Put back
      </Button>
    </li>
  );
}
