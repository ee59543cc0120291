import { useMutation, useQuery } from "@tanstack/react-query";
import { useCallback, useEffect, useMemo, useState } from "react";

import { FailedSteps } from "../after_stop/failed_steps";
import { PeopleCount } from "../after_stop/people_count";
import { QualityCard } from "../after_stop/quality_card";
import { StepsCard } from "../after_stop/steps_card";
import { Announce } from "../looks/announce";
import { Empty } from "../looks/empty";
import { isUnderWay, stateWords } from "../looks/state_badge";
import type { Transcript } from "../live/transcript";
import type { Viewer } from "../live/viewer";
import { NotesPanel } from "../notes/notes_panel";
import { Loading } from "../screens/loading";
import { SpokenLanguage } from "../screens/spoken_language";
import { useUnheard } from "../screens/use_known_languages";
import { useValue } from "../screens/use_value";
import { AskSession } from "../search/ask_session";
import { useStartAt } from "../search/use_start_at";
import type { SessionView } from "../wire/messages";
import { isSealed } from "../wire/session_state";
import { Beside, type Side } from "./beside";
import { Desk } from "./desk";
import { Dock } from "./dock";
import { Heading } from "./heading";
import { NoteEditor } from "./note_editor";
import type { ReviewApi } from "./review_api";
import styles from "./review_page.module.css";
import { type Said, withSaved } from "./saved_segments";
import { unusedSpeaker, voices as voicesOf, withUnknown } from "./speakers";
import { SpeakersBar } from "./speakers_bar";
import { TextState } from "./state_of_text";
import { gaps as gapsOf, timeline, withCorrected } from "./timeline";
import { TranscriptView } from "./transcript_view";
import { useOpened } from "./use_opened";
import { useUnknownLanguage } from "./use_unknown_language";

const WAVEFORM_AGAIN_MS = 15_000;

interface ReviewPageProps {
  api: ReviewApi;
  session: SessionView;
  viewer: Viewer;
  deleted: () => void;
}

/** A session that is known: what was said in it, to read, hear and correct. */
export function ReviewPage({ api, session, viewer, deleted }: ReviewPageProps) {
  const id = session.session_id;
  const transcript = useValue(viewer.transcript);
  const desk = useOpened(useCallback(() => new Desk(api, id, viewer.transcript), [api, id, viewer]));
  const isCaughtUp = transcript.version >= session.head;
  // Until the view has caught up its state is one of long ago.
  const state = isCaughtUp && transcript.version > 0 ? transcript.state : session.state;
  const lengthMs = Math.max(session.recorded_ms, transcript.coverage?.recorded_ms ?? 0);
  const hasText = transcript.segments.length > 0;
  return (
    <>
      <Heading
        api={api}
        session={session}
        state={state}
        lengthMs={lengthMs}
        hasText={hasText}
        deleted={deleted}
      />
      <Announce>{isCaughtUp ? stateWords(state) : ""}</Announce>
      {desk === null || (!hasText && !isCaughtUp) ? (
        <Loading />
      ) : lengthMs === 0 && !hasText ? (
        <NothingYet ended={!isUnderWay(state)} />
      ) : (
        <Reading api={api} session={session} viewer={viewer} desk={desk} lengthMs={lengthMs} />
      )}
    </>
  );
}

function NothingYet({ ended }: { ended: boolean }) {
  return ended ? (
    <Empty title="Nothing was recorded">This session was stopped before its first seconds were stored.</Empty>
  ) : (
    <Empty title="Nothing here yet">The first seconds appear here as soon as they have arrived.</Empty>
  );
}

interface ReadingProps {
  api: ReviewApi;
  session: SessionView;
  viewer: Viewer;
  desk: Desk;
  lengthMs: number;
}

