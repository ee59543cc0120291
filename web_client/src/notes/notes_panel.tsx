import { Button, Skeleton, Title } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useMemo, useState } from "react";

import { Announce } from "../looks/announce";
import { Empty } from "../looks/empty";
import { EditIcon, NoteIcon } from "../looks/icons";
import { Pill } from "../looks/pill";
import { Problem } from "../looks/problem";
import { count, when } from "../looks/time";
import type { Transcript } from "../live/transcript";
import { codeOf } from "../review/code_of";
import type { ReviewApi } from "../review/review_api";
import type { NotesView, WireSegment, WireTemplate } from "../wire/messages";
import { change, type Draft, draftOf, draftOfNewer, type DraftStep, editOf, isChanged } from "./draft";
import { byId, type Evidence } from "./evidence";
import styles from "./notes.module.css";
import { NotesEditor } from "./notes_editor";
import { NotesFooter } from "./notes_footer";
import { NotesSections } from "./notes_view";
import { SignNotes } from "./sign_notes";
import { SignedVersions } from "./signed_versions";
import { templatesQuery } from "./templates_query";
import { notesKey, useNotes } from "./use_notes";
import { WriteAgain } from "./write_again";

interface NotesPanelProps {
  api: ReviewApi;
  sessionId: string;
  /** When the session was begun. */
  createdAt: string;
  transcript: Pick<Transcript, "state" | "after">;
  segments: readonly WireSegment[];
  /** What a speaker is called; null where nobody knows who it is. */
  nameOf: (speaker: string | null) => string | null;
  hear: (evidence: Evidence) => void;
  /** The same without leaving the notes, while they are changed. */
  listen: (evidence: Evidence) => void;
  /** The segment that is heard now. */
  heard: () => string | null;
}

/** The notes of a session: while they are written, to read, to change and to sign. */
export function NotesPanel(props: NotesPanelProps) {
  const { api, sessionId, createdAt, transcript, segments, nameOf, hear, listen, heard } = props;
  const { state, after } = transcript;
  const query = useNotes(api, sessionId, after);
  const templates = useTemplates(api);
  const known = useMemo(() => byId(segments, nameOf), [segments, nameOf]);
  const notes = query.data;
  const shown = { api, sessionId, createdAt, templates, segments: known, hear, listen, heard };
  if (state === "noting" && after.writing !== null) {
    return (
      <div className={styles.panel}>
        <div className={styles.head}>
          <Title order={2}>Notes</Title>
          <Pill tone="accent" live>
            Being written
          </Pill>
        </div>
        <Announce>{`${count(after.writing.sections.length, "section")} written`}</Announce>
        <NotesSections sections={after.writing.sections} screened={null} segments={known} hear={hear} />
        <Skeleton height={56} />
      </div>
    );
  }
  if (notes) return <KnownNotes {...shown} notes={notes} isWriting={state === "noting"} />;
  return (
    <div className={styles.panel}>
      <Title order={2}>Notes</Title>
      <NoNotes {...shown} state={state} failed={query.isError} again={() => void query.refetch()} />
    </div>
  );
}

function useTemplates(api: ReviewApi): readonly WireTemplate[] {
  const { data } = useQuery(templatesQuery(api));
  return data?.items ?? [];
}

interface ShownProps extends Omit<NotesPanelProps, "transcript" | "segments" | "nameOf"> {
  templates: readonly WireTemplate[];
  segments: ReturnType<typeof byId>;
}

interface NoNotesProps extends ShownProps {
  state: Transcript["state"];
  failed: boolean;
  again: () => void;
}

function NoNotes({ api, sessionId, templates, state, failed, again }: NoNotesProps) {
  if (failed)
    return (
      <Problem
        title="The notes cannot be shown now"
        what="The server does not answer."
        actions={
          <Button variant="default" onClick={again}>
            Try again
          </Button>
        }
      />
    );
  if (state !== "ready")
    return (
      <Empty icon={<NoteIcon size={40} />} title="Not written yet" order={2}>
        The notes appear here a few seconds after the transcript is ready. Each sentence of them can be
        checked against what was said.
      </Empty>
    );
  return (
    <Empty
      icon={<NoteIcon size={40} />}
      title="There are no notes"
      action={<WriteAgain api={api} sessionId={sessionId} notes={null} templates={templates} />}
    >
      They can be written from the transcript at any time.
    </Empty>
  );
}

interface KnownNotesProps extends ShownProps {
  notes: NotesView;
  /** Newer ones are being written. */
  isWriting: boolean;
}

