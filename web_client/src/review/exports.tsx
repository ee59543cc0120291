import { Button, Group, Stack } from "@mantine/core";
import { useState } from "react";

import { Announce } from "../looks/announce";
import { Dialog } from "../looks/dialog";
import { DownloadIcon } from "../looks/icons";
import type { SessionView } from "../wire/messages";
import { FORMATS } from "./export_file";
import { ExportFormats, useExport } from "./export_formats";
import type { ReviewApi } from "./review_api";

/** The session as a file, as it stands. */
export function Exports({ api, session }: { api: ReviewApi; session: SessionView }) {
  const [choosing, setChoosing] = useState(false);
  const close = (): void => setChoosing(false);
  const exporting = useExport(api, session, close);
  return (
    <>
      <Button variant="default" leftSection={<DownloadIcon size={18} />} onClick={() => setChoosing(true)}>
        Export
      </Button>
      <Announce>{exporting.isSuccess ? "The file is saved" : ""}</Announce>
      <Dialog opened={choosing} close={close} title="Export this session" wide>
        <Stack>
          <ExportFormats forms={FORMATS} exporting={exporting} />
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