function Reading({ api, session, viewer, desk, lengthMs }: ReadingProps) {
  const id = session.session_id;
  const transcript = useValue(viewer.transcript);
  const saved = useValue(desk.saved);
  const retry = useMutation({ mutationFn: () => api.retry(id) });
  const advice = useUnknownLanguage(api, transcript);
  const unheard = useUnheard(api, waitsForWords(transcript, lengthMs));
  const { segments, removed } = useSaid(transcript, saved);
  const { coverage, warnings, failed, provisional, notes, speakers } = transcript;
  const gaps = useMemo(
    () => gapsOf({ coverage, warnings, failed }, session),
    [coverage, warnings, failed, session],
  );
  const correction = useValue(desk.correction);
  const rows = useMemo(
    () => timeline(segments, provisional, gaps, notes, removed),
    [segments, provisional, gaps, notes, removed],
  );
  const { after, state } = transcript;
  const isTold = after.failed.some(({ step }) => step === "label");
  const voices = useMemo(
    () => withUnknown(voicesOf(segments, speakers), isTold),
    [segments, speakers, isTold],
  );
  const nameOf = useCallback((speaker: string | null) => voices.of(speaker)?.name ?? null, [voices]);
  const newSpeaker = useMemo(() => unusedSpeaker(segments, speakers), [segments, speakers]);
  const peaks = usePeaks(api, id, isUnderWay(transcript.state), desk);
  useEffect(() => desk.drawn(segments), [desk, segments]);
  useEffect(() => desk.player.expect(lengthMs), [desk, lengthMs]);
  useEffect(() => void desk.player.open(), [desk]);
  const connection = useValue(viewer.connection);
  const shown = withCorrected(rows, correction);
  const { mutate } = retry;
  const retryAll = useCallback(() => mutate(), [mutate]);
  const { side, choose, hear } = useSides(desk, state === "ready", segments.length > 0, correction !== null);
  const text =
    shown.length === 0 ? (
      <NoWords ended={!isUnderWay(state)} />
    ) : (
      <>
        {segments.length > 0 && (
          <p className={styles.legend}>
            Click a word to hear it. <span className={styles.sample}>Underlined</span> words were hard to
            hear.
          </p>
        )}
        <TranscriptView
          desk={desk}
          rows={shown}
          voices={voices}
          newSpeaker={newSpeaker}
          correction={correction}
          retrying={retry.isPending}
          retry={retryAll}
        />
      </>
    );
  const isStopped = isSealed(state);
  return (
    <>
      <TextState
        unheard={unheard}
        transcript={transcript}
        gaps={gaps}
        connection={connection}
        retrying={retry.isPending}
        refused={retry.isError}
        retry={retryAll}
        advice={advice}
      />
      {isStopped && (
        <div className={styles.states}>
          <StepsCard state={state} after={after} coverage={coverage} stands={unheard} />
          <FailedSteps api={api} sessionId={id} state={state} after={after} advice={advice} />
          {state !== "transcribing" && state !== "failed" && (
            <QualityCard api={api} sessionId={id} generation={after.artifacts.quality} hear={hear} />
          )}
        </div>
      )}
      <div className={styles.people}>
        <SpeakersBar api={api} sessionId={id} voices={voices.all} />
        {isStopped && state !== "transcribing" && segments.length > 0 && (
          <PeopleCount api={api} session={session} found={state === "labelling" ? null : voices.all.length} />
        )}
        <SpokenLanguage api={api} sessionId={id} language={transcript.language} isStopped={isStopped} />
      </div>
      {isStopped && segments.length > 0 ? (
        <Beside
          side={side}
          choose={choose}
          transcript={text}
          notes={
            <NotesPanel
              api={api}
              sessionId={id}
              createdAt={session.created_at}
              transcript={transcript}
              segments={segments}
              nameOf={nameOf}
              hear={({ ms }) => hear(ms)}
              listen={({ ms }) => desk.hear(ms)}
              heard={() => desk.segmentHeard()?.id ?? null}
            />
          }
          ask={<AskSession api={api} sessionId={id} hear={hear} />}
        />
      ) : (
        text
      )}
      <Dock desk={desk} peaks={peaks} lengthMs={lengthMs} gaps={gaps} notes={notes} />
      <NoteEditor desk={desk} api={api} />
    </>
  );
}

/** What is shown beside or in place of the transcript, and hearing a place of it from there. */
function useSides(desk: Desk, isReady: boolean, hasText: boolean, isWriting: boolean) {
  const [chosen, choose] = useState<Side | null>(null);
  const hear = useCallback(
    (ms: number): void => {
      desk.hear(ms);
      choose("transcript");
      // It may be drawn only now.
      requestAnimationFrame(() => desk.follow(true));
    },
    [desk],
  );
  const place = useStartAt(hasText, hear);
  // Where there is room for one of them alone, text that is being written does not go out of sight.
  const side: Side = chosen ?? (isReady && place === null && !isWriting ? "notes" : "transcript");
  return { side, choose, hear };
}

function useSaid({ segments, removed }: Said, saved: Parameters<typeof withSaved>[1]): Said {
  return useMemo(() => withSaved({ segments, removed }, saved), [segments, removed, saved]);
}

/** Where nothing was heard yet there may be no coverage either. */
function waitsForWords({ state, coverage }: Transcript, lengthMs: number): boolean {
  return isUnderWay(state) && (coverage?.transcribed_ms ?? 0) < lengthMs;
}

function NoWords({ ended }: { ended: boolean }) {
  return ended ? (
    <Empty title="No speech was found">The recording is below and can be heard.</Empty>
  ) : (
    <Empty title="No words yet">They appear here as they are recognised.</Empty>
  );
}

const NO_PEAKS: readonly number[] = [];

/** The waveform, which grows while the session does; the player then gets the longer file, unless it is playing. */
function usePeaks(api: ReviewApi, id: string, growing: boolean, desk: Desk): readonly number[] {
  const { data } = useQuery({
    queryKey: ["waveform", id, growing],
    queryFn: ({ signal }) => api.waveform(id, signal),
    placeholderData: (previous) => previous,
    refetchInterval: growing ? WAVEFORM_AGAIN_MS : false,
    refetchOnWindowFocus: growing,
  });
  const seconds = data === undefined ? 0 : (data.peaks.length * data.interval_ms) / 1000;
  useEffect(() => {
    const { phase, playing } = desk.player.state.get();
    const isLonger = seconds > desk.player.durationMs / 1000 + 1;
    if (phase === "ready" && !playing && isLonger) void desk.player.open();
  }, [desk, seconds]);
  return data?.peaks ?? NO_PEAKS;
}
