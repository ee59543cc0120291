import { RowLink } from "../looks/row_link";
import { StateBadge } from "../looks/state_badge";
import { clock, fullDate, isoDuration, spoken, when } from "../looks/time";
import type { SessionView } from "../wire/messages";
import { useParts } from "./parts";
import styles from "./sessions.module.css";
import { useValue } from "./use_value";

const SHOWS_PROGRESS: ReadonlySet<string> = new Set(["interrupted", "sealing", "transcribing", "failed"]);

/** How much of the recording has its words, 0 to 1; null where that says nothing. */
function progressOf(session: SessionView): number | null {
  const transcribed = session.coverage?.transcribed_ms;
  if (!SHOWS_PROGRESS.has(session.state) || session.recorded_ms <= 0 || typeof transcribed !== "number")
    return null;
  return Math.min(1, transcribed / session.recorded_ms);
}

export function SessionRow({ session }: { session: SessionView }) {
  const address = useAddress(session.session_id);
  const progress = progressOf(session);
  return (
    <li className={styles.row}>
      <div className={styles.what}>
        <RowLink href={address}>{session.title ?? "Untitled session"}</RowLink>
        <p className={styles.more}>
          {session.patient_id !== null && <span>Patient {session.patient_id}</span>}
          <time dateTime={session.created_at} title={fullDate(session.created_at)}>
            {when(session.created_at)}
          </time>
        </p>
      </div>
      <time
        className={styles.length}
        dateTime={isoDuration(session.recorded_ms)}
        aria-label={spoken(session.recorded_ms)}
      >
        {clock(session.recorded_ms)}
      </time>
      <div className={styles.state}>
        <StateBadge state={session.state} />
        {progress !== null && progress < 1 && <Progress share={progress} />}
      </div>
    </li>
  );
}

function Progress({ share }: { share: number }) {
  const percent = Math.floor(share * 100);
  return (
    <div className={styles.progress}>
      <progress max={100} value={percent} aria-label="Transcribed" />
      <span aria-hidden="true">{percent} %</span>
    </div>
  );
}

/** A session that this tab is recording opens where it is recorded. */
function useAddress(sessionId: string): string {
  const { recordings } = useParts();
  const current = useValue(recordings.current);
  const state = current?.state.get();
  const here = current !== null && state?.sessionId === sessionId && state.phase !== "finished";
  return here ? `/record/${current.ref}` : `/sessions/${sessionId}`;
}
