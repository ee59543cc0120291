import { MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { act, type ReactNode } from "react";
import { createRoot } from "react-dom/client";
import { vi } from "vitest";
import { Router } from "wouter";
import { memoryLocation } from "wouter/memory-location";

import { theme } from "../../src/looks/theme";
import { empty, type Transcript, type TypedNote } from "../../src/live/transcript";
import { Value } from "../../src/observable";
import type { Recording, RecordingState } from "../../src/recording/recording";
import { type Parts, PartsProvider } from "../../src/screens/parts";
import type { AccountState } from "../../src/sign_in/account";
import type { SessionPage, SessionView, User } from "../../src/wire/messages";

export const USER: User = { id: "u1", email: "lind@clinic.example", organisation: "Clinic" };

export const STATE: RecordingState = {
  ref: "r1",
  sessionId: "s1",
  phase: "recording",
  capturedMs: 765_000,
  recordedMs: 761_000,
  safeMs: 750_000,
  transcribedMs: 735_000,
  connection: "connected",
  waitingChunks: 0,
  refusedChunks: 0,
  failure: null,
  taken: null,
  capture: {
    phase: "recording",
    recordedSamples: 0,
    level: { peak: 0, rms: 0 },
    silentForMs: 0,
    clipping: false,
    trouble: null,
    deviceLabel: "Desk microphone",
    wakeLock: true,
  },
  durable: true,
  outdated: false,
  outboxTrouble: null,
  room: { usedBytes: 0, freeBytes: 1e12, nearlyFull: false, full: false, persisted: true },
  slowDown: false,
};

export function scriptedRecording(changes: Partial<RecordingState> = {}) {
  const state = new Value<RecordingState>({ ...STATE, ...changes });
  const transcript = new Value<Transcript>(empty("recording"));
  const notes = new Value<readonly TypedNote[]>([]);
  const done = () => vi.fn(() => Promise.resolve());
  const verbs = {
    pause: done(),
    continue: done(),
    stop: done(),
    switchMicrophone: done(),
    retryCapture: done(),
  };
  const written = { addNote: vi.fn(() => Promise.resolve()), changeNote: done() };
  return { ref: "r1", state, transcript, notes, ...verbs, ...written } satisfies Recording;
}

export function session(changes: Partial<SessionView> = {}): SessionView {
  return {
    session_id: "s1",
    state: "ready",
    title: "Annual check",
    patient_id: null,
    language: "en",
    speaker_count: null,
    created_at: "2026-11-03T09:00:00Z",
    stopped_at: null,
    sample_rate: 16000,
    chunk_seconds: 15,
    recorded_ms: 761_000,
    head: 1,
    contiguous_through: 1,
    max_seq: 1,
    last_seq: 1,
    coverage: null,
    ...changes,
  };
}

/** Parts that only do what a test tells them to. */
export function scriptedParts(page: SessionPage = { items: [], next_cursor: null }) {
  const account = {
    state: new Value<AccountState>({ phase: "signed_in", user: USER, error: null }),
    signIn: vi.fn(() => Promise.resolve(true)),
    signOut: vi.fn(() => Promise.resolve()),
  };
  const recordings = {
    current: new Value<Recording | null>(null),
    unfinished: new Value<Parts["recordings"]["unfinished"] extends { get(): infer T } ? T : never>([]),
    kept: new Value<ReturnType<Parts["recordings"]["kept"]["get"]>>([]),
    begin: vi.fn<Parts["recordings"]["begin"]>(),
    resume: vi.fn<Parts["recordings"]["resume"]>(),
    finish: vi.fn<Parts["recordings"]["finish"]>(() => Promise.resolve()),
  };
  const api = {
    sessions: vi.fn<Parts["api"]["sessions"]>(() => Promise.resolve(page)),
    searchSetup: vi.fn<Parts["api"]["searchSetup"]>(() => Promise.resolve({ embedders: [] })),
    search: vi.fn<Parts["api"]["search"]>(() => Promise.resolve({ hits: [], meaning: true })),
    noteTemplates: vi.fn<Parts["api"]["noteTemplates"]>(() => Promise.resolve({ items: [], writers: [] })),
    saveTemplate: vi.fn<Parts["api"]["saveTemplate"]>(),
    deleteTemplate: vi.fn<Parts["api"]["deleteTemplate"]>(() => Promise.resolve()),
    session: vi.fn<Parts["api"]["session"]>(() => Promise.resolve(session())),
    vocabulary: vi.fn<Parts["api"]["vocabulary"]>(() => Promise.resolve({ words: [], version: 0 })),
    saveVocabulary: vi.fn<Parts["api"]["saveVocabulary"]>(),
    patientVocabulary: vi.fn<Parts["api"]["patientVocabulary"]>(() =>
      Promise.resolve({ words: [], version: 0 }),
    ),
    savePatientVocabulary: vi.fn<Parts["api"]["savePatientVocabulary"]>(),
    languages: vi.fn<Parts["api"]["languages"]>(() =>
      Promise.resolve({ items: null, recogniser_runs: true }),
    ),
    voice: vi.fn<Parts["api"]["voice"]>(() => Promise.resolve({ enrolled_at: null, name: null })),
    enrolVoice: vi.fn<Parts["api"]["enrolVoice"]>(),
    forgetVoice: vi.fn<Parts["api"]["forgetVoice"]>(() => Promise.resolve()),
  };
  const openCapture = vi.fn<Parts["openCapture"]>();
  const outbox = { durable: true, outdated: false, room: () => Promise.resolve(STATE.room) };
  const reach = { state: new Value(true) };
  return { account, recordings, api, openCapture, outbox, reach };
}

export type ScriptedParts = ReturnType<typeof scriptedParts>;

let unmount: (() => void) | null = null;

export interface Shown {
  page: HTMLElement;
  /** The addresses visited, the newest last. */
  visited: string[];
}

/** Puts the screen up at an address; the one before is taken down. */
export async function show(screen: ReactNode, parts: ScriptedParts, path = "/"): Promise<Shown> {
  takeDown();
  vi.stubGlobal("IS_REACT_ACT_ENVIRONMENT", true);
  const page = document.body.appendChild(document.createElement("div"));
  const { hook, history } = memoryLocation({ path, record: true });
  const queries = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  const root = createRoot(page);
  await act(async () => {
    root.render(
      <QueryClientProvider client={queries}>
        <MantineProvider theme={theme} env="test">
          <Router hook={hook}>
            <PartsProvider value={parts as unknown as Parts}>{screen}</PartsProvider>
          </Router>
        </MantineProvider>
      </QueryClientProvider>,
    );
    await Promise.resolve();
  });
  unmount = () => {
    act(() => root.unmount());
    queries.clear();
    page.remove();
  };
  return { page, visited: history };
}

export function takeDown(): void {
  unmount?.();
  unmount = null;
}

export function button(words: string): HTMLElement {
  const found = [...document.querySelectorAll<HTMLElement>("button, a")].find(
    (e) => e.textContent.trim() === words,
  );
  if (found === undefined) throw new Error(`no button says ${words}`);
  return found;
}

export async function press(element: HTMLElement): Promise<void> {
  await act(async () => {
    element.click();
    await Promise.resolve();
  });
}

export async function key(name: string, target: EventTarget = document.body): Promise<void> {
  await act(async () => {
    target.dispatchEvent(new KeyboardEvent("keydown", { key: name, bubbles: true, cancelable: true }));
    await Promise.resolve();
  });
}

/** Writes as somebody at the keyboard does: React hears it. */
export async function write(field: HTMLInputElement | HTMLTextAreaElement, text: string): Promise<void> {
  const kind = field instanceof HTMLTextAreaElement ? HTMLTextAreaElement : HTMLInputElement;
  await act(async () => {
    Object.getOwnPropertyDescriptor(kind.prototype, "value")?.set?.call(field, text);
    field.dispatchEvent(new Event("input", { bubbles: true }));
    await Promise.resolve();
  });
}

/** Waits until the check holds, with everything that React has to do meanwhile done. */
export async function until(check: () => void): Promise<void> {
  const latest = performance.now() + 3_000;
  for (;;) {
    await act(() => new Promise((resolve) => setTimeout(resolve, 5)));
    try {
      check();
      return;
    } catch (error) {
      if (performance.now() > latest) throw error;
    }
  }
}
