import type { WireWord } from "../wire/messages";

/** A stretch of a segment's text; `word` says which of its words it is, -1 for what stands between words. */
export interface Piece {
  text: string;
  word: number;
}

/**
 * The text cut into its words. The text counts: a word that is not found where it should be has no piece of its own,
 * so that what is shown is always the text, whatever a recogniser's words look like.
 */
export function pieces(text: string, words: readonly WireWord[]): Piece[] {
  const found: Piece[] = [];
  let done = 0;
  words.forEach(({ w }, word) => {
    const spelled = w.trim();
    const at = spelled === "" ? -1 : text.indexOf(spelled, done);
    // Far away it would be another occurrence, and everything between would lose its words.
    if (at === -1 || at - done > 40) return;
    if (at > done) found.push({ text: text.slice(done, at), word: -1 });
    found.push({ text: spelled, word });
    done = at + spelled.length;
  });
  if (done < text.length) found.push({ text: text.slice(done), word: -1 });
  return found;
}
