import { Button, Skeleton, Stack, Text, Title } from "@mantine/core";
import { Link, useLocation, useSearch } from "wouter";

import { BackIcon, CopyIcon } from "../looks/icons";
import { Empty } from "../looks/empty";
import { usePageName } from "../looks/page_name";
import { Pill } from "../looks/pill";
import { Problem } from "../looks/problem";
import type { WireTemplate } from "../wire/messages";
import { DeleteTemplate } from "./delete_template";
import { draftOf, newDraft } from "./template_draft";
import { TemplateEditor } from "./template_editor";
import { TemplateSections } from "./template_sections";
import styles from "./templates.module.css";
import { TemplatesAway } from "./templates_page";
import { useDraft, useTemplates } from "./use_templates";

export const ALL = "/templates";
/** No template's id has a hyphen. */
export const NEW = "/templates/new-one";

/** One template: to change, or to read where it comes with Hearken. */
export function TemplatePage({ id }: { id: string }) {
  usePageName("Note template");
  const like = new URLSearchParams(useSearch()).get("like");
  const templates = useTemplates();
  const items = templates.data?.items;
  const isNew = `/templates/${id}` === NEW;
  return (
    <div className={styles.column}>
      <Button
        component={Link}
        href={ALL}
        variant="subtle"
        leftSection={<BackIcon size={18} />}
        className={styles.back ?? ""}
      >
        Note templates
      </Button>
      {items === undefined ? (
        templates.isError ? (
          <TemplatesAway again={() => void templates.refetch()} />
        ) : (
          <Skeleton height={320} radius="md" aria-hidden="true" />
        )
      ) : isNew ? (
        <NewTemplate key={like} like={items.find((each) => each.id === like) ?? null} />
      ) : (
        <KnownTemplate key={id} template={items.find((each) => each.id === id) ?? null} />
      )}
    </div>
  );
}

function NewTemplate({ like }: { like: WireTemplate | null }) {
  const [, go] = useLocation();
  const away = (): void => go(ALL);
  const { draft, step, save, forget } = useDraft(
    like === null ? "new" : `new ${like.id}`,
    () => newDraft(like),
    away,
  );
  const close = (): void => {
    forget();
    away();
  };
  return (
    <Stack gap="lg">
      <Title order={1}>New template</Title>
      {like !== null && (
        <Text c="dimmed">A copy of “{like.name}”. It becomes your organisation’s own when you save it.</Text>
      )}
      <TemplateEditor draft={draft} template={null} step={step} save={save} close={close} />
    </Stack>
  );
}

function KnownTemplate({ template }: { template: WireTemplate | null }) {
  if (template === null)
    return (
      <Empty
        order={1}
        title="There is no such template"
        action={
          <Button component={Link} href={ALL}>
            See the templates
          </Button>
        }
      >
        Somebody may have deleted it. Notes that were written by it are still there.
      </Empty>
    );
  return template.built_in ? <BuiltIn template={template} /> : <OwnTemplate template={template} />;
}

function BuiltIn({ template }: { template: WireTemplate }) {
  return (
    <Stack gap="lg">
      <div className={styles.rowHead}>
        <Title order={1}>{template.name}</Title>
        <Pill tone="calm">Comes with Hearken</Pill>
      </div>
      <Problem
        tone="calm"
        title="This template cannot be changed"
        what="It comes with Hearken and is the same everywhere. A copy of it is your organisation’s own and can be changed."
        actions={
          <Button component={Link} href={`${NEW}?like=${template.id}`} leftSection={<CopyIcon size={18} />}>
            Copy it
          </Button>
        }
      />
      <TemplateSections sections={template.sections} />
    </Stack>
  );
}

function OwnTemplate({ template }: { template: WireTemplate }) {
  const [, go] = useLocation();
  const away = (): void => go(ALL);
  const { draft, step, save, forget } = useDraft(template.id, () => draftOf(template), away);
  const close = (): void => {
    forget();
    away();
  };
  const deleted = (): void => {
    forget();
    away();
  };
  return (
    <Stack gap="lg">
      <div className={styles.top}>
        <Title order={1}>{template.name}</Title>
        <DeleteTemplate template={template} deleted={deleted} />
      </div>
      {template.sections.length === 0 && (
        <Problem
          tone="warn"
          title="This template cannot be used"
          what="What is stored of it is damaged, so no notes can be written by it. Sessions that were to be written by it say so."
          todo="Write its sections anew and save it, delete it, or choose another template for those sessions."
        />
      )}
      <TemplateEditor draft={draft} template={template} step={step} save={save} close={close} />
    </Stack>
  );
}
