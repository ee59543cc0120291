import { ActionIcon, Button } from "@mantine/core";
import { useState } from "react";

import { Announce } from "../looks/announce";
import { clock, spoken } from "../looks/time";
import { useValue } from "../screens/use_value";
import type { Desk } from "./desk";
import styles from "./dock.module.css";
import { closest, possible, shownMs, zoomed } from "./zoom";

/** How much of the session the waveform shows. The buttons stay where they are at either end: the focus is on them. */
export function ZoomButtons({ desk, lengthMs }: { desk: Desk; lengthMs: number }) {
  const zoom = possible(useValue(desk.zoom), lengthMs);
  const [first] = useState(zoom);
  const isWhole = zoom === 1;
  const isClosest = zoom === closest(lengthMs);
  const shown = isWhole ? "the whole session" : spoken(Math.round(shownMs(zoom, lengthMs)));
  const visible = isWhole ? "All" : clock(shownMs(zoom, lengthMs));
  if (closest(lengthMs) === 1) return null;
  return (
    <div className={styles.zoom} role="group" aria-label="Zoom of the waveform">
      <ActionIcon
        aria-label="Zoom out"
        title="Zoom out"
        aria-disabled={isWhole}
        data-disabled={isWhole}
        onClick={() => desk.zoom.set(zoomed(zoom, -1, lengthMs))}
      >
        <span className={styles.skip}>−</span>
      </ActionIcon>
      <Button
        size="sm"
        variant="subtle"
        aria-label={`${visible}: show the whole session`}
        title="Show the whole session"
        onClick={() => desk.zoom.set(1)}
      >
        {visible}
      </Button>
      <ActionIcon
        aria-label="Zoom in"
        title="Zoom in"
        aria-disabled={isClosest}
        data-disabled={isClosest}
        onClick={() => desk.zoom.set(zoomed(zoom, 1, lengthMs))}
      >
        <span className={styles.skip}>+</span>
      </ActionIcon>
      <Announce>{zoom === first ? "" : `The waveform shows ${shown}`}</Announce>
    </div>
  );
}
