import { Button, Group, Stack } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { Announce } from "../looks/announce";
import { Dialog } from "../looks/dialog";
import { DownloadIcon } from "../looks/icons";
import { Problem } from "../looks/problem";
import { when } from "../looks/time";
import { FORMATS_WITH_NOTES } from "../review/export_file";
import { ExportFormats, useExport } from "../review/export_formats";
import type { ReviewApi } from "../review/review_api";
import { Loading } from "../screens/loading";
import type { NotesView, WireSignature } from "../wire/messages";
import type { Evidence, SegmentsById } from "./evidence";
import { NotesFooter } from "./notes_footer";
import { NotesSections } from "./notes_view";

interface SignedVersionsProps {
  api: ReviewApi;
  sessionId: string;
  createdAt: string;
  notes: NotesView;
  segments: SegmentsById;
  hear: (evidence: Evidence) => void;
}

/** What was signed before the notes were changed: it can be read and taken along at any time. */
export function SignedVersions({ notes, ...rest }: SignedVersionsProps) {
  const changed = notes.signatures.filter(({ revision }) => revision !== notes.revision);
  return changed.map((signature) => (
    <SignedVersion key={signature.revision} signature={signature} {...rest} />
  ));
}

interface SignedVersionProps extends Omit<SignedVersionsProps, "notes"> {
  signature: WireSignature;
}

function SignedVersion({ api, sessionId, createdAt, signature, segments, hear }: SignedVersionProps) {
  const { revision, signed_at: at, signed_by: by } = signature;
  const [opened, setOpened] = useState(false);
  const close = (): void => setOpened(false);
  const signed = useQuery({
    // Not with the notes that stand, whose place a newer version takes.
    queryKey: ["signed notes", sessionId, revision],
    queryFn: ({ signal }) => api.notes(sessionId, signal, { revision }),
    staleTime: Infinity,
    enabled: opened,
  });
  const title = `Signed version of ${when(at)}`;
  return (
    <div>
      <Button size="compact-md" variant="subtle" onClick={() => setOpened(true)}>
        {title}
      </Button>
      <Dialog opened={opened} close={close} title={title} wide>
        <Stack>
          <p>
            {by === null ? "" : `Signed by ${by}. `}The notes were changed afterwards; these are the ones that
            were signed.
          </p>
          {signed.isError && (
            <Problem title="It cannot be shown now" what="The server does not answer." urgent />
          )}
          {signed.isPending && <Loading />}
          {signed.data && (
            <>
              <NotesSections
                sections={signed.data.sections}
                screened={signed.data.screened}
                segments={segments}
                hear={(evidence) => {
                  close();
                  hear(evidence);
                }}
              />
              <NotesFooter notes={signed.data} />
              <TakenAlong api={api} session={{ session_id: sessionId, created_at: createdAt, revision }} />
            </>
          )}
          <Group justify="flex-end">
            <Button variant="default" data-autofocus onClick={close}>
              Close
            </Button>
          </Group>
        </Stack>
      </Dialog>
    </div>
  );
}

function TakenAlong(props: { api: ReviewApi; session: Parameters<typeof useExport>[1] }) {
  const [choosing, setChoosing] = useState(false);
  const exporting = useExport(props.api, props.session);
  return (
    <>
      <div>
        <Button
          variant="default"
          leftSection={<DownloadIcon size={18} />}
          aria-expanded={choosing}
          onClick={() => setChoosing(!choosing)}
        >
          Export this version
        </Button>
      </div>
      <Announce>{exporting.isSuccess ? "The file is saved" : ""}</Announce>
      {choosing && <ExportFormats forms={FORMATS_WITH_NOTES} exporting={exporting} />}
    </>
  );
}
