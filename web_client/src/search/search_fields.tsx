import { Button, TextInput } from "@mantine/core";
import { type KeyboardEvent, type SubmitEvent, useRef } from "react";

import { SearchIcon } from "../looks/icons";
import styles from "./search.module.css";
import { isFiltered, NOTHING, type SearchForm } from "./search_form";

const MOST_LETTERS = 400;

interface SearchFieldsProps {
  form: SearchForm;
  change: (form: SearchForm) => void;
}

/** Answers come while one types; Enter leads to the words where there are none yet. */
export function SearchFields({ form, change }: SearchFieldsProps) {
  const put = (name: keyof SearchForm) => (event: { currentTarget: { value: string } }) =>
    change({ ...form, [name]: event.currentTarget.value });
  const words = useRef<HTMLInputElement>(null);
  const submit = (event: SubmitEvent): void => event.preventDefault();
  const pressed = ({ key, target }: KeyboardEvent): void => {
    if (key === "Enter" && target instanceof HTMLInputElement && form.query.trim() === "")
      words.current?.focus();
  };
  return (
    <form
      role="search"
      aria-label="What was said"
      className={styles.form}
      onSubmit={submit}
      onKeyDown={pressed}
    >
      <TextInput
        ref={words}
        id="search-words"
        type="search"
        size="lg"
        label="Words, or a question"
        autoComplete="off"
        autoFocus={form.query === ""}
        maxLength={MOST_LETTERS}
        leftSection={<SearchIcon size={20} />}
        value={form.query}
        onChange={put("query")}
      />
      <fieldset className={styles.filters}>
        <legend>Only in</legend>
        <TextInput
          label="Patient reference"
          autoComplete="off"
          maxLength={300}
          value={form.patient}
          onChange={put("patient")}
        />
        <TextInput
          label="Speaker"
          autoComplete="off"
          maxLength={100}
          value={form.speaker}
          onChange={put("speaker")}
        />
        <TextInput type="date" label="From" max={form.until} value={form.since} onChange={put("since")} />
        <TextInput type="date" label="Until" min={form.since} value={form.until} onChange={put("until")} />
        {isFiltered(form) && (
          <Button variant="subtle" onClick={() => change({ ...NOTHING, query: form.query })}>
            Clear filters
          </Button>
        )}
      </fieldset>
    </form>
  );
}
