import { Anchor, Button, Group, Title, VisuallyHidden } from "@mantine/core";
import { useState } from "react";
import { Link } from "wouter";

import { EditIcon } from "../looks/icons";
import { StateBadge } from "../looks/state_badge";
import { clock, fullDate, isoDuration, spoken, when } from "../looks/time";
import type { SessionState, SessionView } from "../wire/messages";
import { DeleteSession } from "./delete_session";
import { DescriptionForm } from "./description_form";
import { Exports } from "./exports";
import styles from "./heading.module.css";
import type { ReviewApi } from "./review_api";

interface HeadingProps {
  api: ReviewApi;
  session: SessionView;
  /** Newer than the session's own while it is watched. */
  state: SessionState;
  lengthMs: number;
  hasText: boolean;
  deleted: () => void;
}

/** What session this is, and what can be done with the whole of it. */
export function Heading({ api, session, state, lengthMs, hasText, deleted }: HeadingProps) {
  const [editing, setEditing] = useState(false);
  if (editing) {
    return (
      <>
        <VisuallyHidden component="h1">Title and patient</VisuallyHidden>
        <DescriptionForm api={api} session={session} close={() => setEditing(false)} />
      </>
    );
  }
  return (
    <div className={styles.heading}>
      <div className={styles.what}>
        <Title order={1} className={styles.title ?? ""}>
          {session.title ?? "Untitled session"}
        </Title>
        <p className={styles.more}>
          <StateBadge state={state} />
          {session.patient_id !== null && (
            <>
              <span>Patient {session.patient_id}</span>
              <Anchor component={Link} href={`/vocabulary?session=${session.session_id}`}>
                Patient’s vocabulary
              </Anchor>
            </>
          )}
          <time dateTime={session.created_at} title={fullDate(session.created_at)}>
            {when(session.created_at)}
          </time>
          <time dateTime={isoDuration(lengthMs)} aria-label={spoken(lengthMs)}>
            {clock(lengthMs)}
          </time>
        </p>
      </div>
      <Group gap="xs" className={styles.buttons ?? ""}>
        <Button variant="default" leftSection={<EditIcon size={18} />} onClick={() => setEditing(true)}>
          Title and patient
        </Button>
        {hasText && <Exports api={api} session={session} />}
        <DeleteSession api={api} sessionId={session.session_id} state={state} deleted={deleted} />
      </Group>
    </div>
  );
}
