import { ActionIcon } from "@mantine/core";
import { Fragment } from "react";

import { HearButton } from "../looks/hear_button";
import { CloseIcon, WarningIcon } from "../looks/icons";
import { clock } from "../looks/time";
import type { WireStatement } from "../wire/messages";
import { type Evidence, evidence, isStillSaid, type SegmentsById } from "./evidence";
import styles from "./notes.module.css";

interface CitedProps {
  statement: Pick<WireStatement, "text" | "quote" | "segment_ids">;
  segments: SegmentsById;
  hear: (evidence: Evidence) => void;
  /** While it is changed: its name, and what takes a place away from it. */
  change?: { name: string; takeAway: (segmentId: string) => void };
}

/** The words that support a statement, who said them, and where they can be heard. */
export function Cited({ statement, segments, hear, change }: CitedProps) {
  const { quote = null, segment_ids: ids, text } = statement;
  const places = evidence(statement, segments);
  if (places.length === 0) {
    return (
      <p className={styles.unsupported}>
        {ids.length === 0
          ? "Added without a place in the transcript."
          : "What supported it is not in the transcript any more."}
      </p>
    );
  }
  const isCorrected = quote !== null && !isStillSaid(statement, segments);
  // A quote that says the same again would be noise.
  const shownQuote = quote !== null && !isCorrected && !isSame(quote, text) ? quote : null;
  const name = change === undefined ? "" : `${change.name}: `;
  return (
    <div className={styles.evidence}>
      {isCorrected && (
        <p className={styles.corrected}>
          <WarningIcon size={16} />
          What was said here was corrected since.
        </p>
      )}
      {shownQuote !== null && <q className={styles.quote}>{shownQuote}</q>}
      {places.map((place, at) => (
        <Fragment key={place.segmentId}>
          {place.who !== null && place.who !== places[at - 1]?.who && (
            <span className={styles.who}>{place.who}</span>
          )}
          <span className={styles.together}>
            <HearButton
              ms={place.ms}
              label={`${name}Hear where this was said, at ${clock(place.ms)}`}
              title="Hear where this was said"
              hear={() => hear(place)}
            />
            {change !== undefined && (
              <ActionIcon
                title="Take this place away"
                aria-label={`${name}take away ${clock(place.ms)}`}
                onClick={() => change.takeAway(place.segmentId)}
              >
                <CloseIcon size={16} />
              </ActionIcon>
            )}
          </span>
        </Fragment>
      ))}
    </div>
  );
}

function isSame(quote: string, text: string): boolean {
  const letters = (words: string): string => words.toLowerCase().replace(/[^\p{L}\p{N}]/gu, "");
  return letters(quote) === letters(text);
}
