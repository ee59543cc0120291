import { useQueryClient } from "@tanstack/react-query";
import { Suspense, useEffect, useRef } from "react";
import { Route, Switch } from "wouter";

import { fetchCapture } from "../capture/capture";
import { Fault } from "./fault";
import { fetched } from "./fetched";
import { Frame } from "./frame";
import { Loading } from "./loading";
import { NotFound } from "./not_found";
import { useParts } from "./parts";
import { SessionExpired } from "./session_expired";
import { Sessions } from "./sessions";
import { SignIn } from "./sign_in";
import { useValue } from "./use_value";

const recording = () => import("./recording");
const start = () => import("./start_recording");

const StartRecording = fetched(async () => (await start()).StartRecording);
const RecordingPage = fetched(async () => (await recording()).RecordingPage);
const SearchPage = fetched(async () => (await import("../search/search_page")).SearchPage);
const TemplatesPage = fetched(async () => (await import("../templates/templates_page")).TemplatesPage);
const TemplatePage = fetched(async () => (await import("../templates/template_page")).TemplatePage);
const VocabularyPage = fetched(async () => (await import("../vocabulary/vocabulary_page")).VocabularyPage);
const VoicePage = fetched(async () => (await import("../voice/voice_page")).VoicePage);
const Review = fetched(async () => (await import("./review")).Review);

/** Signed out, every address shows the sign-in; signed in, it shows its page, and goes on to when the sign-in expires. */
export function App() {
  const { user } = useValue(useParts().account.state);
  useForgetOthers(user?.id ?? null);
  return (
    <Fault>
      {user === null ? (
        <SignIn />
      ) : (
        <Frame key={user.id} user={user}>
          <Suspense fallback={<Loading />}>
            <Pages />
          </Suspense>
          <SessionExpired user={user} />
        </Frame>
      )}
    </Fault>
  );
}

function Pages() {
  useEffect(fetchRecordingPages, []);
  return (
    <Switch>
      <Route path="/record" component={StartRecording} />
      <Route path="/record/:ref">{({ ref }) => <RecordingPage key={ref} recordingRef={ref} />}</Route>
      <Route path="/sessions/:id">{({ id }) => <Review key={id} sessionId={id} />}</Route>
      <Route path="/search" component={SearchPage} />
      <Route path="/templates" component={TemplatesPage} />
      <Route path="/templates/:id">{({ id }) => <TemplatePage key={id} id={id} />}</Route>
      <Route path="/vocabulary" component={VocabularyPage} />
      <Route path="/voice" component={VoicePage} />
      <Route path="/" component={Sessions} />
      <Route path="/sign-in" component={Sessions} />
      <Route component={NotFound} />
    </Switch>
  );
}

/** What recording needs is fetched before it is needed: the server may be away by then. */
function fetchRecordingPages(): void {
  // A failure shows when the page is opened, with a button to try again.
  void Promise.allSettled([start(), recording(), fetchCapture()]);
}

/** What one person has seen is not kept for the next. */
function useForgetOthers(userId: string | null): void {
  const queries = useQueryClient();
  const last = useRef(userId);
  useEffect(() => {
    if (last.current !== userId) queries.clear();
    last.current = userId;
  }, [queries, userId]);
}