function KnownNotes(props: KnownNotesProps) {
  const { api, sessionId, createdAt, notes, isWriting, templates, segments, hear, listen, heard } = props;
  const { draft, begin, newer, step, save, close, saved } = useDraft(api, sessionId, notes);
  const isNewer = draft !== null && draft.generation > notes.generation;
  return (
    <div className={styles.panel}>
      <div className={styles.head}>
        <Title order={2}>Notes</Title>
        <Standing notes={notes} isNewer={isNewer} />
      </div>
      <Announce>{saved ? "The notes are saved" : ""}</Announce>
      {!isNewer && <Newest notes={notes} isWriting={isWriting} newer={draft === null ? newer : null} />}
      {draft === null ? (
        <>
          <NotesSections
            sections={notes.sections}
            screened={notes.screened}
            segments={segments}
            hear={hear}
          />
          {notes.sections.every(({ statements }) => statements.length === 0) && (
            <p className={styles.small}>Nothing that was said belongs into these sections.</p>
          )}
          <div className={styles.actions}>
            {notes.signed_at === null && <SignNotes api={api} sessionId={sessionId} notes={notes} />}
            <Button variant="default" leftSection={<EditIcon size={18} />} onClick={begin}>
              Edit
            </Button>
            <WriteAgain api={api} sessionId={sessionId} notes={notes} templates={templates} />
          </div>
          <SignedVersions
            api={api}
            sessionId={sessionId}
            createdAt={createdAt}
            notes={notes}
            segments={segments}
            hear={hear}
          />
          <NotesFooter notes={notes} />
        </>
      ) : (
        <NotesEditor
          draft={draft}
          notes={notes}
          segments={segments}
          hear={listen}
          heard={heard}
          step={step}
          save={save}
          close={close}
        />
      )}
    </div>
  );
}

/** What the notes that are shown are. */
function Standing({ notes, isNewer }: { notes: NotesView; isNewer: boolean }) {
  if (isNewer) return <Pill tone="warn">Newer, not saved</Pill>;
  if (notes.signed_at !== null) return <Pill tone="good">Signed</Pill>;
  return <Pill tone="calm">{notes.edited_at === null ? "Draft" : "Edited, not signed"}</Pill>;
}

interface NewestProps {
  notes: NotesView;
  isWriting: boolean;
  /** Fetches the newer ones; null while the notes are being changed. */
  newer: { fetch: () => void; isPending: boolean; isError: boolean } | null;
}

/** Who stands by the notes, and whether they are the newest. */
function Newest({ notes, isWriting, newer }: NewestProps) {
  const { signed_at: at, signed_by: by, generation, newest } = notes;
  return (
    <>
      {at !== null && (
        <p className={styles.signed}>
          Signed {by === null ? "" : `by ${by}, `}
          {when(at)}
        </p>
      )}
      {isWriting && <p className={styles.small}>Newer notes are being written.</p>}
      {newest > generation && (
        <Problem
          tone="warn"
          title={
            at === null ? "Newer notes were written" : "Newer notes were written after these were signed"
          }
          what="The notes below are a person's, so they stay until a person changes them."
          todo={newer?.isError === true ? "The newer ones could not be fetched. Try again." : undefined}
          actions={
            newer !== null && (
              <Button variant="default" loading={newer.isPending} onClick={newer.fetch}>
                Look at the newer ones
              </Button>
            )
          }
        />
      )}
    </>
  );
}

/** At most one draft; it outlives everything but its own saving and the person who puts it away. */
function useDraft(api: ReviewApi, sessionId: string, notes: NotesView) {
  const [draft, setDraft] = useState<Draft | null>(null);
  const [saved, setSaved] = useState(false);
  const queries = useQueryClient();
  const step = (next: DraftStep): void => setDraft((old) => (old === null ? null : change(old, next)));
  const close = (): void => setDraft(null);
  const send = useMutation({
    mutationFn: (sent: Draft) => api.editNotes(sessionId, editOf(sent)),
    onSuccess: (changed) => {
      queries.setQueriesData({ queryKey: notesKey(sessionId) }, changed);
      setSaved(true);
      close();
    },
    onError: (error) => {
      const code = codeOf(error);
      if (code === "edit_conflict") void queries.invalidateQueries({ queryKey: notesKey(sessionId) });
      step({ type: "refused", code });
    },
  });
  const fetchNewer = useMutation({
    mutationFn: () => api.notes(sessionId, undefined, { generation: notes.newest }),
    onSuccess: (found) => {
      setSaved(false);
      setDraft(draftOfNewer(found, notes));
    },
  });
  const newer = {
    fetch: () => fetchNewer.mutate(),
    isPending: fetchNewer.isPending,
    isError: fetchNewer.isError,
  };
  const begin = (): void => {
    setSaved(false);
    setDraft(draftOf(notes));
  };
  const save = (): void => {
    if (draft === null || draft.phase === "saving" || !isChanged(draft)) return;
    step({ type: "save" });
    send.mutate(draft);
  };
  return { draft, begin, newer, step, save, close, saved };
}
