import type { TemplateEdit, TemplateSection, WireTemplate } from "../wire/messages";
import { keyOf } from "./key_of";
import { wrongFields } from "./wrong_fields";

/** As many as the server takes. */
export const MOST_SECTIONS = 20;
const USUAL_MOST = 6;

const FIELDS = ["title", "description", "most", "kind"] as const;
export type SectionField = (typeof FIELDS)[number];

/** A section while a person changes the template. */
export interface SectionDraft {
  id: string;
  /** What notes know it by; null for a new one, which gets it from its title. */
  key: string | null;
  title: string;
  description: string;
  kind: TemplateSection["kind"];
  /** As it was typed. */
  most: string;
  /** Taken out; it can be put back until the template is saved. */
  removed: boolean;
}

export interface Trouble {
  /** A WireError's. */
  code: string;
  /** What the server says of the template as a whole. */
  message: string;
  /** What it says of each field: under "name", or under a section's id and field as in `fieldOf`. */
  fields: Readonly<Partial<Record<string, string>>>;
}

/** A template while a person changes it. What was typed is kept until it is saved or put away by that person. */
export interface TemplateDraft {
  /** Null for a new one. */
  template: string | null;
  /** The version that is being changed; 0 where there must be none yet. */
  version: number;
  name: string;
  sections: readonly SectionDraft[];
  /** What would have been sent without a change. */
  was: string;
  phase: "open" | "saving";
  /** Why it was not saved. */
  trouble: Trouble | null;
}

export type DraftStep =
  | { type: "rename"; name: string }
  | { type: "write"; section: string; field: SectionField; text: string }
  | { type: "move"; section: string; by: -1 | 1 }
  /** An empty section at the end; `id` is a new one. */
  | { type: "add"; id: string }
  | { type: "remove"; section: string }
  | { type: "put_back"; section: string }
  | { type: "save" }
  | { type: "refused"; code: string; message: string }
  /** Somebody else's version was seen, and this one shall take its place. */
  | { type: "keep_mine"; version: number };

export function fieldOf(section: string, field: string): string {
  return `${section} ${field}`;
}

export function draftOf(template: WireTemplate): TemplateDraft {
  const { id, version, name } = template;
  return opened({ template: id, version, name, sections: template.sections.map(sectionOf) });
}

/** A new template, with the sections of another one or with an empty section. */
export function newDraft(like: WireTemplate | null): TemplateDraft {
  if (like === null)
    return opened({ template: null, version: 0, name: "", sections: [emptySection("first")] });
  const sections = like.sections.map(sectionOf);
  // A copy is worth saving as it is.
  return { ...opened({ template: null, version: 0, name: `${like.name} (copy)`, sections }), was: "" };
}

function opened(draft: Pick<TemplateDraft, "template" | "version" | "name" | "sections">): TemplateDraft {
  const whole: TemplateDraft = { ...draft, was: "", phase: "open", trouble: null };
  return { ...whole, was: JSON.stringify(editOf(whole)) };
}

function sectionOf({ key, title, description, kind, most }: TemplateSection): SectionDraft {
  return { id: key, key, title, description, kind, most: String(most), removed: false };
}

function emptySection(id: string): SectionDraft {
  const most = String(USUAL_MOST);
  return { id, key: null, title: "", description: "", kind: "statements", most, removed: false };
}

/** What is sent: sections that were taken out are not in it. */
export function editOf({ name, version, sections }: TemplateDraft): TemplateEdit {
  const sent = sections.filter(({ removed }) => !removed);
  const taken = new Set(sent.flatMap(({ key }) => (key === null ? [] : [key])));
  return {
    name: name.trim(),
    version,
    sections: sent.map(({ key, title, description, kind, most }) => {
      const known = key ?? keyOf(title, taken, "section");
      taken.add(known);
      return { key: known, title: title.trim(), description: description.trim(), kind, most: Number(most) };
    }),
  };
}

export function isChanged(draft: TemplateDraft): boolean {
  return JSON.stringify(editOf(draft)) !== draft.was;
}

/** Whether somebody else's version stands by now. */
export function isOvertaken(draft: TemplateDraft, template: WireTemplate | null): boolean {
  return draft.template !== null && template !== null && draft.version !== template.version;
}

export function change(draft: TemplateDraft, step: DraftStep): TemplateDraft {
  if (step.type === "refused") return refused(draft, step);
  // What is on its way cannot be changed any more.
  if (draft.phase === "saving") return draft;
  switch (step.type) {
    case "rename":
      return { ...draft, name: step.name, trouble: without(draft.trouble, "name") };
    case "write": {
      const trouble = without(draft.trouble, fieldOf(step.section, step.field));
      return { ...withSection(draft, step.section, { [step.field]: step.text }), trouble };
    }
    case "move":
      return { ...draft, sections: moved(draft.sections, step.section, step.by) };
    case "add":
      return { ...draft, sections: [...draft.sections, emptySection(step.id)] };
    case "remove":
      return remove(draft, step.section);
    case "put_back":
      return withSection(draft, step.section, { removed: false });
    case "save":
      return { ...draft, phase: "saving", trouble: null };
    case "keep_mine":
      return { ...draft, version: step.version, was: "", trouble: null };
  }
}

/** The server counts the sections that it was sent. */
function refused(draft: TemplateDraft, { code, message }: DraftStep & { type: "refused" }): TemplateDraft {
  const sent = draft.sections.filter(({ removed }) => !removed);
  const fields = Object.fromEntries(
    wrongFields(message).flatMap(({ section, field, words }) => {
      if (section === null) return [[field, words]];
      const meant = sent[section];
      return meant === undefined ? [] : [[fieldOf(meant.id, field), words]];
    }),
  );
  return { ...draft, phase: "open", trouble: { code, message, fields } };
}

function without(trouble: Trouble | null, ...mended: string[]): Trouble | null {
  if (trouble === null) return null;
  const fields = Object.fromEntries(
    Object.entries(trouble.fields).filter(([name]) => !mended.includes(name)),
  );
  return Object.keys(fields).length > 0 ? { ...trouble, fields } : null;
}

function withSection(draft: TemplateDraft, id: string, changes: Partial<SectionDraft>): TemplateDraft {
  const sections = draft.sections.map((each) => (each.id === id ? { ...each, ...changes } : each));
  return { ...draft, sections };
}

/** One in which nothing was written yet goes away; another one can be put back. */
function remove(draft: TemplateDraft, id: string): TemplateDraft {
  const isEmpty = ({ key, title, description }: SectionDraft): boolean =>
    key === null && title.trim() === "" && description.trim() === "";
  const sections = draft.sections
    .filter((each) => each.id !== id || !isEmpty(each))
    .map((each) => (each.id === id ? { ...each, removed: true } : each));
  return {
    ...draft,
    sections,
    trouble: without(draft.trouble, ...FIELDS.map((field) => fieldOf(id, field))),
  };
}

/** By one place; sections that were taken out do not count. */
function moved(sections: readonly SectionDraft[], id: string, by: -1 | 1): readonly SectionDraft[] {
  const at = sections.findIndex((each) => each.id === id);
  const meant = sections[at];
  let to = at + by;
  while (sections[to]?.removed === true) to += by;
  if (meant === undefined || sections[to] === undefined) return sections;
  return sections.toSpliced(at, 1).toSpliced(to, 0, meant);
}
