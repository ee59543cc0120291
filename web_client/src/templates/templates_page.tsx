import { Button, Skeleton, Stack, Text, Title } from "@mantine/core";
import { Link } from "wouter";

import { CopyIcon, EditIcon, PlusIcon } from "../looks/icons";
import { RowLink } from "../looks/row_link";
import { usePageName } from "../looks/page_name";
import { Pill } from "../looks/pill";
import { Problem } from "../looks/problem";
import { useParts } from "../screens/parts";
import { useValue } from "../screens/use_value";
import type { WireTemplate } from "../wire/messages";
import { NEW } from "./template_page";
import styles from "./templates.module.css";
import { useIsLeft, useTemplates } from "./use_templates";

/** The templates that notes are written by. */
export function TemplatesPage() {
  usePageName("Note templates");
  const organisation = useValue(useParts().account.state).user?.organisation ?? "your organisation";
  const templates = useTemplates();
  const isLeft = useIsLeft();
  return (
    <Stack gap="lg">
      <div className={styles.top}>
        <Title order={1}>Note templates</Title>
        <Button component={Link} href={NEW} leftSection={<PlusIcon size={18} />}>
          {isLeft("new") ? "Go on with the new one" : "New template"}
        </Button>
      </div>
      <Text c="dimmed" maw="46rem">
        A template says which sections a note has and what belongs into each. Everybody of {organisation} can
        change the organisation’s own, and choose any of them when notes are written.
      </Text>
      {templates.data !== undefined ? (
        <ul className={styles.list} aria-label="Templates">
          {templates.data.items.map((template) => (
            <Row
              key={template.id}
              template={template}
              left={isLeft(template.built_in ? `new ${template.id}` : template.id)}
            />
          ))}
        </ul>
      ) : templates.isError ? (
        <TemplatesAway again={() => void templates.refetch()} />
      ) : (
        <Stack gap="sm" aria-hidden="true">
          {[0, 1, 2].map((row) => (
            <Skeleton key={row} height={104} radius="md" />
          ))}
        </Stack>
      )}
    </Stack>
  );
}

export function TemplatesAway({ again }: { again: () => void }) {
  return (
    <Problem
      title="The templates cannot be shown now"
      what="The server does not answer."
      actions={
        <Button variant="default" onClick={again}>
          Try again
        </Button>
      }
    />
  );
}

function Row({ template, left }: { template: WireTemplate; left: boolean }) {
  const { id, name, built_in: builtIn, sections } = template;
  const isUsable = sections.length > 0;
  return (
    <li className={styles.row}>
      <div className={styles.what}>
        <div className={styles.rowHead}>
          <RowLink href={`/templates/${id}`}>{name}</RowLink>
          {builtIn && <Pill tone="calm">Comes with Hearken</Pill>}
          {!isUsable && <Pill tone="bad">Cannot be used</Pill>}
          {left && <Pill tone="warn">{builtIn ? "Copy not saved yet" : "Not saved yet"}</Pill>}
        </div>
        <p className={styles.small}>
          {isUsable
            ? sections.map(({ title }) => title).join(" · ")
            : "What is stored of it is damaged. Open it to write it anew."}
        </p>
      </div>
      {builtIn ? (
        <Button
          component={Link}
          href={`${NEW}?like=${id}`}
          variant="default"
          leftSection={<CopyIcon size={18} />}
          aria-label={`Copy ${name}`}
        >
          Copy
        </Button>
      ) : (
        <Button
          component={Link}
          href={`/templates/${id}`}
          variant="default"
          leftSection={<EditIcon size={18} />}
          aria-label={`Edit ${name}`}
        >
          Edit
        </Button>
      )}
    </li>
  );
}
