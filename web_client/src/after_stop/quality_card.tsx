import { useQuery } from "@tanstack/react-query";

import { WarningIcon } from "../looks/icons";
import { Pill } from "../looks/pill";
import { clock } from "../looks/time";
import { codeOf } from "../review/code_of";
import type { ReviewApi } from "../review/review_api";
import type { QualityStretch, QualityView } from "../wire/messages";
import styles from "./quality_card.module.css";
import { grade, languageMix, percent, warnings } from "./quality_words";

/** More links than that nobody follows. */
const MOST_LINKS = 24;

interface QualityCardProps {
  api: ReviewApi;
  sessionId: string;
  /** Of the newest one that was made; undefined while nothing was said of it. */
  generation: number | undefined;
  hear: (ms: number) => void;
}

/** How far the transcript can be trusted; nothing while that is not known. */
export function QualityCard({ api, sessionId, generation, hear }: QualityCardProps) {
  const { data } = useQuery({
    queryKey: ["quality", sessionId, generation],
    queryFn: async ({ signal }) => {
      try {
        return await api.quality(sessionId, signal);
      } catch (error) {
        if (codeOf(error) === "not_found") return null;
        throw error;
      }
    },
    placeholderData: (before) => before,
    staleTime: Infinity,
  });
  return data ? <Quality quality={data} hear={hear} /> : null;
}

export function Quality({ quality, hear }: { quality: QualityView; hear: (ms: number) => void }) {
  const { words, tone } = grade(quality);
  const told = warnings(quality);
  return (
    <section className={styles.card} aria-label="Transcript quality">
      <details>
        <summary className={styles.summary}>
          Transcript quality
          <Pill tone={tone}>{words}</Pill>
        </summary>
        <Numbers quality={quality} />
        <Stretches title="Hard to hear: listen again" stretches={quality.unsure} hear={hear} />
        <Stretches
          title="Repeats that may never have been said: listen again"
          stretches={quality.repeated}
          hear={hear}
        />
      </details>
      {told.length > 0 && (
        <ul className={styles.warnings}>
          {told.map((warning) => (
            <li key={warning}>
              <WarningIcon size={18} />
              {warning}
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

function Numbers({ quality }: { quality: QualityView }) {
  const languages = languageMix(quality.languages);
  const rows = [
    ["Words", `${quality.words}, about ${Math.round(quality.words_per_minute)} a minute`],
    ["Words hard to hear", percent(quality.unsure_share)],
    ["Audio missing", percent(quality.missing_share)],
    ...(languages === ""
      ? []
      : [[languages.includes(",") ? "Words by language" : "Language", languages] as const]),
  ] as const;
  return (
    <dl className={styles.numbers}>
      {rows.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

interface StretchesProps {
  title: string;
  stretches: readonly QualityStretch[];
  hear: (ms: number) => void;
}

function Stretches({ title, stretches, hear }: StretchesProps) {
  if (stretches.length === 0) return null;
  const more = stretches.length - MOST_LINKS;
  return (
    <div className={styles.stretches}>
      <p>{title}</p>
      <ul>
        {stretches.slice(0, MOST_LINKS).map(({ start_ms: start, end_ms: end }) => (
          <li key={start}>
            <button
              type="button"
              aria-label={`Play ${clock(start)} to ${clock(end)}`}
              onClick={() => hear(start)}
            >
              {clock(start)}
            </button>
          </li>
        ))}
        {more > 0 && <li>and {more} more</li>}
      </ul>
    </div>
  );
}
