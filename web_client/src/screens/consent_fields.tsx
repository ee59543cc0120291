import { Checkbox, Fieldset, NativeSelect } from "@mantine/core";

import { timeOfDay } from "../looks/time";
import styles from "./start_recording.module.css";

/** What is kept about the consent, beside who wrote it down, which the server knows. */
export interface ConsentDraft {
  /** ISO 8601; null until it was confirmed. */
  at: string | null;
  by: string;
  how: string;
}

export const NO_CONSENT: ConsentDraft = { at: null, by: "patient", how: "spoken" };

const BY = [
  { value: "patient", label: "The patient" },
  { value: "representative", label: "A parent, guardian or representative" },
  { value: "everyone", label: "Everyone present" },
];

const HOW = [
  { value: "spoken", label: "Spoken" },
  { value: "written", label: "In writing" },
];

interface ConsentFieldsProps {
  consent: ConsentDraft;
  change: (consent: ConsentDraft) => void;
  missing: boolean;
}

export function ConsentFields({ consent, change, missing }: ConsentFieldsProps) {
  return (
    <Fieldset legend="Consent to the recording">
      <div className={styles.pair}>
        <NativeSelect
          label="Given by"
          data={BY}
          value={consent.by}
          onChange={(event) => change({ ...consent, by: event.currentTarget.value })}
        />
        <NativeSelect
          label="How"
          data={HOW}
          value={consent.how}
          onChange={(event) => change({ ...consent, how: event.currentTarget.value })}
        />
      </div>
      <Checkbox
        mt="md"
        label="Consent was given"
        description={
          consent.at === null ? "It is kept with the session." : `Noted at ${timeOfDay(consent.at)}.`
        }
        error={missing ? "Without consent there is no recording." : undefined}
        checked={consent.at !== null}
        onChange={(event) =>
          change({ ...consent, at: event.currentTarget.checked ? new Date().toISOString() : null })
        }
      />
    </Fieldset>
  );
}
