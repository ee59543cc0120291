import { WarningIcon } from "../looks/icons";
import tones from "../looks/tone.module.css";
import type { WireStatement } from "../wire/messages";
import { Cited } from "./cited";
import type { Evidence, SegmentsById } from "./evidence";
import styles from "./notes.module.css";
import { riskWords, SEVERITIES } from "./notes_words";

interface StatementProps {
  statement: WireStatement;
  segments: SegmentsById;
  hear: (evidence: Evidence) => void;
}

/** One sentence of the notes, with the words that support it: they can be heard. */
export function Statement({ statement, segments, hear }: StatementProps) {
  return (
    <li className={styles.statement}>
      <p className={styles.text}>
        {statement.text}
        {statement.edited === true && <span className={styles.edited}> (edited)</span>}
      </p>
      <Cited statement={statement} segments={segments} hear={hear} />
    </li>
  );
}

/** A risk that was spoken of: how grave it is stands in words and in colour. */
export function Flag({ statement, segments, hear }: StatementProps) {
  const { severity = null, risk = null, denied = false } = statement;
  const { words, tone } = SEVERITIES[severity ?? "medium"];
  const said = risk === null ? [] : [riskWords(risk)];
  return (
    <li className={`${styles.flag} ${tones[denied ? "calm" : tone]}`}>
      <p className={styles.flagTitle}>
        <WarningIcon size={20} />
        {[...said, denied ? "Asked about and denied" : words].join(" · ")}
      </p>
      <p className={styles.text}>
        {statement.text}
        {statement.edited === true && <span className={styles.edited}> (edited)</span>}
      </p>
      <Cited statement={statement} segments={segments} hear={hear} />
    </li>
  );
}
