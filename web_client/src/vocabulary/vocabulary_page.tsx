import { Stack, Text, Title } from "@mantine/core";

import { usePageName } from "../looks/page_name";
import { useParts } from "../screens/parts";
import { useValue } from "../screens/use_value";
import { PatientWords } from "./patient_words";
import styles from "./vocabulary.module.css";
import { WordsForm } from "./words_form";

/** Names that are likely to be said, as they are to be written: the organisation's, and a patient's. */
export function VocabularyPage() {
  usePageName("Vocabulary");
  const organisation = useValue(useParts().account.state).user?.organisation ?? "your organisation";
  return (
    <Stack gap="xl" className={styles.column ?? ""}>
      <div className={styles.part}>
        <Title order={1}>Vocabulary</Title>
        <Text>
          Names that sound like something else are spelt right more often when they are known beforehand. Give
          few, and distinctive ones: every word of everyday speech takes the place of a name. As many as there
          is room for are used, from the first line on, about fifty in all. They count for sessions that begin
          after they are saved.
        </Text>
        <Text c="dimmed">
          Used by Whisper. The recogniser that comes with Hearken, pocketsphinx, knows a fixed list of words
          and takes no others.
        </Text>
      </div>
      <section className={styles.part} aria-labelledby="own-words">
        <Title order={2} id="own-words">
          The organisation’s
        </Title>
        <Text c="dimmed">Colleagues, drugs, places. Everybody of {organisation} can change them.</Text>
        <WordsForm patient={null} label={`Words of ${organisation}`} />
      </section>
      <PatientWords />
    </Stack>
  );
}
