import type { Shortcut } from "../looks/shortcuts";

/** What the keys of the review page do; a Player and its page can. */
export interface KeyVerbs {
  toggle(): void;
  skip(byMs: number): void;
  faster(by: 1 | -1): void;
  word(direction: 1 | -1): void;
  segment(direction: 1 | -1): void;
  follow(): void;
  correct(): void;
  note(): void;
  /** Closer (1), wider (-1), or everything (0). */
  zoom(step: 1 | -1 | 0): void;
}

/** The keys that other players have, so that nobody has to learn new ones. */
export function playerKeys(verbs: KeyVerbs): Shortcut[] {
  return [
    { keys: ["Space", "k"], does: "Play or pause", run: () => verbs.toggle() },
    { keys: ["ArrowLeft"], does: "Back 5 seconds", run: () => verbs.skip(-5_000) },
    { keys: ["ArrowRight"], does: "Forward 5 seconds", run: () => verbs.skip(5_000) },
    { keys: ["j", "Shift+ArrowLeft"], does: "Back 15 seconds", run: () => verbs.skip(-15_000) },
    { keys: ["l", "Shift+ArrowRight"], does: "Forward 15 seconds", run: () => verbs.skip(15_000) },
    { keys: ["<", "-"], does: "Slower", run: () => verbs.faster(-1) },
    { keys: [">", "+"], does: "Faster", run: () => verbs.faster(1) },
    { keys: [","], does: "Previous word", run: () => verbs.word(-1) },
    { keys: ["."], does: "Next word", run: () => verbs.word(1) },
    { keys: ["["], does: "Previous part", run: () => verbs.segment(-1) },
    { keys: ["]"], does: "Next part", run: () => verbs.segment(1) },
    { keys: ["e"], does: "Correct the part that is playing", run: () => verbs.correct() },
    { keys: ["n"], does: "Write a note here", run: () => verbs.note() },
    { keys: ["z"], does: "Waveform closer", run: () => verbs.zoom(1) },
    { keys: ["x"], does: "Waveform wider", run: () => verbs.zoom(-1) },
    { keys: ["0"], does: "Waveform of the whole session", run: () => verbs.zoom(0) },
    { keys: ["f"], does: "Follow what is playing", run: () => verbs.follow() },
  ];
}
