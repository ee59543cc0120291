import { isFields, WireError } from "./answer";
import type { SpeakerUpdate } from "./event";
import { exchange, type Fetch, type HttpRequest, jsonOf } from "./http";
import type {
  AskAnswer,
  LanguageList,
  NotesEdit,
  NotesSign,
  NotesView,
  NotesWrite,
  PatientVocabularyEdit,
  QualityView,
  SearchAnswer,
  SearchRequest,
  SearchSetup,
  SessionChanges,
  SessionPage,
  SessionState,
  SessionView,
  StateAnswer,
  StepRetry,
  TemplateEdit,
  TemplateList,
  TranscriptView,
  User,
  VocabularyEdit,
  VocabularyView,
  VoiceSpoken,
  VoiceView,
  WireSegment,
  WireTemplate,
} from "./messages";

/** Who asks; the account of src/sign_in is one. */
export interface Bearer {
  /** A token that is good for now. Rejects with a WireError. */
  token(): Promise<string>;
  /** The server did not take this one. */
  tokenRefused(token: string): void;
}

export interface SessionQuery {
  cursor?: string | null;
  limit?: number;
  state?: SessionState | null;
  patient_id?: string | null;
  q?: string | null;
}

export type ExportFormat = "pdf" | "docx" | "md" | "txt" | "srt" | "vtt" | "fhir" | "json";

export interface Waveform {
  interval_ms: number;
  /** The loudest moment of each interval, 0 to 255. */
  peaks: number[];
}

export interface AudioTicket {
  url: string;
  expires_in: number;
}

export interface WrittenNote {
  id: string;
  at_ms: number;
  text: string;
  written_at: string;
}

const EXPORT_TIMEOUT_MS = 120_000;

/** The HTTP side of a node, as the account that is signed in. Every method rejects with a WireError. */
export class Api {
  constructor(
    private readonly bearer: Bearer,
    private readonly base = "",
    private readonly fetch: Fetch = (url, init) => globalThis.fetch(url, init),
  ) {}

  me(): Promise<User> {
    return this.json("/me");
  }

  sessions(query: SessionQuery = {}, signal?: AbortSignal): Promise<SessionPage> {
    const asked = new URLSearchParams();
    for (const [name, value] of Object.entries(query)) {
      if (value !== undefined && value !== null && value !== "") asked.set(name, String(value));
    }
    return this.json(asked.size > 0 ? `/sessions?${asked.toString()}` : "/sessions", { signal });
  }

  session(id: string, signal?: AbortSignal): Promise<SessionView> {
    return this.json(of(id), { signal });
  }

  describe(id: string, changes: SessionChanges): Promise<SessionView> {
    return this.json(of(id), { method: "PATCH", body: changes });
  }

  async remove(id: string): Promise<void> {
    await this.ask(of(id), { method: "DELETE" });
  }

  retry(id: string, step: StepRetry["step"] = "transcribe"): Promise<StateAnswer> {
    return this.json(of(id, "retry"), { method: "POST", body: { step } });
  }

  transcript(id: string, signal?: AbortSignal): Promise<TranscriptView> {
    return this.json(`${of(id, "transcript")}?format=json`, { signal });
  }

  /** With times by the clocks of this browser; with the notes that stand, or a `revision` of them. */
  async export(id: string, format: ExportFormat, revision?: number): Promise<Blob> {
    const { timeZone } = new Intl.DateTimeFormat().resolvedOptions();
    const asked = new URLSearchParams({ format, time_zone: timeZone });
    if (revision !== undefined) asked.set("revision", String(revision));
    const answer = await this.ask(`${of(id, "export")}?${asked.toString()}`, {
      timeoutMs: EXPORT_TIMEOUT_MS,
    });
    return answer.blob();
  }

  /** An address for <audio>, which cannot send a token; good for this session's audio and a short while. */
  async audioUrl(id: string): Promise<AudioTicket> {
    const ticket = await this.json<AudioTicket>(of(id, "audio/ticket"), { method: "POST" });
    return { ...ticket, url: this.base + ticket.url };
  }

  waveform(id: string, signal?: AbortSignal): Promise<Waveform> {
    return this.json(of(id, "waveform"), { signal });
  }

  correct(
    id: string,
    segmentId: string,
    changes: { text?: string | null; speaker?: string | null },
  ): Promise<WireSegment> {
    return this.json(of(id, "segments", segmentId), { method: "PATCH", body: changes });
  }

  async speakers(id: string, signal?: AbortSignal): Promise<SpeakerUpdate[]> {
    return (await this.json<{ items: SpeakerUpdate[] }>(of(id, "speakers"), { signal })).items;
  }

  async nameSpeaker(id: string, speakerId: string, name: string): Promise<void> {
    await this.ask(of(id, "speakers", speakerId), { method: "PUT", body: { name } });
  }

  async mergeSpeaker(id: string, speakerId: string, into: string): Promise<void> {
    await this.ask(`${of(id, "speakers", speakerId)}/merge`, { method: "POST", body: { into } });
  }

  /** Takes a merge back; `invalid` where the speaker was merged into somebody else than `into` meanwhile. */
  async separateSpeaker(id: string, speakerId: string, into: string): Promise<void> {
    const path = `${of(id, "speakers", speakerId)}/merge?into=${encodeURIComponent(into)}`;
    await this.ask(path, { method: "DELETE" });
  }

