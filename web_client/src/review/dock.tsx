import { ActionIcon, Button, NativeSelect } from "@mantine/core";
import { useEffect, useRef } from "react";

import { NoteIcon, PauseIcon, PlayIcon } from "../looks/icons";
import { Problem } from "../looks/problem";
import { Shortcuts } from "../looks/shortcuts";
import { clock } from "../looks/time";
import { useValue } from "../screens/use_value";
import type { Desk } from "./desk";
import styles from "./dock.module.css";
import { type Player, SPEEDS } from "./player";
import { playerKeys } from "./player_keys";
import type { Gap } from "./timeline";
import { Waveform } from "./waveform";
import { zoomed } from "./zoom";
import { ZoomButtons } from "./zoom_buttons";

interface DockProps {
  desk: Desk;
  peaks: readonly number[];
  lengthMs: number;
  gaps: readonly Gap[];
  notes: readonly { id: string; at_ms: number }[];
}

/** The player, always at hand at the bottom of the screen. */
export function Dock({ desk, peaks, lengthMs, gaps, notes }: DockProps) {
  const { player } = desk;
  const { phase, trouble } = useValue(player.state);
  return (
    <>
      <div className={styles.space} />
      <section className={styles.dock} aria-label="Player">
        {phase === "failed" && <NoSound player={player} trouble={trouble} />}
        <Waveform desk={desk} peaks={peaks} lengthMs={lengthMs} gaps={gaps} notes={notes} />
        <div className={styles.controls}>
          <Transport player={player} />
          <Position player={player} lengthMs={lengthMs} />
          <Speed player={player} />
          <ZoomButtons desk={desk} lengthMs={lengthMs} />
          <Following desk={desk} />
          <Button
            className={styles.note ?? ""}
            variant="subtle"
            size="sm"
            leftSection={<NoteIcon size={18} />}
            onClick={() => noteHere(desk)}
          >
            <span className={styles.noteWord}>Note</span>
          </Button>
          <div className={styles.keyboard}>
            <Shortcuts shortcuts={keysOf(desk, lengthMs)} />
          </div>
        </div>
      </section>
    </>
  );
}

function keysOf(desk: Desk, lengthMs: number) {
  const { player } = desk;
  return playerKeys({
    toggle: () => player.toggle(),
    skip: (byMs) => player.skip(byMs),
    faster: (by) => player.faster(by),
    word: (direction) => desk.toWord(direction),
    segment: (direction) => desk.toSegment(direction),
    follow: () => desk.follow(!desk.following.get()),
    correct: () => {
      const segment = desk.segmentHeard();
      if (segment !== null) desk.edit(segment);
    },
    note: () => noteHere(desk),
    zoom: (step) => desk.zoom.update((zoom) => (step === 0 ? 1 : zoomed(zoom, step, lengthMs))),
  });
}

function noteHere(desk: Desk): void {
  desk.note.set({ id: crypto.randomUUID(), atMs: Math.round(desk.player.positionMs), text: "", isNew: true });
}

function Transport({ player }: { player: Player }) {
  const { playing } = useValue(player.state);
  const skips = (seconds: readonly number[]) =>
    seconds.map((by) => {
      const label = by < 0 ? `Back ${-by} seconds` : `Forward ${by} seconds`;
      return (
        <ActionIcon key={by} aria-label={label} title={label} onClick={() => player.skip(by * 1000)}>
          <span className={styles.skip}>{by < 0 ? `−${-by}` : `+${by}`}</span>
        </ActionIcon>
      );
    });
  return (
    <div className={styles.transport}>
      {skips([-15, -5])}
      <ActionIcon
        variant="filled"
        color="accent"
        radius="xl"
        size={52}
        aria-label={playing ? "Pause" : "Play"}
        onClick={() => player.toggle()}
      >
        {playing ? <PauseIcon size={26} /> : <PlayIcon size={26} />}
      </ActionIcon>
      {skips([5, 15])}
    </div>
  );
}

/** Renewed without a render. */
function Position({ player, lengthMs }: { player: Player; lengthMs: number }) {
  const now = useRef<HTMLSpanElement>(null);
  useEffect(() => {
    const show = (): void => {
      const text = clock(player.positionMs);
      if (now.current !== null && now.current.textContent !== text) now.current.textContent = text;
    };
    show();
    return player.position.subscribe(show);
  }, [player]);
  return (
    <p className={styles.position}>
      <span ref={now} />
      <span className={styles.length}> / {clock(lengthMs)}</span>
    </p>
  );
}

function Speed({ player }: { player: Player }) {
  const { speed } = useValue(player.state);
  return (
    <NativeSelect
      className={styles.speed}
      aria-label="Speed"
      value={String(speed)}
      onChange={(event) => player.setSpeed(Number(event.currentTarget.value))}
      data={SPEEDS.map((each) => ({ value: String(each), label: `${each} ×` }))}
    />
  );
}

function Following({ desk }: { desk: Desk }) {
  const following = useValue(desk.following);
  return (
    <Button
      className={styles.follow ?? ""}
      size="sm"
      variant={following ? "light" : "default"}
      aria-pressed={following}
      onClick={() => desk.follow(!following)}
    >
      {following ? "Following" : "Follow"}
    </Button>
  );
}

function NoSound({ player, trouble }: { player: Player; trouble: string | null }) {
  const what =
    trouble === "unreachable"
      ? "The server cannot be reached."
      : trouble === "unauthenticated"
        ? "Your sign-in has ended."
        : "The audio could not be loaded.";
  return (
    <Problem
      tone="warn"
      title="Cannot play the audio"
      what={what}
      safe="The recording on the server is safe."
      actions={
        <Button size="sm" variant="default" onClick={() => void player.open()}>
          Try again
        </Button>
      }
    />
  );
}
