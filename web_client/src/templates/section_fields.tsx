import { ActionIcon, Button, NativeSelect, Textarea, TextInput } from "@mantine/core";
import { type KeyboardEvent, type Ref } from "react";

import { DownIcon, TrashIcon, UpIcon } from "../looks/icons";
import { type DraftStep, fieldOf, type SectionDraft, type Trouble } from "./template_draft";
import { KINDS } from "./template_words";
import styles from "./templates.module.css";

const KIND_CHOICES = Object.entries(KINDS).map(([value, { words }]) => ({ value, label: words }));

/** Fields side by side stay so, however long what is said about them. */
const BELOW: ("label" | "input" | "description" | "error")[] = ["label", "input", "description", "error"];

interface SectionFieldsProps {
  section: SectionDraft;
  place: number;
  of: number;
  wrong: Trouble["fields"];
  step: (step: DraftStep) => void;
  move: (by: -1 | 1) => void;
  /** The field of its title. */
  titleRef?: Ref<HTMLInputElement>;
}

/** One section of a template to change. Alt with an arrow moves it. */
export function SectionFields({ section, place, of, wrong, step, move, titleRef }: SectionFieldsProps) {
  const { id, title, description, kind, most, removed } = section;
  const name = title.trim() === "" ? (removed ? "A section" : `Section ${place}`) : title.trim();
  if (removed)
    return (
      <li className={styles.removed}>
        <s>{name}</s>
        <Button size="compact-md" variant="subtle" onClick={() => step({ type: "put_back", section: id })}>
          Put back
        </Button>
      </li>
    );
  const pressed = (event: KeyboardEvent): void => {
    if (!event.altKey || (event.key !== "ArrowUp" && event.key !== "ArrowDown")) return;
    event.preventDefault();
    move(event.key === "ArrowUp" ? -1 : 1);
  };
  const write = (field: "title" | "description" | "most" | "kind") => (text: string) =>
    step({ type: "write", section: id, field, text });
  const error = (field: string): string | undefined => wrong[fieldOf(id, field)];
  return (
    <li className={styles.section} aria-label={`Section ${place} of ${of}: ${name}`} onKeyDown={pressed}>
      <div className={styles.sectionHead}>
        <span className={styles.place} aria-hidden="true">
          {place}
        </span>
        <Move name={name} by={-1} able={place > 1} move={move} />
        <Move name={name} by={1} able={place < of} move={move} />
        <ActionIcon
          c="var(--bad)"
          title="Remove"
          aria-label={`Remove ${name}`}
          onClick={() => step({ type: "remove", section: id })}
        >
          <TrashIcon size={18} />
        </ActionIcon>
      </div>
      <TextInput
        ref={titleRef}
        label="Heading"
        maxLength={80}
        autoComplete="off"
        value={title}
        error={error("title")}
        onChange={(event) => write("title")(event.currentTarget.value)}
      />
      <Textarea
        label="What belongs here"
        autosize
        minRows={2}
        maxLength={600}
        value={description}
        error={error("description")}
        onChange={(event) => write("description")(event.currentTarget.value)}
      />
      <div className={styles.pair}>
        <NativeSelect
          label="Written as"
          description={KINDS[kind].means}
          inputWrapperOrder={BELOW}
          data={KIND_CHOICES}
          value={kind}
          error={error("kind")}
          onChange={(event) => write("kind")(event.currentTarget.value)}
        />
        <TextInput
          label="Statements at most"
          description="1 to 50"
          inputWrapperOrder={BELOW}
          type="number"
          inputMode="numeric"
          value={most}
          error={error("most")}
          onChange={(event) => write("most")(event.currentTarget.value)}
        />
      </div>
    </li>
  );
}

interface MoveProps {
  name: string;
  by: -1 | 1;
  able: boolean;
  move: (by: -1 | 1) => void;
}

/** It keeps the focus where it can move no further, so it is never truly disabled. */
function Move({ name, by, able, move }: MoveProps) {
  const words = by === -1 ? "up" : "down";
  const Icon = by === -1 ? UpIcon : DownIcon;
  return (
    <ActionIcon
      title={`Move ${words} (Alt and arrow ${words})`}
      aria-label={`Move ${name} ${words}`}
      aria-disabled={!able}
      className={styles.move ?? ""}
      onClick={() => able && move(by)}
    >
      <Icon size={18} />
    </ActionIcon>
  );
}
