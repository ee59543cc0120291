import styles from "./search.module.css";
import { stretches } from "./marked";

interface MarkedTextProps {
  text: string;
  highlights: readonly (readonly [number, number])[];
}

/** What was said, with the words that were looked for marked. */
export function MarkedText({ text, highlights }: MarkedTextProps) {
  return stretches(text, highlights).map(({ text: part, marked }, at) =>
    marked ? (
      <mark key={at} className={styles.mark}>
        {part}
      </mark>
    ) : (
      part
    ),
  );
}
