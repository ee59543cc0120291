import { Button, Text, TextInput, Title } from "@mantine/core";
import { useEffect, useLayoutEffect, useRef, useState } from "react";

import { Announce } from "../looks/announce";
import { PlusIcon } from "../looks/icons";
import { Problem } from "../looks/problem";
import { SaveBar, useSavedWhole } from "../looks/save_bar";
import type { WireTemplate } from "../wire/messages";
import { SectionFields } from "./section_fields";
import { TemplateSections } from "./template_sections";
import {
  type DraftStep,
  isChanged,
  isOvertaken,
  MOST_SECTIONS,
  type SectionDraft,
  type TemplateDraft,
} from "./template_draft";
import { templateRefusal } from "./template_words";
import styles from "./templates.module.css";

interface TemplateEditorProps {
  draft: TemplateDraft;
  /** As it stands by now; null for a new one. */
  template: WireTemplate | null;
  step: (step: DraftStep) => void;
  save: () => void;
  /** Puts the draft away. */
  close: () => void;
}

/** A template to change, as one form: everything is saved together or not at all. */
export function TemplateEditor({ draft, template, step, save, close }: TemplateEditorProps) {
  const form = useRef<HTMLFormElement>(null);
  const changed = isChanged(draft);
  const overtaken = isOvertaken(draft, template) && draft.phase === "open";
  const saving = draft.phase === "saving";
  const whole = useSavedWhole({ typed: changed, ready: changed && !overtaken, saving, save, close });
  useEffect(() => {
    if (draft.trouble !== null) form.current?.querySelector<HTMLElement>("[aria-invalid=true]")?.focus();
    // Only when the server has said no, not with every letter that mends it.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [draft.trouble?.message]);
  return (
    <form ref={form} className={styles.editor} aria-label="Template" {...whole.form} noValidate>
      <TextInput
        label="Name"
        maxLength={80}
        autoComplete="off"
        autoFocus={draft.template === null}
        value={draft.name}
        error={draft.trouble?.fields.name}
        onChange={(event) => step({ type: "rename", name: event.currentTarget.value })}
      />
      <Sections draft={draft} step={step} />
      {overtaken && template !== null && <Overtaken template={template} step={step} close={close} />}
      {draft.trouble !== null && !overtaken && <Refused trouble={draft.trouble} />}
      <SaveBar {...whole.bar} />
    </form>
  );
}

function Refused({ trouble }: { trouble: NonNullable<TemplateDraft["trouble"]> }) {
  const named = Object.keys(trouble.fields).length;
  return (
    <Problem
      title="Not saved"
      what={
        named > 0
          ? "The server does not take this template. What is wrong is said at each field."
          : templateRefusal(trouble.code, trouble.message)
      }
      safe="What you wrote is still here."
      urgent
    />
  );
}

function Sections({ draft, step }: Pick<TemplateEditorProps, "draft" | "step">) {
  const { sections } = draft;
  const [said, setSaid] = useState("");
  const { list, hold } = useHeldFocus(sections);
  const added = useRef<string | null>(null);
  const add = (): void => {
    added.current = crypto.randomUUID();
    step({ type: "add", id: added.current });
  };
  const kept = sections.filter(({ removed }) => !removed);
  const move = (section: SectionDraft) => (by: -1 | 1) => {
    const place = kept.indexOf(section) + by + 1;
    if (place < 1 || place > kept.length) return;
    hold();
    step({ type: "move", section: section.id, by });
    setSaid(`${section.title.trim() || "The section"} is number ${place} of ${kept.length} now`);
  };
  const focusAdded = (id: string) => (field: HTMLInputElement | null) => {
    if (field === null || added.current !== id) return;
    added.current = null;
    field.focus();
  };
  return (
    <section className={styles.sections} aria-labelledby="template-sections">
      <Title order={2} id="template-sections">
        Sections
      </Title>
      <Text c="dimmed" size="sm">
        The description says what belongs into a section. A language model reads it as its instruction;
        without one, sentences of the transcript are chosen that come close to its meaning.
      </Text>
      <ol ref={list} className={styles.editedSections}>
        {sections.map((section) => (
          <SectionFields
            key={section.id}
            section={section}
            place={kept.indexOf(section) + 1}
            of={kept.length}
            wrong={draft.trouble?.fields ?? {}}
            step={step}
            move={move(section)}
            titleRef={focusAdded(section.id)}
          />
        ))}
      </ol>
      <Announce>{said}</Announce>
      <div>
        <Button
          variant="default"
          leftSection={<PlusIcon size={18} />}
          disabled={kept.length >= MOST_SECTIONS}
          onClick={add}
        >
          Add a section
        </Button>
      </div>
    </section>
  );
}

/** A browser takes the focus from what is put at another place in the page: it is given back. */
function useHeldFocus(order: unknown) {
  const list = useRef<HTMLOListElement>(null);
  const held = useRef<HTMLElement | null>(null);
  const hold = (): void => {
    const { activeElement } = document;
    held.current = activeElement instanceof HTMLElement ? activeElement : null;
  };
  useLayoutEffect(() => {
    if (held.current !== null && list.current?.contains(held.current) === true) held.current.focus();
    held.current = null;
  }, [order]);
  return { list, hold };
}

interface OvertakenProps {
  template: WireTemplate;
  step: (step: DraftStep) => void;
  close: () => void;
}

/** Somebody else's version stands meanwhile: both can be seen before one of them is chosen. */
function Overtaken({ template, step, close }: OvertakenProps) {
  return (
    <>
      <Problem
        tone="warn"
        title="The template has changed meanwhile"
        what="Somebody else saved it while you were writing. Nothing was saved over anything."
        safe="What you wrote is still here."
        actions={
          <>
            <Button variant="default" onClick={() => step({ type: "keep_mine", version: template.version })}>
              Go on with mine
            </Button>
            <Button variant="default" onClick={close}>
              Take theirs
            </Button>
          </>
        }
        urgent
      />
      <details className={styles.theirs}>
        <summary>Show theirs</summary>
        <TemplateSections sections={template.sections} />
      </details>
    </>
  );
}
