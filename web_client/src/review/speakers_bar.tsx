import { Divider, Stack } from "@mantine/core";
import { useEffect, useRef, useState } from "react";

import { Dialog } from "../looks/dialog";
import { EditIcon, PeopleIcon } from "../looks/icons";
import { type MadeMerge, MergeNotice } from "./merge_notice";
import type { ReviewApi } from "./review_api";
import { Merge, Rename, Separate } from "./speaker_forms";
import type { Voice } from "./speakers";
import styles from "./speakers_bar.module.css";

interface SpeakersProps {
  api: ReviewApi;
  sessionId: string;
  voices: readonly Voice[];
}

/** Who speaks: each can be given a name, or be said to be the same person as another. */
export function SpeakersBar({ api, sessionId, voices }: SpeakersProps) {
  const [chosen, setChosen] = useState<string | null>(null);
  const [merge, setMerge] = useState<MadeMerge | null>(null);
  /** Who is somebody again; the focus goes to them as soon as they are here. */
  const [back, setBack] = useState<string | null>(null);
  const close = (): void => setChosen(null);
  const voice = voices.find(({ id }) => id === chosen);
  const made = (from: Voice, into: Voice): void => {
    setMerge({ speakerId: from.id, name: from.name, intoId: into.id, into: into.name });
    close();
  };
  if (voices.length === 0) return null;
  return (
    <section className={styles.speakers} aria-label="Speakers">
      <div className={styles.bar}>
        <PeopleIcon />
        <ul className={styles.list}>
          {voices.map((each) => (
            <li key={each.id}>
              <VoiceButton
                voice={each}
                awaited={each.id === back}
                arrived={() => setBack(null)}
                choose={() => setChosen(each.id)}
              />
            </li>
          ))}
        </ul>
      </div>
      {merge !== null && (
        <MergeNotice
          key={merge.speakerId}
          api={api}
          sessionId={sessionId}
          merge={merge}
          voices={voices}
          undone={() => {
            setBack(merge.speakerId);
            setMerge(null);
          }}
          close={() => setMerge(null)}
        />
      )}
      <Dialog opened={voice !== undefined} close={close} title="Speaker">
        {voice !== undefined && (
          <Stack>
            <Rename key={voice.id} api={api} sessionId={sessionId} voice={voice} close={close} />
            {voices.length > 1 && (
              <>
                <Divider />
                <Merge
                  api={api}
                  sessionId={sessionId}
                  voice={voice}
                  others={voices.filter(({ id }) => id !== voice.id)}
                  merged={(into) => made(voice, into)}
                />
              </>
            )}
            {voice.merged.length > 0 && (
              <>
                <Divider />
                <Separate api={api} sessionId={sessionId} voice={voice} close={close} />
              </>
            )}
          </Stack>
        )}
      </Dialog>
    </section>
  );
}

interface VoiceButtonProps {
  voice: Voice;
  awaited: boolean;
  arrived: () => void;
  choose: () => void;
}

function VoiceButton({ voice, awaited, arrived, choose }: VoiceButtonProps) {
  const button = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    // The button that was pressed has gone; nobody is called away from somewhere else.
    if (awaited && document.activeElement === document.body) button.current?.focus();
  }, [awaited]);
  return (
    <button
      ref={button}
      onFocus={awaited ? arrived : undefined}
      type="button"
      className={styles.voice}
      data-voice={voice.order % 6}
      aria-label={`${voice.name}: rename or merge`}
      onClick={choose}
    >
      {voice.name}
      <EditIcon size={16} />
    </button>
  );
}
