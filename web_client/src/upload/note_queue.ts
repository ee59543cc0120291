import { type Observable, Value } from "../observable";
import type { KeptNote, Outbox } from "../outbox/outbox";
import { WireError } from "../wire/answer";
import type { Api } from "../wire/api";
import { pauseAfter } from "../wire/backoff";

const PAUSE_BASE_MS = 1_000;
const PAUSE_MOST_MS = 30_000;

/** The typed notes of one recording that the server does not hold yet: kept in the outbox first, then sent. */
export class NoteQueue {
  private readonly current = new Value<readonly KeptNote[]>([]);
  readonly waiting: Observable<readonly KeptNote[]> = this.current;

  private sessionId: string | null = null;
  private sending = false;
  private failures = 0;
  /** How many notes have gone from the outbox. */
  private gone = 0;
  private timer: ReturnType<typeof setTimeout> | null = null;
  private writing: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly outbox: Outbox,
    private readonly api: Pick<Api, "putTypedNote">,
    private readonly ref: string,
    private readonly jitter: () => number = Math.random,
  ) {}

  /** Goes on with what an earlier page has left, or another tab has put. */
  async load(): Promise<void> {
    const kept = await this.kept();
    const known = new Set(this.current.get().map(({ id }) => id));
    const more = kept.filter(({ id }) => !known.has(id));
    if (more.length > 0) this.current.update((notes) => [...more, ...notes]);
    void this.send();
  }

  /** The session is known to the server. */
  started(sessionId: string): void {
    this.sessionId = sessionId;
    void this.send();
  }

  /** Resolves once the note is in the outbox. One with a known id takes the place of what had it. */
  async put(note: Omit<KeptNote, "refused">): Promise<void> {
    const kept = { ...note, refused: null };
    await this.inTurn(async () => {
      await this.outbox.putNote(this.ref, kept);
      this.current.update((notes) => [...notes.filter((each) => each.id !== note.id), kept]);
    });
    void this.send();
  }

  /** Stops trying; for a page or tab that lets go of the recording. */
  halt(): void {
    this.sessionId = null;
    if (this.timer !== null) clearTimeout(this.timer);
  }

  /** Read again where a note went meanwhile: sent once more, it could take the place of a newer one. */
  private async kept(): Promise<KeptNote[]> {
    for (;;) {
      const { gone } = this;
      const notes = await this.outbox.notes(this.ref);
      if (gone === this.gone) return notes;
    }
  }

  private next(): KeptNote | undefined {
    return this.current.get().find((note) => note.refused === null);
  }

  private async send(): Promise<void> {
    if (this.sending) return;
    this.sending = true;
    if (this.timer !== null) clearTimeout(this.timer);
    for (let note = this.next(); note !== undefined && this.sessionId !== null; note = this.next()) {
      try {
        await this.api.putTypedNote(this.sessionId, { id: note.id, at_ms: note.atMs, text: note.text });
        this.failures = 0;
        await this.sent(note);
      } catch (error) {
        if (error instanceof WireError && !error.retryable && error.code !== "unauthenticated") {
          await this.refused(note, error.code);
        } else {
          this.later(error);
          break;
        }
      }
    }
    this.sending = false;
  }

  /** One that was changed while it was on its way stays, and is sent again. */
  private sent(note: KeptNote): Promise<void> {
    return this.inTurn(async () => {
      if (!this.current.get().includes(note)) return;
      // In this order: whoever hears that none waits finds none in the outbox either.
      await this.outbox.removeNote(this.ref, note.id);
      this.gone += 1;
      this.current.update((notes) => notes.filter((each) => each !== note));
    });
  }

  private refused(note: KeptNote, code: string): Promise<void> {
    return this.inTurn(async () => {
      if (!this.current.get().includes(note)) return;
      const aside = { ...note, refused: code };
      this.current.update((notes) => notes.map((each) => (each === note ? aside : each)));
      await this.outbox.putNote(this.ref, aside);
    });
  }

  /** One write after another: what became of a note's older text must not be done to its newer one. */
  private inTurn(write: () => Promise<void>): Promise<void> {
    const written = this.writing.then(write);
    this.writing = written.catch(() => undefined); // Told to whoever asked for it.
    return written;
  }

  private later(error: unknown): void {
    this.failures += 1;
    const asked = error instanceof WireError ? (error.retryAfterS ?? 0) * 1000 : 0;
    const pause = pauseAfter(this.failures, PAUSE_BASE_MS, PAUSE_MOST_MS, this.jitter);
    this.timer = setTimeout(() => void this.send(), Math.max(asked, pause));
  }
}
