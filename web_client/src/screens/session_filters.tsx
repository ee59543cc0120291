import { NativeSelect, TextInput } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { useState } from "react";

import { SearchIcon } from "../looks/icons";
import { stateWords } from "../looks/state_badge";
import type { SessionState } from "../wire/messages";
import styles from "./sessions.module.css";

export interface Filters {
  q: string;
  state: SessionState | "";
  patient: string;
}

export const NO_FILTERS: Filters = { q: "", state: "", patient: "" };

export function isFiltered(filters: Filters): boolean {
  return filters.q !== "" || filters.state !== "" || filters.patient !== "";
}

const STATES: SessionState[] = [
  "recording",
  "paused",
  "interrupted",
  "sealing",
  "transcribing",
  "ready",
  "failed",
];
const STATE_CHOICES = [
  { value: "", label: "All states" },
  ...STATES.map((state) => ({ value: state, label: stateWords(state) })),
];

interface SessionFiltersProps {
  filters: Filters;
  change: (filters: Filters) => void;
}

export function SessionFilters({ filters, change }: SessionFiltersProps) {
  return (
    <div className={styles.filters} role="search" aria-label="Sessions">
      <Typed
        id="session-search"
        label="Search in titles"
        icon
        value={filters.q}
        change={(q) => change({ ...filters, q })}
      />
      <Typed
        id="session-patient"
        label="Patient reference"
        value={filters.patient}
        change={(patient) => change({ ...filters, patient })}
      />
      <NativeSelect
        label="State"
        data={STATE_CHOICES}
        value={filters.state}
        onChange={(event) => change({ ...filters, state: event.currentTarget.value as Filters["state"] })}
      />
    </div>
  );
}

interface TypedProps {
  id: string;
  label: string;
  icon?: boolean;
  value: string;
  change: (value: string) => void;
}

/** Asks for nothing until the typing rests. */
function Typed({ id, label, icon = false, value, change }: TypedProps) {
  const [typed, setTyped] = useState(value);
  const [known, setKnown] = useState(value);
  const later = useDebouncedCallback(change, 300);
  if (known !== value) {
    // Changed from outside: "Show all sessions".
    setKnown(value);
    setTyped(value);
  }
  return (
    <TextInput
      id={id}
      label={label}
      type="search"
      autoComplete="off"
      leftSection={icon ? <SearchIcon size={18} /> : undefined}
      value={typed}
      onChange={({ currentTarget }) => {
        setTyped(currentTarget.value);
        later(currentTarget.value.trim());
      }}
    />
  );
}
