import { Button, Group, Stack } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";

import { Announce } from "../looks/announce";
import { Dialog } from "../looks/dialog";
import { DownloadIcon } from "../looks/icons";
import { Problem } from "../looks/problem";
import type { ExportFormat } from "../wire/api";
import type { SessionView } from "../wire/messages";
import { exportName, FORMATS, saveFile } from "./export_file";
import styles from "./exports.module.css";
import { codeOf } from "./code_of";
import type { ReviewApi } from "./review_api";

/** The session as a file. Fetched with the sign-in, so that no address of it lies in the browser's history. */
export function Exports({ api, session }: { api: ReviewApi; session: SessionView }) {
  const { session_id: id, created_at: createdAt } = session;
  const [choosing, setChoosing] = useState(false);
  const close = (): void => setChoosing(false);
  const fetchFile = useMutation({
    mutationFn: async (format: ExportFormat) => {
      saveFile(await api.export(id, format), exportName(id, createdAt, format));
    },
    onSuccess: close,
  });
  return (
    <>
      <Button variant="default" leftSection={<DownloadIcon size={18} />} onClick={() => setChoosing(true)}>
        Export
      </Button>
      <Announce>{fetchFile.isSuccess ? "The file is saved" : ""}</Announce>
      <Dialog opened={choosing} close={close} title="Export this session" wide>
        <Stack>
          <ul className={styles.formats}>
            {FORMATS.map(({ format, label, what }) => (
              <li key={format}>
                <Button
                  variant="default"
                  aria-describedby={`export-${format}`}
                  loading={fetchFile.isPending && fetchFile.variables === format}
                  disabled={fetchFile.isPending}
                  onClick={() => fetchFile.mutate(format)}
                >
                  {label}
                </Button>
                <span id={`export-${format}`}>{what}</span>
              </li>
            ))}
          </ul>
          {fetchFile.isError && <Problem title="Not exported" {...refused(codeOf(fetchFile.error))} urgent />}
          <Group justify="flex-end">
            <Button variant="subtle" onClick={close}>
              Cancel
            </Button>
          </Group>
        </Stack>
      </Dialog>
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
