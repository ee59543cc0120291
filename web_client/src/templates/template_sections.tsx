import type { TemplateSection } from "../wire/messages";
import { KINDS } from "./template_words";
import styles from "./templates.module.css";

/** The sections of a template to read. */
export function TemplateSections({ sections }: { sections: readonly TemplateSection[] }) {
  return (
    <ol className={styles.readSections}>
      {sections.map(({ key, title, description, kind, most }) => (
        <li key={key} className={styles.readSection}>
          <strong>{title}</strong>
          <p>{description}</p>
          <p className={styles.small}>
            {KINDS[kind].words}, {most === 1 ? "1 statement" : `${most} statements`} at most
          </p>
        </li>
      ))}
    </ol>
  );
}
