import type { Transcript } from "../../src/live/transcript";
import { empty } from "../../src/live/transcript";
import type { Viewer } from "../../src/live/viewer";
import { Value } from "../../src/observable";
import type { ReviewApi } from "../../src/review/review_api";
import { WireError } from "../../src/wire/answer";
import type {
  AskAnswer,
  NotesView,
  QualityView,
  SearchSetup,
  SessionView,
  WireSegment,
  WireTemplate,
  WireWriter,
} from "../../src/wire/messages";

type Said = readonly [word: string, start: number, end: number, probability?: number];

export function segment(id: string, said: readonly Said[], more: Partial<WireSegment> = {}): WireSegment {
  return {
    id,
    start_ms: said[0]?.[1] ?? 0,
    end_ms: said.at(-1)?.[2] ?? 0,
    speaker: null,
    text: said.map(([word]) => word).join(" "),
    words: said.map(([w, s, e, p = 0.9]) => ({ w, s, e, p })),
    generation: 0,
    edited: false,
    ...more,
  };
}

export function transcript(part: Partial<Transcript>): Transcript {
  return { ...empty("ready"), version: 5, ...part };
}

export const SESSION: SessionView = {
  session_id: "0d9c6ad2-9a75-4f6e-8f1d-3b1b3a9b6c55",
  state: "ready",
  title: "Follow-up",
  patient_id: "P-7",
  language: "en",
  speaker_count: null,
  created_at: "2026-03-04T10:00:00+00:00",
  stopped_at: "2026-03-04T10:10:00+00:00",
  sample_rate: 16_000,
  chunk_seconds: 15,
  recorded_ms: 60_000,
  head: 5,
  contiguous_through: 3,
  max_seq: 3,
  last_seq: 3,
};

/** A viewer whose transcript the test sets. */
export function scriptedViewer(first: Transcript): Viewer & { transcript: Value<Transcript> } {
  return {
    transcript: new Value(first),
    connection: new Value<"connecting" | "connected" | "offline">("connected"),
    refusal: new Value(null),
    close() {
      // Nothing is open.
    },
  };
}

/** Keeps what it was asked; `corrected` says what a correction answers. */
export class ScriptedApi implements ReviewApi {
  readonly asked: unknown[][] = [];
  session_: SessionView = SESSION;
  corrected: (segmentId: string) => Promise<WireSegment> = () => Promise.reject(new Error("not scripted"));

  notes_: NotesView | null = null;
  /** What is answered where a generation is asked for. */
  written_: NotesView | null = null;
  /** What is answered where a revision is asked for. */
  versions: Partial<Record<number, NotesView>> = {};
  quality_: QualityView | null = null;
  templates_: WireTemplate[] = [];
  writers_: WireWriter[] = [];
  answer_: AskAnswer = { quotes: [] };
  /** What changing or signing the notes answers. */
  edited: () => Promise<NotesView> = () => Promise.reject(new Error("not scripted"));

  session(): Promise<SessionView> {
    return Promise.resolve(this.session_);
  }

  describe(...asked: Parameters<ReviewApi["describe"]>): Promise<SessionView> {
    const changes = Object.fromEntries(Object.entries(asked[1]).filter(([, value]) => value !== undefined));
    this.session_ = { ...this.session_, ...changes };
    return this.keep("describe", asked, this.session_);
  }

  remove(...asked: Parameters<ReviewApi["remove"]>): Promise<void> {
    return this.keep("remove", asked, undefined);
  }

  retry(...asked: Parameters<ReviewApi["retry"]>): ReturnType<ReviewApi["retry"]> {
    return this.keep("retry", asked, { state: "transcribing" as const });
  }

  export(...asked: Parameters<ReviewApi["export"]>): Promise<Blob> {
    return this.keep("export", asked, new Blob(["1\n"]));
  }

  audioUrl(): ReturnType<ReviewApi["audioUrl"]> {
    return Promise.resolve({ url: "blob:nothing", expires_in: 300 });
  }

  waveform(): ReturnType<ReviewApi["waveform"]> {
    return Promise.resolve({ interval_ms: 100, peaks: [] });
  }

  nameSpeaker(...asked: Parameters<ReviewApi["nameSpeaker"]>): Promise<void> {
    return this.keep("nameSpeaker", asked, undefined);
  }

  mergeSpeaker(...asked: Parameters<ReviewApi["mergeSpeaker"]>): Promise<void> {
    return this.keep("mergeSpeaker", asked, undefined);
  }

  separateSpeaker(...asked: Parameters<ReviewApi["separateSpeaker"]>): Promise<void> {
    return this.keep("separateSpeaker", asked, undefined);
  }

  putTypedNote(...asked: Parameters<ReviewApi["putTypedNote"]>): Promise<void> {
    return this.keep("putTypedNote", asked, undefined);
  }

  correct(...asked: Parameters<ReviewApi["correct"]>): Promise<WireSegment> {
    this.asked.push(["correct", ...asked.slice(1)]);
    return this.corrected(asked[1]);
  }

  notes(...[, , which]: Parameters<ReviewApi["notes"]>): Promise<NotesView> {
    if (which === undefined) return found(this.notes_);
    return found("generation" in which ? this.written_ : (this.versions[which.revision] ?? null));
  }

  quality(): Promise<QualityView> {
    return found(this.quality_);
  }

  noteTemplates(): ReturnType<ReviewApi["noteTemplates"]> {
    return Promise.resolve({ items: this.templates_, writers: this.writers_ });
  }

  editNotes(...asked: Parameters<ReviewApi["editNotes"]>): Promise<NotesView> {
    this.asked.push(["editNotes", ...asked.slice(1)]);
    return this.edited();
  }

  signNotes(...asked: Parameters<ReviewApi["signNotes"]>): Promise<NotesView> {
    this.asked.push(["signNotes", ...asked.slice(1)]);
    return this.edited();
  }

  writeNotes(...asked: Parameters<ReviewApi["writeNotes"]>): ReturnType<ReviewApi["writeNotes"]> {
    return this.keep("writeNotes", asked, { state: "noting" as const });
  }

  /** What the recognisers say they know. */
  languages_: string[] | null = null;
  recogniserRuns = true;

  languages(): ReturnType<ReviewApi["languages"]> {
    return Promise.resolve({ items: this.languages_, recogniser_runs: this.recogniserRuns });
  }

  searchSetup(): Promise<SearchSetup> {
    return Promise.resolve({ embedders: [] });
  }

  askSession(...asked: Parameters<ReviewApi["askSession"]>): Promise<AskAnswer> {
    return this.keep("askSession", asked, this.answer_);
  }

  private keep<T>(name: string, asked: unknown[], answer: T): Promise<T> {
    this.asked.push([name, ...asked.slice(1)]);
    return Promise.resolve(answer);
  }
}

function found<T>(item: T | null): Promise<T> {
  return item === null
    ? Promise.reject(new WireError("not_found", "there is none", false))
    : Promise.resolve(item);
}
