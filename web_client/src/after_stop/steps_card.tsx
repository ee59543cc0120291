import { CheckIcon, WarningIcon } from "../looks/icons";
import { Announce } from "../looks/announce";
import { clock } from "../looks/time";
import type { AfterStop } from "../live/after_stop";
import type { Coverage, SessionState } from "../wire/messages";
import styles from "./steps_card.module.css";
import { phaseOf, STEP_TITLES, stepUnderWay, timeLeft, WAITED, type WaitedStep } from "./step_words";

interface StepsCardProps {
  state: SessionState;
  after: AfterStop;
  coverage: Coverage | null;
  /** Nothing is there that does it: nobody knows how long it takes. */
  stands: boolean;
}

/** What is being done with a session since Stop, and about how long it takes. */
export function StepsCard({ state, after, coverage, stands }: StepsCardProps) {
  const now = stepUnderWay(state);
  if (now === null) return null;
  const { share, words } = progressOf(now, after, coverage, stands);
  return (
    <section className={styles.card} aria-label="Progress">
      <Announce>{`${STEP_TITLES[now]}, step ${WAITED.indexOf(now) + 1} of ${WAITED.length}`}</Announce>
      <ol className={styles.steps}>
        {WAITED.map((step) => (
          <Step key={step} step={step} state={state} after={after} />
        ))}
      </ol>
      <div className={styles.progress}>
        {share === null ? (
          <progress aria-label={STEP_TITLES[now]} />
        ) : (
          <progress max={100} value={share} aria-label={STEP_TITLES[now]} />
        )}
        <span>{words}</span>
      </div>
    </section>
  );
}

const PHASES = { waiting: "to come", under_way: "now", done: "done", failed: "failed" } as const;

interface StepProps {
  step: WaitedStep;
  state: SessionState;
  after: AfterStop;
}

function Step({ step, state, after }: StepProps) {
  const phase = phaseOf(step, state, after);
  return (
    <li className={styles.step} data-phase={phase} aria-current={phase === "under_way" ? "step" : undefined}>
      <span className={styles.sign} aria-hidden="true">
        {phase === "done" ? (
          <CheckIcon size={16} />
        ) : phase === "failed" ? (
          <WarningIcon size={16} />
        ) : (
          WAITED.indexOf(step) + 1
        )}
      </span>
      <span>
        {STEP_TITLES[step]}
        <span className={styles.phase}> ({PHASES[phase]})</span>
      </span>
    </li>
  );
}

/** The share is 0 to 100, null where nobody knows. */
function progressOf(
  step: WaitedStep,
  { progress }: AfterStop,
  coverage: Coverage | null,
  stands: boolean,
): { share: number | null; words: string } {
  const told = progress[step] ?? null;
  const left = stands ? null : timeLeft(told?.eta_s);
  if (step === "transcribe" && coverage !== null && coverage.recorded_ms > 0) {
    const { transcribed_ms: transcribed, recorded_ms: recorded } = coverage;
    const length = `${clock(transcribed)} of ${clock(recorded)}`;
    const said = told === null ? [`Transcribed ${length}`] : [told.message, length, left];
    return { share: (transcribed / recorded) * 100, words: joined(said) };
  }
  if (told === null) return { share: null, words: "A few seconds as a rule" };
  return { share: told.percent, words: joined([`${told.percent} %`, told.message, left]) };
}

function joined(parts: readonly (string | null | undefined)[]): string {
  return parts.filter((part) => part !== null && part !== undefined && part !== "").join(" · ");
}
