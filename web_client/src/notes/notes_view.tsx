import { Title } from "@mantine/core";

import type { TemplateSection, WireSection } from "../wire/messages";
import type { Evidence, SegmentsById } from "./evidence";
import styles from "./notes.module.css";
import { isFlag } from "./notes_words";
import { Flag, Statement } from "./statement";

interface NotesSectionsProps {
  sections: readonly WireSection[];
  /** Of the template, where it is known: says which sections hold flags. */
  kinds: readonly TemplateSection[];
  segments: SegmentsById;
  hear: (evidence: Evidence) => void;
  /** More sections are being written. */
  writing: boolean;
}

/** The notes to read: risks first, then each section that says something, then which ones do not. */
export function NotesSections({ sections, kinds, segments, hear, writing }: NotesSectionsProps) {
  const flags = sections.flatMap(({ statements }) => statements.filter(isFlag));
  const prose = sections.filter(({ statements }) => statements.some((each) => !isFlag(each)));
  const flagKeys = new Set(kinds.filter(({ kind }) => kind === "flags").map(({ key }) => key));
  const silent = sections.filter(({ key, statements }) => statements.length === 0 && !flagKeys.has(key));
  const looksForRisks = flagKeys.size > 0 || flags.length > 0;
  return (
    <>
      {flags.length > 0 ? (
        <section className={styles.section} aria-label="Risks">
          <Title order={3}>Risks</Title>
          <ul className={styles.flags}>
            {flags.map((flag) => (
              <Flag key={flag.id} statement={flag} segments={segments} hear={hear} />
            ))}
          </ul>
        </section>
      ) : (
        looksForRisks &&
        !writing && (
          <p className={styles.noRisk}>
            No words about risk were found in the transcript. That does not say that there is none.
          </p>
        )
      )}
      {prose.map(({ key, title, statements }) => (
        <section key={key} className={styles.section} aria-label={title}>
          <Title order={3}>{title}</Title>
          <ul className={styles.statements}>
            {statements
              .filter((each) => !isFlag(each))
              .map((each) => (
                <Statement key={each.id} statement={each} segments={segments} hear={hear} />
              ))}
          </ul>
        </section>
      ))}
      {silent.length > 0 && !writing && (
        <p className={styles.small}>Nothing was found for: {silent.map(({ title }) => title).join(", ")}.</p>
      )}
    </>
  );
}
