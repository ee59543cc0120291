import { IDBFactory } from "fake-indexeddb";

import type { CaptureState } from "../src/capture/capture";
import { watch } from "../src/live/viewer";
import { Value } from "../src/observable";
import { IndexedOutbox } from "../src/outbox/indexed_outbox";
import { TabLock } from "../src/outbox/tab_lock";
import type { Listener, News } from "../src/recording/news";
import { Recordings } from "../src/recording/recordings";
import { sharedLocks } from "./browser_locks";
import { FakeCapture } from "./fake_capture";
import { ScriptedNode } from "./scripted_node";
import { there } from "./there";

export const START = { title: "Hearing", patientId: "4711", consent: { by: "spoken" } };

/** One tab of one browser. */
export interface Tab {
  recordings: Recordings;
  outbox: IndexedOutbox;
  account: Value<{ phase: string; user: { id: string } | null }>;
  /** The notes that were sent from here. */
  notes: { id: string; text: string }[];
  /** The newest that was opened. */
  readonly microphone: FakeCapture;
}

/** What the tabs of one browser share, with a node that they all reach. */
export class ScriptedBrowser {
  readonly node = new ScriptedNode();
  readonly listeners = new Set<Listener>();
  locks: LockManager = sharedLocks();
  /** The clock on the wall. */
  clock = 1_000_000_000;
  /** What the next microphone meets with. */
  nextTrouble: CaptureState["trouble"] = null;
  /** When the next microphone may be listened to. */
  nextAnswer: Promise<void> | null = null;

  constructor() {
    globalThis.indexedDB = new IDBFactory();
  }

  async open(): Promise<Tab> {
    const outbox = await IndexedOutbox.open(() => this.clock, null);
    const account: Tab["account"] = new Value({ phase: "signed_in", user: { id: "user" } });
    const captures: FakeCapture[] = [];
    const notes: Tab["notes"] = [];
    const recordings = new Recordings({
      wire: this.node,
      outbox,
      account,
      lock: new TabLock(this.locks),
      api: {
        putTypedNote: (_id, { id, text }) => {
          notes.push({ id, text });
          return Promise.resolve();
        },
      },
      watch: (sessionId) => watch(this.node, sessionId),
      openCapture: (options) => {
        const capture = new FakeCapture(options);
        capture.trouble = this.nextTrouble;
        capture.answered = this.nextAnswer;
        captures.push(capture);
        return capture;
      },
      news: this.news(),
      wallClock: () => this.clock,
      jitter: () => 1,
    });
    await recordings.refresh();
    return {
      recordings,
      outbox,
      account,
      notes,
      get microphone() {
        return there(captures.at(-1));
      },
    };
  }

  /** The browser is killed: its locks are free, its page does nothing more. */
  killed(tab: Tab): void {
    tab.account.set({ phase: "signed_out", user: null });
    this.locks = sharedLocks();
  }

  /** A tab hears all others, never itself. */
  private news(): News {
    let own: Listener | null = null;
    const others = () => [...this.listeners].filter((listener) => listener !== own);
    return {
      tell: () => others().forEach(({ changed }) => changed()),
      askFor: (ref) => others().forEach(({ asked }) => asked(ref)),
      listen: (listener) => {
        own = listener;
        this.listeners.add(listener);
      },
    };
  }
}
