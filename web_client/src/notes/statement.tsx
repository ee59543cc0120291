import { HearButton } from "../looks/hear_button";
import { WarningIcon } from "../looks/icons";
import { clock } from "../looks/time";
import tones from "../looks/tone.module.css";
import type { WireStatement } from "../wire/messages";
import { type Evidence, evidence, type SegmentsById } from "./evidence";
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

function Cited({ statement, segments, hear }: StatementProps) {
  const { quote = null, segment_ids: ids, text } = statement;
  const places = evidence(statement, segments);
  if (places.length === 0) {
    return (
      <p className={styles.unsupported}>
        {ids.length === 0
          ? "Added without a place in the transcript."
          : "What supported it is not in the transcript any more."}
      </p>
    );
  }
  // A quote that says the same again would be noise.
  const shownQuote = quote !== null && !isSame(quote, text) ? quote : null;
  return (
    <div className={styles.evidence}>
      {shownQuote !== null && <q className={styles.quote}>{shownQuote}</q>}
      {places.map((place) => (
        <HearButton
          key={place.segmentId}
          ms={place.ms}
          label={`Hear where this was said, at ${clock(place.ms)}`}
          title="Hear where this was said"
          hear={() => hear(place)}
        />
      ))}
    </div>
  );
}

function isSame(quote: string, text: string): boolean {
  const letters = (words: string): string => words.toLowerCase().replace(/[^\p{L}\p{N}]/gu, "");
  return letters(quote) === letters(text);
}
