import { Button } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";

import { Problem } from "../looks/problem";
import type { ExportFormat } from "../wire/api";
import type { SessionView } from "../wire/messages";
import { codeOf } from "./code_of";
import { exportName, type Form, saveFile } from "./export_file";
import styles from "./exports.module.css";
import type { ReviewApi } from "./review_api";

interface ExportedSession extends Pick<SessionView, "session_id" | "created_at"> {
  /** Which of people's versions of the notes goes along, where it is not the one that stands. */
  revision?: number;
}

/** The session as a file. Fetched with the sign-in, so that no address of it lies in the browser's history. */
export function useExport(api: ReviewApi, session: ExportedSession, saved?: () => void) {
  const { session_id: id, created_at: createdAt, revision } = session;
  return useMutation({
    mutationFn: async (format: ExportFormat) => {
      saveFile(await api.export(id, format, revision), exportName(id, createdAt, format, revision));
    },
    onSuccess: () => saved?.(),
  });
}

interface ExportFormatsProps {
  forms: readonly Form[];
  exporting: ReturnType<typeof useExport>;
}

/** What the session can be taken along as, and why it could not. */
export function ExportFormats({ forms, exporting }: ExportFormatsProps) {
  return (
    <>
      <ul className={styles.formats}>
        {forms.map(({ format, label, what }) => (
          <li key={format}>
            <Button
              variant="default"
              aria-describedby={`export-${format}`}
              loading={exporting.isPending && exporting.variables === format}
              disabled={exporting.isPending}
              onClick={() => exporting.mutate(format)}
            >
              {label}
            </Button>
            <span id={`export-${format}`}>{what}</span>
          </li>
        ))}
      </ul>
      {exporting.isError && <Problem title="Not exported" {...refused(codeOf(exporting.error))} urgent />}
    </>
  );
}

function refused(code: string): { what: string; todo: string } {
  if (code === "too_large")
    return {
      what: "The session is too long for a file of this kind.",
      todo: "Take Markdown or text instead.",
    };
  if (code === "overloaded")
    return { what: "The server is busy with other files.", todo: "Try again in half a minute." };
  return { what: "The server did not answer, or refused.", todo: "Try again." };
}