  async typedNotes(id: string, signal?: AbortSignal): Promise<WrittenNote[]> {
    return (await this.json<{ items: WrittenNote[] }>(of(id, "typed-notes"), { signal })).items;
  }

  /** The same note may be sent again; an empty text removes it. */
  async putTypedNote(id: string, note: { id: string; at_ms: number; text: string }): Promise<void> {
    const body = { at_ms: note.at_ms, text: note.text };
    await this.ask(of(id, "typed-notes", note.id), { method: "PUT", body });
  }

  /** Refused with `not_found` while there are none. Those of a `generation` are as they were written under it, those
   *  of a `revision` as a person changed or signed them. */
  notes(
    id: string,
    signal?: AbortSignal,
    which?: { generation: number } | { revision: number },
  ): Promise<NotesView> {
    const query = Object.entries(which ?? {}).map(([name, number]) => `?${name}=${number}`);
    return this.json(of(id, "notes") + query.join(""), { signal });
  }

  /** Refused with `edit_conflict` where somebody else's version is newer. */
  editNotes(id: string, edit: NotesEdit): Promise<NotesView> {
    return this.json(of(id, "notes"), { method: "PUT", body: edit });
  }

  signNotes(id: string, seen: NotesSign): Promise<NotesView> {
    return this.json(`${of(id, "notes")}/sign`, { method: "POST", body: seen });
  }

  writeNotes(id: string, by: NotesWrite): Promise<StateAnswer> {
    return this.json(`${of(id, "notes")}/write`, { method: "POST", body: by });
  }

  noteTemplates(signal?: AbortSignal): Promise<TemplateList> {
    return this.json("/note-templates", { signal });
  }

  /** Refused with `edit_conflict` where another version is there than the edit names; 0 names none. */
  saveTemplate(id: string, edit: TemplateEdit): Promise<WireTemplate> {
    return this.json(`/note-templates/${encodeURIComponent(id)}`, { method: "PUT", body: edit });
  }

  async deleteTemplate(id: string): Promise<void> {
    await this.ask(`/note-templates/${encodeURIComponent(id)}`, { method: "DELETE" });
  }

  /** The organisation's words. */
  vocabulary(signal?: AbortSignal): Promise<VocabularyView> {
    return this.json("/vocabulary", { signal });
  }

  /** Refused with `edit_conflict` where another version is there than the edit names. */
  saveVocabulary(edit: VocabularyEdit): Promise<VocabularyView> {
    return this.json("/vocabulary", { method: "PUT", body: edit });
  }

  /** Which patient is meant goes in the body: addresses are kept by browsers and proxies. */
  patientVocabulary(patient: string, signal?: AbortSignal): Promise<VocabularyView> {
    return this.json("/vocabulary/patient", { method: "POST", body: { patient_id: patient }, signal });
  }

  savePatientVocabulary(edit: PatientVocabularyEdit): Promise<VocabularyView> {
    return this.json("/vocabulary/patient", { method: "PUT", body: edit });
  }

  /** The user's own voice. */
  voice(signal?: AbortSignal): Promise<VoiceView> {
    return this.json("/me/voice", { signal });
  }

  enrolVoice(spoken: VoiceSpoken): Promise<VoiceView> {
    return this.json("/me/voice", { method: "PUT", body: spoken });
  }

  async forgetVoice(): Promise<void> {
    await this.ask("/me/voice", { method: "DELETE" });
  }

  /** Refused with `not_found` while there is none. */
  quality(id: string, signal?: AbortSignal): Promise<QualityView> {
    return this.json(of(id, "artifacts", "quality"), { signal });
  }

  /** Which languages can be heard, null where no recogniser has said so yet; and whether any runs. */
  languages(signal?: AbortSignal): Promise<LanguageList> {
    return this.json("/languages", { signal });
  }

  /** By what meanings are compared. */
  searchSetup(signal?: AbortSignal): Promise<SearchSetup> {
    return this.json("/search", { signal });
  }

  /** What is asked for goes in the body: addresses are kept by browsers and proxies. */
  search(request: SearchRequest, signal?: AbortSignal): Promise<SearchAnswer> {
    return this.json("/search", { method: "POST", body: request, signal });
  }

  askSession(id: string, question: string, signal?: AbortSignal): Promise<AskAnswer> {
    return this.json(of(id, "ask"), { method: "POST", body: { question }, signal });
  }

  private async json<T extends object>(path: string, request: HttpRequest = {}): Promise<T> {
    const answer = await jsonOf(await this.ask(path, request));
    if (!isFields(answer)) throw new WireError("internal", "the answer is not what it should be", true);
    // The node and this page are built from one description of the messages; see src/wire/messages.ts.
    return answer as T;
  }

  /** With a token that the server takes: one that ran out on the way is renewed once. */
  private async ask(path: string, request: HttpRequest): Promise<Response> {
    const url = `${this.base}/api/v1${path}`;
    const token = await this.bearer.token();
    try {
      return await exchange(this.fetch, url, { ...request, token });
    } catch (error) {
      if (!(error instanceof WireError) || error.code !== "unauthenticated") throw error;
      this.bearer.tokenRefused(token);
      return exchange(this.fetch, url, { ...request, token: await this.bearer.token() });
    }
  }
}

function of(id: string, part?: string, item?: string): string {
  const path = ["/sessions", encodeURIComponent(id)];
  if (part !== undefined) path.push(part);
  if (item !== undefined) path.push(encodeURIComponent(item));
  return path.join("/");
}
