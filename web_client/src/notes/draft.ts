import type { EditedSection, EditedStatement, NotesEdit, NotesView, WireSection } from "../wire/messages";
import { isFlag, knownRisk } from "./notes_words";

export type Severity = NonNullable<EditedStatement["severity"]>;
export type Risk = NonNullable<EditedStatement["risk"]>;

/** A statement while a person changes the notes. */
export interface DraftStatement {
  key: string;
  /** Null for one that was added. */
  id: string | null;
  text: string;
  segmentIds: readonly string[];
  severity: Severity | null;
  risk: Risk | null;
  denied: boolean;
  /** What was said there, word for word, while all of `quotedFrom` is cited. */
  quote: string | null;
  quotedFrom: readonly string[];
  /** Taken out; it can be put back until the notes are saved. */
  removed: boolean;
}

export interface DraftSection {
  key: string;
  title: string;
  kind: WireSection["kind"];
  statements: readonly DraftStatement[];
}

/** The notes while a person changes them. What was typed is kept until it is saved or put away by that person. */
export interface Draft {
  /** Of the written notes that it comes from, and that its statements' ids are of. */
  generation: number;
  /** Of the version that it is to take the place of. */
  revision: number;
  /** The generation of that version. */
  over: number;
  sections: readonly DraftSection[];
  /** What would have been sent without a change. */
  was: string;
  /** The same when this was opened; differs from `was` where it is a change already to save it as it is. */
  opened: string;
  phase: "open" | "saving";
  /** Why it was not saved: a WireError's code. */
  trouble: string | null;
}

export type DraftStep =
  | { type: "write"; key: string; text: string }
  | { type: "weigh"; key: string; severity: Severity; denied: boolean }
  | { type: "name_risk"; key: string; risk: Risk }
  | { type: "cite"; key: string; segmentId: string }
  | { type: "remove"; key: string }
  | { type: "put_back"; key: string }
  /** An empty statement behind `after`, or at the section's end; `key` is a new one. */
  | { type: "add"; section: string; after: string | null; key: string; severity: Severity | null }
  | { type: "save" }
  | { type: "refused"; code: string }
  /** Somebody else's version was seen, and this one shall take its place. */
  | { type: "keep_mine"; notes: NotesView };

export function draftOf(notes: NotesView): Draft {
  const sections = notes.sections.map(({ key, title, kind, statements }) => ({
    key,
    title,
    kind,
    statements: statements.map(
      ({
        id,
        text,
        segment_ids: ids,
        severity = null,
        risk = null,
        denied = false,
        quote = null,
      }): DraftStatement => ({
        key: id,
        id,
        text,
        segmentIds: ids,
        severity: severity ?? (isFlag({ risk }) ? "medium" : null),
        risk: knownRisk(risk),
        denied,
        quote,
        quotedFrom: ids,
        removed: false,
      }),
    ),
  }));
  const { generation, revision } = notes;
  const was = JSON.stringify(edited(sections));
  return { generation, revision, over: generation, sections, was, opened: was, phase: "open", trouble: null };
}

export function editOf({ generation, revision, sections }: Draft): NotesEdit {
  return { generation, revision, sections: edited(sections) };
}

export function isChanged(draft: Draft): boolean {
  return JSON.stringify(edited(draft.sections)) !== draft.was;
}

/** Whether something of it would be lost by putting it away. */
export function isTyped(draft: Draft): boolean {
  return JSON.stringify(edited(draft.sections)) !== draft.opened;
}

/** The words that it quotes; the server takes them away with the places where they were said. */
export function quoteOf({ quote, quotedFrom, segmentIds }: DraftStatement): string | null {
  return quotedFrom.every((id) => segmentIds.includes(id)) ? quote : null;
}

/** Newer written notes, to take the place of a person's version: nothing is saved before they were looked at. */
export function draftOfNewer(newer: NotesView, standing: NotesView): Draft {
  return { ...draftOf(newer), revision: standing.revision, over: standing.generation, was: "" };
}

/** Whether another version than the one whose place it is to take stands by now. */
export function isOvertaken({ revision, over }: Draft, notes: NotesView): boolean {
  return revision !== notes.revision || over !== notes.generation;
}

