import { useEffect, useRef } from "react";

import type { Observable } from "../observable";
import styles from "./level_meter.module.css";

/** The quietest level that shows, in dB below full scale. */
const FLOOR_DB = -54;

function shareOf(peak: number): number {
  if (peak <= 0) return 0;
  return Math.min(1, Math.max(0, 1 - (20 * Math.log10(peak)) / FLOOR_DB));
}

interface LevelMeterProps<T> {
  level: Observable<T>;
  /** 0 to 1. */
  peakOf: (value: T) => number;
  label: string;
}

/** Draws past React: a level changes many times a second. What it says is told in words beside it. */
export function LevelMeter<T>({ level, peakOf, label }: LevelMeterProps<T>) {
  const bar = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const draw = (): void => {
      bar.current?.style.setProperty("--hidden", `${100 - 100 * shareOf(peakOf(level.get()))}%`);
    };
    draw();
    return level.subscribe(draw);
  }, [level, peakOf]);
  return (
    <div className={styles.meter} role="img" aria-label={label}>
      <div ref={bar} className={styles.bar} />
    </div>
  );
}
