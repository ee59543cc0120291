import styles from "./hear_button.module.css";
import { PlayIcon } from "./icons";
import { clock } from "./time";

interface HearButtonProps {
  ms: number;
  /** For who does not see where it stands. */
  label: string;
  title?: string;
  hear: () => void;
}

/** A time that is a button: it plays what was said then. */
export function HearButton({ ms, label, title, hear }: HearButtonProps) {
  return (
    <button type="button" className={styles.hear} aria-label={label} title={title} onClick={hear}>
      <PlayIcon size={14} />
      {clock(ms)}
    </button>
  );
}