export function change(draft: Draft, step: DraftStep): Draft {
  if (step.type === "refused") return { ...draft, phase: "open", trouble: step.code };
  // What is on its way cannot be changed any more.
  if (draft.phase === "saving") return draft;
  switch (step.type) {
    case "write":
      return withStatement(draft, step.key, (it) => ({ ...it, text: step.text }));
    case "weigh":
      return withStatement(draft, step.key, (it) => ({
        ...it,
        severity: step.severity,
        denied: step.denied,
      }));
    case "name_risk":
      return withStatement(draft, step.key, (it) => ({ ...it, risk: step.risk }));
    case "cite":
      return withStatement(draft, step.key, (it) => ({
        ...it,
        segmentIds: toggled(it.segmentIds, step.segmentId),
      }));
    case "remove":
      return remove(draft, step.key);
    case "put_back":
      return withStatement(draft, step.key, (it) => ({ ...it, removed: false }));
    case "add":
      return add(draft, step);
    case "save":
      return { ...draft, phase: "saving", trouble: null };
    case "keep_mine":
      return rebased(draft, step.notes);
  }
}

function edited(sections: readonly DraftSection[]): EditedSection[] {
  return sections.map(({ key, statements }) => ({
    key,
    statements: statements
      .filter(({ removed, text }) => !removed && text.trim() !== "")
      .map(({ id, text, segmentIds, severity, risk, denied }) => ({
        id,
        text: text.trim(),
        segment_ids: [...segmentIds],
        severity,
        ...(severity === null ? {} : { risk, denied }),
      })),
  }));
}

function withStatement(draft: Draft, key: string, how: (it: DraftStatement) => DraftStatement): Draft {
  const sections = draft.sections.map((section) => ({
    ...section,
    statements: section.statements.map((each) => (each.key === key ? how(each) : each)),
  }));
  return { ...draft, sections, trouble: null };
}

/** One that was added here goes away; one that is in the notes can be put back. */
function remove(draft: Draft, key: string): Draft {
  const sections = draft.sections.map((section) => ({
    ...section,
    statements: section.statements
      .filter((each) => each.key !== key || each.id !== null)
      .map((each) => (each.key === key ? { ...each, removed: true } : each)),
  }));
  return { ...draft, sections, trouble: null };
}

function add(draft: Draft, { section, after, key, severity }: DraftStep & { type: "add" }): Draft {
  const added: DraftStatement = {
    key,
    id: null,
    text: "",
    segmentIds: [],
    severity,
    risk: null,
    denied: false,
    quote: null,
    quotedFrom: [],
    removed: false,
  };
  const sections = draft.sections.map((each) => {
    if (each.key !== section) return each;
    const at = each.statements.findIndex((statement) => statement.key === after);
    return {
      ...each,
      statements: each.statements.toSpliced(at === -1 ? each.statements.length : at + 1, 0, added),
    };
  });
  return { ...draft, sections };
}

function toggled(ids: readonly string[], id: string): readonly string[] {
  return ids.includes(id) ? ids.filter((each) => each !== id) : [...ids, id];
}

/** The same text in the place of a newer version: statements that were taken out of that one are new ones. */
function rebased(draft: Draft, notes: NotesView): Draft {
  const isThere = stillThere(draft, notes);
  const sections = draft.sections.map((section) => ({
    ...section,
    statements: section.statements.map((each) =>
      each.id !== null && !isThere(each.id) ? { ...each, id: null, quote: null } : each,
    ),
  }));
  const { generation: over, revision } = notes;
  return { ...draft, over, revision, sections, was: "", trouble: null };
}

/** Which ids mean the same statements as before. Those of different written notes are alike and mean others. */
function stillThere(draft: Draft, notes: NotesView): (id: string) => boolean {
  if (draft.generation !== notes.generation) {
    // It comes from the notes as they were written, which stay, or from a person's version of them, which is gone.
    return () => draft.revision === 0;
  }
  const known = new Set(notes.sections.flatMap(({ statements }) => statements.map(({ id }) => id)));
  return (id) => known.has(id);
}
