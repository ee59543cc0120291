import { useComputedColorScheme } from "@mantine/core";
import { type KeyboardEvent, useCallback, useEffect, useRef } from "react";

import { spoken } from "../looks/time";
import tones from "../looks/tone.module.css";
import { useValue } from "../screens/use_value";
import type { Desk } from "./desk";
import { Drawing } from "./drawing";
import { gapTitle, gapTone } from "./gap_row";
import type { Player } from "./player";
import type { Gap } from "./timeline";
import { useOpened } from "./use_opened";
import styles from "./waveform.module.css";
import { shownMs } from "./zoom";

interface WaveformProps {
  desk: Desk;
  /** 0 to 255, one for each `intervalMs`. */
  peaks: readonly number[];
  lengthMs: number;
  gaps: readonly Gap[];
  notes: readonly { id: string; at_ms: number }[];
}

/** The whole session at a glance, and a slider for where in it one is. */
export function Waveform({ desk, peaks, lengthMs, gaps, notes }: WaveformProps) {
  const { player } = desk;
  const { box, sheet } = useDrawing(desk, peaks, lengthMs);
  const slider = useSlider(player, lengthMs);
  const keys = (event: KeyboardEvent): void => {
    const to = target(event.key, player.positionMs, lengthMs);
    if (to === null) return;
    event.preventDefault();
    player.seek(to);
  };
  return (
    <div
      ref={slider}
      className={styles.slider}
      role="slider"
      tabIndex={0}
      aria-label="Position"
      aria-valuemin={0}
      aria-valuemax={Math.round(lengthMs / 1000)}
      aria-valuenow={0}
      onKeyDown={keys}
    >
      <div ref={box} className={styles.wave} />
      <div className={styles.marks} aria-hidden="true">
        <div ref={sheet} className={styles.sheet}>
          {gaps.map((gap) => (
            <span
              key={`${gap.reason}-${gap.startMs}`}
              className={`${styles.gap} ${tones[gapTone(gap.reason)]}`}
              style={{
                left: percent(gap.startMs, lengthMs),
                width: percent(gap.endMs - gap.startMs, lengthMs),
              }}
              title={gapTitle(gap)}
            />
          ))}
          {notes.map(({ id, at_ms: at }) => (
            <span key={id} className={styles.note} style={{ left: percent(at, lengthMs) }} />
          ))}
        </div>
      </div>
    </div>
  );
}

function percent(part: number, whole: number): string {
  return `${whole > 0 ? Math.min(100, (part / whole) * 100) : 0}%`;
}

/** Where a key of the slider leads; null for keys that are not its own. */
function target(key: string, at: number, end: number): number | null {
  switch (key) {
    case "ArrowLeft":
    case "ArrowDown":
      return at - 5_000;
    case "ArrowRight":
    case "ArrowUp":
      return at + 5_000;
    case "PageDown":
      return at - 60_000;
    case "PageUp":
      return at + 60_000;
    case "Home":
      return 0;
    case "End":
      return end;
    default:
      return null;
  }
}

/** The picture, at the zoom that was chosen; follows what is played unless somebody looks elsewhere meanwhile. */
function useDrawing(desk: Desk, peaks: readonly number[], lengthMs: number) {
  const box = useRef<HTMLDivElement>(null);
  const sheet = useRef<HTMLDivElement>(null);
  const scheme = useComputedColorScheme("light", { getInitialValueInEffect: false });
  const { sound } = desk;
  const isThere = peaks.length > 0 && lengthMs > 0;
  const newest = useRef({ peaks, lengthMs });
  useEffect(() => {
    newest.current = { peaks, lengthMs };
  }, [peaks, lengthMs]);
  const open = useCallback(
    (): Drawing | null =>
      box.current === null || sheet.current === null || !isThere
        ? null
        : new Drawing({ container: box.current, sheet: sheet.current, sound, ...newest.current }),
    [sound, isThere],
  );
  const drawing = useOpened(open);
  const shown = shownMs(useValue(desk.zoom), lengthMs);
  const { playing } = useValue(desk.player.state);
  const following = useValue(desk.following);
  useEffect(() => {
    if (isThere) drawing?.grow(peaks, lengthMs, shown);
  }, [drawing, isThere, peaks, lengthMs, shown]);
  useEffect(
    () => drawing?.show(shown, following || !playing),
    // Another scheme has other colours.
    [drawing, shown, following, playing, scheme],
  );
  return { box, sheet };
}

/** The slider says where it is once a second, without a render. */
function useSlider(player: Player, lengthMs: number) {
  const slider = useRef<HTMLDivElement>(null);
  useEffect(() => {
    let told = -1;
    const tell = (): void => {
      const second = Math.floor(player.positionMs / 1000);
      if (second === told) return;
      told = second;
      slider.current?.setAttribute("aria-valuenow", String(second));
      slider.current?.setAttribute("aria-valuetext", `${spoken(second * 1000)} of ${spoken(lengthMs)}`);
    };
    tell();
    return player.position.subscribe(tell);
  }, [player, lengthMs]);
  return slider;
}
