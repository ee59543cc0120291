import { useMediaQuery } from "@mantine/hooks";
import { type KeyboardEvent, type ReactNode, useId, useRef } from "react";

import styles from "./beside.module.css";

export type Side = "transcript" | "notes" | "ask";

const TITLES: Readonly<Record<Side, string>> = { transcript: "Transcript", notes: "Notes", ask: "Ask" };

/** As wide as it has to be for two columns. */
const WIDE = "(min-width: 64em)";

interface BesideProps {
  side: Side;
  choose: (side: Side) => void;
  transcript: ReactNode;
  notes: ReactNode;
  ask: ReactNode;
}

/** The transcript with the notes beside it, or, where there is no room for two, one at a time. Whatever is not shown
 *  stays as it is: what somebody was writing there is there when they come back. */
export function Beside({ side, choose, transcript, notes, ask }: BesideProps) {
  const wide = useMediaQuery(WIDE, false, { getInitialValueInEffect: false });
  const id = useId();
  const shown = wide && side === "transcript" ? "notes" : side;
  const panel = (which: Side, content: ReactNode, hidden: boolean) => (
    <div
      id={`${id}-${which}`}
      role="tabpanel"
      aria-labelledby={`${id}-${which}-tab`}
      hidden={hidden}
      className={styles.panel}
    >
      {content}
    </div>
  );
  const tabs = (
    <Tabs
      id={id}
      sides={wide ? ["notes", "ask"] : ["notes", "transcript", "ask"]}
      shown={shown}
      choose={choose}
    />
  );
  return (
    <div className={wide ? styles.wide : styles.narrow}>
      {!wide && tabs}
      {wide ? (
        <section className={styles.text} aria-label={TITLES.transcript} key="transcript">
          {transcript}
        </section>
      ) : (
        <section
          className={styles.text}
          key="transcript"
          id={`${id}-transcript`}
          role="tabpanel"
          aria-labelledby={`${id}-transcript-tab`}
          hidden={shown !== "transcript"}
        >
          {transcript}
        </section>
      )}
      {/* Scrolling here is not scrolling the transcript, which goes on following what is heard. */}
      <div
        className={styles.side}
        key="side"
        onWheel={wide ? stay : undefined}
        onTouchMove={wide ? stay : undefined}
      >
        {wide && tabs}
        {panel("notes", notes, shown !== "notes")}
        {panel("ask", ask, shown !== "ask")}
      </div>
    </div>
  );
}

function stay(event: { stopPropagation(): void }): void {
  event.stopPropagation();
}

interface TabsProps {
  id: string;
  sides: readonly Side[];
  shown: Side;
  choose: (side: Side) => void;
}

function Tabs({ id, sides, shown, choose }: TabsProps) {
  const list = useRef<HTMLDivElement>(null);
  const keys = (event: KeyboardEvent): void => {
    const to = target(event.key, sides.indexOf(shown), sides.length);
    const next = to === null ? undefined : sides[to];
    if (next === undefined) return;
    event.preventDefault();
    choose(next);
    list.current?.querySelector<HTMLElement>(`[data-side="${next}"]`)?.focus();
  };
  return (
    <div ref={list} role="tablist" aria-label="Session" className={styles.tabs} onKeyDown={keys}>
      {sides.map((side) => (
        <button
          key={side}
          type="button"
          role="tab"
          id={`${id}-${side}-tab`}
          data-side={side}
          aria-selected={side === shown}
          aria-controls={`${id}-${side}`}
          tabIndex={side === shown ? 0 : -1}
          onClick={() => choose(side)}
        >
          {TITLES[side]}
        </button>
      ))}
    </div>
  );
}

/** Which tab a key leads to; null for keys that are not the list's own. */
function target(key: string, at: number, count: number): number | null {
  switch (key) {
    case "ArrowLeft":
      return (at + count - 1) % count;
    case "ArrowRight":
      return (at + 1) % count;
    case "Home":
      return 0;
    case "End":
      return count - 1;
    default:
      return null;
  }
}
