import { memo, type MouseEvent, useEffect, useRef, useState } from "react";

import { EditIcon } from "../looks/icons";
import { clock } from "../looks/time";
import type { TypedNote } from "../live/transcript";
import type { Correction } from "./correction";
import type { Desk } from "./desk";
import { GapRow } from "./gap_row";
import { RemovedRow } from "./removed_part";
import { SegmentEditor } from "./segment_editor";
import type { Voices } from "./speakers";
import { segmentElementId } from "./spotlight";
import { type Row, sameRow } from "./timeline";
import styles from "./transcript.module.css";
import { WithdrawnCorrection } from "./withdrawn_correction";
import { Words } from "./words";

const GROUP = 25;

interface TranscriptProps {
  desk: Desk;
  rows: readonly Row[];
  voices: Voices;
  newSpeaker: string;
  correction: Correction | null;
  retrying: boolean;
  retry: () => void;
}

/** The whole transcript. Rows stand in groups: the browser lays out and paints only groups near the screen, and only
 *  there the words are elements of their own. */
export function TranscriptView({ rows, correction, ...rest }: TranscriptProps) {
  const groups: Row[][] = [];
  for (let at = 0; at < rows.length; at += GROUP) groups.push(rows.slice(at, at + GROUP));
  const { desk } = rest;
  return (
    <div className={styles.transcript} onClick={(event) => hearWord(event, desk)}>
      {groups.map((group, i) => {
        const isHere = group.some(({ key }) => key === correction?.segmentId);
        return <Group key={i} rows={group} correction={isHere ? correction : null} {...rest} />;
      })}
    </div>
  );
}

/** For a mouse or a finger; the keyboard has "," and "." and the button at each row. */
function hearWord(event: MouseEvent, desk: Desk): void {
  const word = event.target instanceof Element ? event.target.closest<HTMLElement>("[data-at]") : null;
  const isSelecting = getSelection()?.isCollapsed === false;
  if (word?.dataset.at !== undefined && !isSelecting) desk.hear(Number(word.dataset.at));
}

const Group = memo(function Group({
  rows,
  ...rest
}: Omit<TranscriptProps, "rows"> & { rows: readonly Row[] }) {
  const box = useRef<HTMLDivElement>(null);
  const near = useNear(box);
  return (
    <div
      ref={box}
      className={styles.group}
      style={{ containIntrinsicBlockSize: `auto ${guessedHeight(rows)}px` }}
    >
      {rows.map((row) => (
        <TranscriptRow key={row.key} row={row} near={near} {...rest} />
      ))}
    </div>
  );
}, sameGroup);

function sameGroup(a: TranscriptProps, b: TranscriptProps): boolean {
  return (
    a.correction === b.correction &&
    a.voices.key === b.voices.key &&
    a.newSpeaker === b.newSpeaker &&
    a.retrying === b.retrying &&
    a.desk === b.desk &&
    a.rows.length === b.rows.length &&
    a.rows.every((row, i) => row === b.rows[i] || sameRow(row, b.rows[i] ?? row))
  );
}

/** Good enough for the scroll bar; the browser remembers the true height of what it has drawn. */
function guessedHeight(rows: readonly Row[]): number {
  const lines = rows.map((row) => (row.kind === "segment" ? Math.ceil(row.segment.text.length / 75) : 3));
  return Math.round(lines.reduce((sum, count) => sum + 32 + count * 29, 0));
}

function useNear(box: { current: HTMLElement | null }): boolean {
  const [near, setNear] = useState(false);
  useEffect(() => {
    const element = box.current;
    if (element === null) return;
    const observer = new IntersectionObserver(
      (entries) => setNear(entries.some((entry) => entry.isIntersecting)),
      {
        rootMargin: "800px 0px",
      },
    );
    observer.observe(element);
    return () => observer.disconnect();
  }, [box]);
  return near;
}

interface RowProps extends Omit<TranscriptProps, "rows"> {
  row: Row;
  near: boolean;
}

function TranscriptRow({ row, near, ...rest }: RowProps) {
  const { desk, correction, retrying, retry } = rest;
  return (
    <div className={styles.row} id={row.kind === "segment" ? segmentElementId(row.key) : undefined}>
      {row.kind === "segment" ? (
        <SegmentBody row={row} near={near} {...rest} />
      ) : row.kind === "gap" ? (
        <GapRow
          startMs={row.startMs}
          endMs={row.endMs}
          reason={row.reason}
          lostMs={row.lostMs}
          retrying={retrying}
          retry={retry}
          hear={(ms) => desk.hear(ms)}
        />
      ) : row.kind === "removed" ? (
        <RemovedRow desk={desk} segmentId={row.key} startMs={row.startMs} endMs={row.endMs} />
      ) : row.kind === "withdrawn" ? (
        correction !== null && <WithdrawnCorrection desk={desk} correction={correction} />
      ) : (
        <div />
      )}
      {row.notes.length > 0 && <Notes notes={row.notes} desk={desk} />}
    </div>
  );
}

type SegmentBodyProps = Omit<RowProps, "row"> & { row: Row & { kind: "segment" } };

function SegmentBody({ row, near, desk, voices, newSpeaker, correction }: SegmentBodyProps) {
  const { segment, provisional, startMs } = row;
  const voice = voices.of(segment.speaker);
  const editing = correction?.segmentId === segment.id && !provisional ? correction : null;
  return (
    <>
      <div className={styles.margin}>
        <HearButton ms={startMs} desk={desk} />
        {segment.edited === true && <span className={styles.edited}>edited</span>}
      </div>
      <div className={styles.said}>
        {voice !== null && (
          <p className={styles.speaker} data-voice={voice.order % 6}>
            {voice.name}
          </p>
        )}
        {editing === null ? (
          <p className={provisional ? styles.provisional : styles.text}>
            <Words segment={segment} near={near} />
            {provisional && <span className={styles.edited}> (still listening)</span>}
          </p>
        ) : (
          <SegmentEditor
            desk={desk}
            correction={editing}
            startMs={startMs}
            edited={segment.edited === true}
            voices={voices.all}
            newSpeaker={newSpeaker}
          />
        )}
      </div>
      {near && editing === null && !provisional && (
        <button
          type="button"
          className={styles.edit}
          data-edit
          aria-label={`Correct ${clock(startMs)}`}
          title="Correct"
          onClick={() => desk.edit(segment)}
        >
          <EditIcon size={18} />
        </button>
      )}
    </>
  );
}

function HearButton({ ms, desk }: { ms: number; desk: Desk }) {
  return (
    <button
      type="button"
      className={styles.time}
      aria-label={`Play from ${clock(ms)}`}
      onClick={() => desk.hear(ms)}
    >
      {clock(ms)}
    </button>
  );
}

function Notes({ notes, desk }: { notes: readonly TypedNote[]; desk: Desk }) {
  return (
    <ul className={styles.notes} aria-label="Notes">
      {notes.map((note) => (
        <li key={note.id} className={styles.note}>
          <span className={styles.noteHead}>
            <HearButton ms={note.at_ms} desk={desk} />
            <button
              type="button"
              className={styles.noteEdit}
              aria-label={`Change the note at ${clock(note.at_ms)}`}
              title="Change"
              onClick={() => desk.note.set({ id: note.id, atMs: note.at_ms, text: note.text, isNew: false })}
            >
              <EditIcon size={16} />
            </button>
          </span>
          {note.text}
        </li>
      ))}
    </ul>
  );
}
