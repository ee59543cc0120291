"""Text that a person corrected: where it stands, what of later runs it leaves room for, when its words were said."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import groupby
from typing import Final
from uuid import UUID

from session_core.segment import Word, spelling

LONGEST_TEXT: Final = 10_000
"""Characters of one segment's corrected text."""


@dataclass(frozen=True, slots=True)
class CorrectedPlace:
    """The stretch in which a person's text stands instead of whatever is recognised there."""

    segment_id: UUID
    start_ms: int
    end_ms: int

    def covers(self, word: Word) -> bool:
        """The word lies in here whole, or its middle does."""
        whole = self.start_ms <= word.start_ms and word.end_ms <= self.end_ms
        return whole or 2 * self.start_ms <= _middle(word) < 2 * self.end_ms

    def is_before(self, word: Word) -> bool:
        return self.start_ms + self.end_ms <= _middle(word)


def outside(words: Sequence[Word], places: Sequence[CorrectedPlace]) -> list[tuple[Word, ...]]:
    """The words that no corrected place covers, in their order, in runs of which none reaches across a place."""
    kept = [word for word in words if not any(place.covers(word) for place in places)]
    runs = groupby(kept, key=lambda word: sum(place.is_before(word) for place in places))
    return [tuple(run) for _, run in runs]


def timed_words(text: str, heard: Sequence[Word], start_ms: int, end_ms: int) -> tuple[Word, ...]:
    """The words of a corrected text with times inside ``[start_ms, end_ms]`` whose beginnings never run backwards.

    A word that was heard keeps its time and probability; the spelling is the person's. Words between two of those
    share the time between them by their lengths, with probability 1.
    """
    written = text.split()
    matcher = SequenceMatcher(None, [spelling(word.text) for word in heard], [*map(spelling, written)], autojunk=False)
    timed: list[Word] = []
    used = 0
    for block in matcher.get_matching_blocks():
        stop = heard[block.a].start_ms if block.size else end_ms
        begin = min(timed[-1].end_ms, stop) if timed else start_ms
        timed += _spread(written[used : block.b], begin, stop)
        for offset in range(block.size):
            word = heard[block.a + offset]
            timed.append(Word(written[block.b + offset], word.start_ms, word.end_ms, word.probability))
        used = block.b + block.size
    return tuple(timed)


def _spread(written: Sequence[str], start_ms: int, end_ms: int) -> Iterator[Word]:
    letters = sum(len(word) for word in written)
    passed = 0
    for word in written:
        begin = start_ms + (end_ms - start_ms) * passed // letters
        passed += len(word)
        yield Word(word, begin, start_ms + (end_ms - start_ms) * passed // letters, 1.0)


def _middle(word: Word) -> int:
    """Twice the middle of the word, so that it is a whole number."""
    return word.start_ms + word.end_ms
