import { Link } from "wouter";

import { PlayIcon } from "../looks/icons";
import { clock, fullDate, when } from "../looks/time";
import type { SearchHit } from "../wire/messages";
import { MarkedText } from "./marked_text";
import { placeAddress } from "./place";
import styles from "./search.module.css";

/** A place where it was said; it opens there. */
export function Hit({ hit }: { hit: SearchHit }) {
  const { session_id: id, start_ms: ms, title, speaker } = hit;
  return (
    <li className={styles.hit}>
      <p className={styles.said}>
        <MarkedText text={hit.text} highlights={hit.highlights} />
      </p>
      <p className={styles.more}>
        <Link
          href={placeAddress(id, ms)}
          className={styles.link ?? ""}
          aria-label={`Hear ${title ?? "Untitled session"} from ${clock(ms)}`}
        >
          <PlayIcon size={14} />
          {clock(ms)}
        </Link>
        <span className={styles.title}>{title ?? "Untitled session"}</span>
        <span>{speaker ?? "Speaker unknown"}</span>
        {hit.patient_id !== null && <span>Patient {hit.patient_id}</span>}
        <time dateTime={hit.created_at} title={fullDate(hit.created_at)}>
          {when(hit.created_at)}
        </time>
      </p>
    </li>
  );
}
