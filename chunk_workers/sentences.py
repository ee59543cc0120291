"""Sentences of a transcript: what notes, answers and passages are made of.

Recognisers differ: some write punctuation, some none. Without any, sentences end where pauses and words say so
(``sentence_ends``). What runs on for too long in spite of its marks is cut where people take up a new thought.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import dropwhile, pairwise
from typing import Final

from chunk_workers.sentence_ends import likely_ends, sentence_ends
from chunk_workers.spoken_english import INVERTED, LONGEST_COURTESY, SUBJECT, WH, YES, opening, opens, says_nothing
from session_core.line import Line
from session_core.note import spans
from session_core.segment import spelling

LONGEST_WORDS: Final = 24
"""Of a sentence, as of an utterance after which the next breath ends it (``fold``). Spoken ones run on."""

_SHORTEST_WORDS = 8
"""Of the pieces of a long sentence: shorter ones say nothing by themselves."""

_END = re.compile(r"[.?!…。？！][\"'”’)\]]*$")
_ABBREVIATION = re.compile(r"^(?:dr|mr|mrs|ms|prof|st|vs|e\.g|i\.e|etc|approx|[a-z])\.$", re.IGNORECASE)
_NEW_THOUGHT = frozenset({"and", "but", "so", "because", "cause", "then", "or", "okay", "ok", "well", "which", "when"})


@dataclass(frozen=True, slots=True)
class Sentence:
    """``text`` is a stretch of the line's text, letter for letter; ``place`` counts the lines of the transcript.

    ``opens`` and ``closes``: whether it is the first or the last of its line. ``runs_on``: it was cut for its length
    alone, and the next one goes on with it.
    """

    line: Line
    place: int
    text: str
    opens: bool
    closes: bool
    runs_on: bool = False

    @property
    def content(self) -> frozenset[str]:
        """The words that carry meaning, spelled without case and punctuation."""
        return content_words(self.text)

    @property
    def asks(self) -> bool:
        """Whether it is a question: by its mark, by its first words ("do you"), and without punctuation by "what"."""
        if self.text.rstrip("\"'”’)] ").endswith(("?", "？")):
            return True
        first, second = [*dropwhile("no".__eq__, _said(self.text)), "", ""][:2]
        inverted = INVERTED.fullmatch(first) and SUBJECT.fullmatch(second)
        return bool(inverted or (WH.fullmatch(first) and not _END.search(self.text)))


def without_openings(text: str) -> str:
    """The text without the words that only open it ("um, okay, so"); itself where there are no others."""
    words = [span for span in spans(text) if _is_word(span[2])]
    begin = 0
    while begin < len(words) and (length := opening([word for _, _, word in words[begin : begin + LONGEST_COURTESY]])):
        begin += length
    return text[words[begin][0] :] if begin < len(words) else text


def only_talk(text: str) -> bool:
    """Whether it is no more than "okay", "hm" and the like; "yes" and "no" are more."""
    return all(opens(spelling(word)) and spelling(word) not in YES for word in text.split() if _is_word(word))


def _said(text: str) -> list[str]:
    """The words after those that only open."""
    return list(dropwhile(opens, (spelling(word) for word in text.split())))


def _is_word(text: str) -> bool:
    return any(map(str.isalnum, text))


def content_words(text: str) -> frozenset[str]:
    """The words of a text that carry meaning. Function words are English; in other languages all words count."""
    spelled = (spelling(word) for word in text.split())
    return frozenset(word for word in spelled if any(map(str.isalpha, word)) and not says_nothing(word))


def sentences(lines: Sequence[Line]) -> list[Sentence]:
    """The sentences of all lines, in order; what holds no letter or digit is none."""
    found = []
    for place, line in enumerate(lines):
        pieces = _pieces(line.text, line.pauses)
        for number, (text, whole) in enumerate(pieces):
            last = number == len(pieces) - 1
            found.append(Sentence(line, place, text, number == 0, last, runs_on=not (whole or last)))
    return found


def sentence_texts(text: str, pauses: Sequence[int] = ()) -> list[str]:
    """The stretches of a text that are sentences, none longer than :data:`LONGEST_WORDS` words.

    ``pauses`` are milliseconds before each word, empty where nobody knows.
    """
    return [piece for piece, _ in _pieces(text, pauses)]


def _pieces(text: str, pauses: Sequence[int]) -> list[tuple[str, bool]]:
    """Each stretch, and whether a sentence ends with it."""
    words = spans(text)
    spoken = [word for _, _, word in words]
    marks = [n for n, word in enumerate(spoken, 1) if _END.search(word) and not _ABBREVIATION.match(word)]
    ends = {*(marks or likely_ends(spoken, pauses)), len(words)}
    begins = [0, *(marks or sentence_ends(spoken, pauses, LONGEST_WORDS)), len(words)]
    found, count = [], 0
    for begin, end in pairwise(begins):
        for stretch in _cut(words[begin:end]):
            count += len(stretch)
            found.append((text[stretch[0][0] : stretch[-1][1]], count in ends))
    return [(piece, whole) for piece, whole in found if _is_word(piece)]


_Span = tuple[int, int, str]


def _cut(words: Sequence[_Span]) -> Iterator[Sequence[_Span]]:
    """A long sentence in pieces: at the new thought, else the comma, nearest to its middle, else in the middle."""
    if len(words) <= LONGEST_WORDS:
        if words:
            yield words
        return
    inner = range(_SHORTEST_WORDS, len(words) - _SHORTEST_WORDS + 1)
    thoughts = [number for number in inner if spelling(words[number][2]) in _NEW_THOUGHT]
    commas = [number for number in inner if words[number - 1][2].endswith((",", ";", ":"))]
    middle = len(words) // 2
    at = min(thoughts or commas or [middle], key=lambda number: abs(number - middle))
    yield from _cut(words[:at])
    yield from _cut(words[at:])
