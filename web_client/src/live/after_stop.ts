import type { SessionEvent } from "../wire/event";
import type { SessionState, StepFailed, StepProgress, WireSection, WireStep } from "../wire/messages";

/** What is made of a session after Stop, so far as its events tell. */
export interface AfterStop {
  /** How far the steps under way are, by step: search is prepared while the notes are written. */
  progress: Readonly<Partial<Record<string, StepProgress>>>;
  /** Steps that were given up and have not been done since. */
  failed: readonly StepFailed[];
  /** The newest generation of each kind of artifact. */
  artifacts: Readonly<Record<string, number>>;
  /** The sections of notes that are being written; null where none are. */
  writing: { generation: number; sections: readonly WireSection[] } | null;
  /** The newest version of the notes that a person made; `signed` where it was signed. */
  notes: { revision: number; signed: boolean };
}

export const NOTHING_YET: AfterStop = {
  progress: {},
  failed: [],
  artifacts: {},
  writing: null,
  notes: { revision: 0, signed: false },
};

/** What each step makes, and the state in which a session waits for it. */
const ARTIFACTS: Partial<Record<string, string>> = { label: "labels", note: "notes", index: "index" };
const STEP_IN: Partial<Record<SessionState, string>> = { labelling: "label", noting: "note" };

/** What a session's steps say that a view begins with. */
export function afterSteps(steps: readonly WireStep[]): AfterStop {
  const failed = steps.flatMap(({ step, state, code }) =>
    state === "failed" ? [{ step, code: code ?? "internal" }] : [],
  );
  const made = steps.flatMap(({ step, state, generation }) => {
    const kind = ARTIFACTS[step];
    return state === "done" && kind !== undefined ? [[kind, generation] as const] : [];
  });
  return { ...NOTHING_YET, failed, artifacts: Object.fromEntries(made) };
}

/** The same object where the event says nothing of this. */
export function afterEvent(after: AfterStop, event: SessionEvent): AfterStop {
  switch (event.type) {
    case "session.state":
      return entered(after, event.data.state);
    case "session.progress":
      return {
        ...after,
        progress: { ...after.progress, [event.data.step]: event.data },
        failed: without(after.failed, event.data.step),
      };
    case "step.failed":
      return failed(after, event.data);
    case "artifact.ready":
      return made(after, event.data.kind, event.data.generation);
    case "note.section":
      return { ...after, writing: written(after.writing, event.data.generation, event.data.section) };
    case "note.edited":
      return { ...after, notes: event.data };
    default:
      return after;
  }
}

function entered(after: AfterStop, state: SessionState): AfterStop {
  // Everything is made anew, or one step is done once more.
  if (state === "transcribing") return { ...after, progress: {}, failed: [], writing: null };
  const step = STEP_IN[state];
  if (step === undefined) return { ...after, progress: {}, writing: null };
  return { ...after, progress: {}, failed: without(after.failed, step), writing: null };
}

function failed(after: AfterStop, failure: StepFailed): AfterStop {
  const others = without(after.failed, failure.step);
  const writing = failure.step === "note" ? null : after.writing;
  return { ...after, progress: {}, failed: [...others, failure], writing };
}

function made(after: AfterStop, kind: string, generation: number): AfterStop {
  const step = Object.keys(ARTIFACTS).find((each) => ARTIFACTS[each] === kind);
  return {
    ...after,
    artifacts: { ...after.artifacts, [kind]: generation },
    failed: step === undefined ? after.failed : without(after.failed, step),
    writing: kind === "notes" ? null : after.writing,
  };
}

/** A newer generation takes the place of an older one; a section that comes again replaces itself. */
function written(
  writing: AfterStop["writing"],
  generation: number,
  section: WireSection,
): AfterStop["writing"] {
  if (writing === null || generation > writing.generation) return { generation, sections: [section] };
  if (generation < writing.generation) return writing;
  const at = writing.sections.findIndex(({ key }) => key === section.key);
  const sections = at === -1 ? [...writing.sections, section] : writing.sections.with(at, section);
  return { generation, sections };
}

function without(failures: readonly StepFailed[], step: string): readonly StepFailed[] {
  return failures.some((each) => each.step === step)
    ? failures.filter((each) => each.step !== step)
    : failures;
}
