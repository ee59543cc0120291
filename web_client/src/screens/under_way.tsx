import { Link, useLocation } from "wouter";

import { Pill } from "../looks/pill";
import { clock } from "../looks/time";
import type { Recording } from "../recording/recording";
import styles from "./under_way.module.css";
import { useParts } from "./parts";
import { useSelected } from "./use_selected";
import { useValue } from "./use_value";

/** In the bar of every page: the recording that goes on elsewhere, else whether the server is away. */
export function UnderWay({ recording }: { recording: Recording | null }) {
  const reached = useValue(useParts().reach.state);
  if (recording !== null) return <RecordingLink recording={recording} />;
  return reached ? null : <Pill tone="warn">Server out of reach</Pill>;
}

const WORDS = {
  starting: "Starting",
  recording: "Recording",
  paused: "Paused",
  trouble: "Recording needs you",
  stopping: "Sending the rest",
  finished: "",
} as const;

function RecordingLink({ recording }: { recording: Recording }) {
  const [location] = useLocation();
  const phase = useSelected(recording.state, (state) => state.phase);
  const seconds = useSelected(recording.state, (state) => Math.floor(state.capturedMs / 1000));
  const address = `/record/${recording.ref}`;
  if (phase === "finished" || location === address) return null;
  return (
    <Link href={address} className={styles.link ?? ""}>
      <Pill tone={phase === "recording" || phase === "trouble" ? "bad" : "warn"} live={phase === "recording"}>
        {WORDS[phase]} <span className={styles.figure}>{clock(seconds * 1000)}</span>
      </Pill>
    </Link>
  );
}
