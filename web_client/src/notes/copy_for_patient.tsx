import { Button } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";

import { CopyIcon } from "../looks/icons";
import type { WireSection } from "../wire/messages";
import styles from "./notes.module.css";

/** The key of the section that is written in words for the patient. */
const FOR_THE_PATIENT = "patient_summary";

export function isForThePatient({ key }: Pick<WireSection, "key">): boolean {
  return key === FOR_THE_PATIENT;
}

/** This section's words alone, to be pasted into a letter; nothing of the rest of the notes goes along. */
export function CopyForPatient({ section }: { section: WireSection }) {
  const copy = useMutation({
    // Where the page does not come over HTTPS, a browser has no clipboard at all: that fails like one that refuses.
    mutationFn: async () => navigator.clipboard.writeText(wordsOf(section)),
  });
  return (
    <div className={styles.copy}>
      <Button
        size="compact-md"
        variant="subtle"
        leftSection={<CopyIcon size={16} />}
        onClick={() => copy.mutate()}
      >
        Copy for the patient
      </Button>
      <span role="status" className={styles.small}>
        {copy.isSuccess ? "Copied." : copy.isError ? "Not copied: the browser does not allow it." : ""}
      </span>
    </div>
  );
}

function wordsOf({ statements }: WireSection): string {
  return statements.map(({ text }) => text).join(" ");
}
