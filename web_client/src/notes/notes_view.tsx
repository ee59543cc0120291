import { Title } from "@mantine/core";

import type { WireSection } from "../wire/messages";
import { CopyForPatient, isForThePatient } from "./copy_for_patient";
import type { Evidence, SegmentsById } from "./evidence";
import styles from "./notes.module.css";
import { isFlag } from "./notes_words";
import { Flag, Statement } from "./statement";

interface NotesSectionsProps {
  sections: readonly WireSection[];
  /** Words about risk were looked for; null while the notes are being written. */
  screened: boolean | null;
  segments: SegmentsById;
  hear: (evidence: Evidence) => void;
}

/** The notes to read: risks first, then each section that says something, then which ones do not. */
export function NotesSections({ sections, screened, segments, hear }: NotesSectionsProps) {
  const flags = sections.flatMap(({ statements }) => statements.filter(isFlag));
  const prose = sections.filter(({ statements }) => statements.some((each) => !isFlag(each)));
  const silent = sections.filter(({ kind, statements }) => statements.length === 0 && kind !== "flags");
  return (
    <>
      {screened === false && (
        <p className={styles.noRisk}>
          Not screened for risk: words about risk are known in English only. That nothing is flagged does not
          say that there is none.
        </p>
      )}
      {flags.length > 0 ? (
        <section className={styles.section}>
          <Title order={3}>Risk flags</Title>
          <ul className={styles.flags}>
            {flags.map((flag) => (
              <Flag key={flag.id} statement={flag} segments={segments} hear={hear} />
            ))}
          </ul>
        </section>
      ) : (
        screened === true && (
          <p className={styles.noRisk}>
            No words about risk were found in the transcript. That does not say that there is none.
          </p>
        )
      )}
      {prose.map((section) => (
        <section key={section.key} className={styles.section}>
          <Title order={3}>{section.title}</Title>
          <ul className={styles.statements}>
            {section.statements
              .filter((each) => !isFlag(each))
              .map((each) => (
                <Statement key={each.id} statement={each} segments={segments} hear={hear} />
              ))}
          </ul>
          {isForThePatient(section) && screened !== null && <CopyForPatient section={section} />}
        </section>
      ))}
      {silent.length > 0 && screened !== null && (
        <p className={styles.small}>Nothing was found for: {silent.map(({ title }) => title).join(", ")}.</p>
      )}
    </>
  );
}
