import { useComputedColorScheme } from "@mantine/core";
import { type KeyboardEvent, useEffect, useRef } from "react";
import WaveSurfer from "wavesurfer.js";

import { clock, spoken } from "../looks/time";
import tones from "../looks/tone.module.css";
import { GAP_WORDS } from "./gap_row";
import type { Player } from "./player";
import type { Gap } from "./timeline";
import styles from "./waveform.module.css";

const HEIGHT = 56;

interface WaveformProps {
  player: Player;
  sound: HTMLAudioElement;
  /** 0 to 255, one for each `intervalMs`. */
  peaks: readonly number[];
  lengthMs: number;
  gaps: readonly Gap[];
  notes: readonly { id: string; at_ms: number }[];
}

/** The whole session at a glance, and a slider for where in it one is. */
export function Waveform({ player, sound, peaks, lengthMs, gaps, notes }: WaveformProps) {
  const box = useDrawing(sound, peaks, lengthMs);
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
        {gaps.map(({ startMs, endMs, reason }) => (
          <span
            key={`${reason}-${startMs}`}
            className={`${styles.gap} ${tones[GAP_WORDS[reason].tone]}`}
            style={{ left: percent(startMs, lengthMs), width: percent(endMs - startMs, lengthMs) }}
            title={GAP_WORDS[reason].title(clock(startMs), clock(endMs))}
          />
        ))}
        {notes.map(({ id, at_ms: at }) => (
          <span key={id} className={styles.note} style={{ left: percent(at, lengthMs) }} />
        ))}
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

/** The picture. Nothing is decoded here: the peaks are the server's. */
function useDrawing(sound: HTMLAudioElement, peaks: readonly number[], lengthMs: number) {
  const box = useRef<HTMLDivElement>(null);
  const scheme = useComputedColorScheme("light", { getInitialValueInEffect: false });
  useEffect(() => {
    const container = box.current;
    if (container === null || peaks.length === 0 || lengthMs <= 0) return;
    const colours = getComputedStyle(container);
    const wave = WaveSurfer.create({
      container,
      media: sound,
      peaks: [Float32Array.from(peaks, (peak) => peak / 255)],
      duration: lengthMs / 1000,
      height: HEIGHT,
      normalize: true,
      barWidth: 2,
      barGap: 1,
      barRadius: 1,
      barMinHeight: 1,
      cursorWidth: 2,
      dragToSeek: true,
      hideScrollbar: true,
      waveColor: colours.getPropertyValue("--wave").trim(),
      progressColor: colours.getPropertyValue("--accent").trim(),
      cursorColor: colours.getPropertyValue("--ink").trim(),
      // Its style element stands in a shadow root, where the content security policy looks too.
      cspNonce: document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.content ?? "",
    });
    return () => wave.destroy();
  }, [sound, peaks, lengthMs, scheme]);
  return box;
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
