"""The fold: words heard in neighbouring windows become one transcript.

Windows that meet in a pause are put one after the other. Where two overlap, both heard the same few
seconds; each heard its own edge badly. Their words there are aligned by a longest common subsequence
whose pairs must lie close in time, and the text changes from one window to the other at the aligned
word that is furthest from both edges.

The words taken from a window depend on it and its two neighbours alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from chunk_workers.plan import Window
from chunk_workers.voice import RATE
from session_core.segment import Word, spelling

SAME_MS: Final = 600
"""Two windows' times of one word differ by less than this."""

PAUSE_MS: Final = 700
"""A pause that begins a new utterance."""

LONG_WORDS: Final = 24
BREATH_MS: Final = 150
"""In an utterance of LONG_WORDS words a pause of this length begins a new one."""

LONGEST_WORDS: Final = 40
"""Nobody reads on: a new utterance begins here, pause or not."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What the recogniser heard in a window; ``words`` is None while it has not listened yet.

    Word times are milliseconds on the session's timeline. A window that could not be recognised has
    ``failed`` set and no words.
    """

    window: Window
    words: tuple[Word, ...] | None
    failed: bool = False


@dataclass(frozen=True, slots=True)
class Utterance:
    """Words that belong together. ``window`` is the index of their window in what was folded.

    ``settled`` is False while an overlapping neighbour that is still to be heard may change the words.
    """

    window: int
    words: tuple[Word, ...]
    settled: bool


@dataclass(frozen=True, slots=True)
class _Seam:
    """Where the text changes from the left window to the right one.

    ``left`` words are taken from the left, the right's from number ``right`` on; no word of either
    crosses ``at_ms``. ``open_from_ms`` to ``open_to_ms`` may still change.
    """

    left: int
    right: int
    at_ms: int
    open_from_ms: int
    open_to_ms: int


def fold(heard: Sequence[Heard]) -> tuple[Utterance, ...]:
    """The transcript of consecutive windows, in their order.

    No word of an overlap is lost or doubled, times never run backwards. A window's utterances depend on
    the window and its two neighbours only, so a part can be folded anew with one window more on each side.
    """
    words = [_in_order(one) for one in heard]
    seams = [_seam(heard[right - 1], heard[right], words[right - 1], words[right]) for right in range(1, len(heard))]
    utterances: list[Utterance] = []
    for index, one in enumerate(heard):
        before = seams[index - 1] if index else _outer(one.window.start, 0)
        after = seams[index] if index < len(seams) else _outer(one.window.end, len(words[index]))
        taken = [
            _timed(word, _within(word.start_ms, before, after), _within(word.end_ms, before, after))
            for word in words[index][before.right : after.left]
        ]
        for utterance in _utterances(taken):
            settled = utterance[0].start_ms >= before.open_to_ms and utterance[-1].end_ms <= after.open_from_ms
            utterances.append(Utterance(index, utterance, settled))
    return tuple(utterances)


def _in_order(heard: Heard) -> list[Word]:
    """The window's words with times inside it that never run backwards."""
    earliest, latest = _ms(heard.window.start), _ms(heard.window.end)
    ordered: list[Word] = []
    for word in heard.words or ():
        earliest = min(max(word.start_ms, earliest), latest)
        ordered.append(_timed(word, earliest, min(max(word.end_ms, earliest), latest)))
    return ordered


def _timed(word: Word, start_ms: int, end_ms: int) -> Word:
    """The word with these times. Most have them already, and an hour has ten thousand."""
    same = word.start_ms == start_ms and word.end_ms == end_ms
    return word if same else replace(word, start_ms=start_ms, end_ms=end_ms)


def _outer(sample: int, left: int) -> _Seam:
    """The edge of a window that has no neighbour there, or one it only touches."""
    return _Seam(left, 0, _ms(sample), _ms(sample), _ms(sample))


def _seam(left: Heard, right: Heard, left_words: Sequence[Word], right_words: Sequence[Word]) -> _Seam:
    first, last = _ms(right.window.start), _ms(left.window.end)
    if last <= first:
        return _outer(left.window.end, len(left_words))
    if left.words is None:
        return _Seam(0, 0, first, first, last)
    if right.words is None:
        return _Seam(len(left_words), 0, last, first, last)
    skipped = _count_before(left_words, first)
    left_shared, right_shared = left_words[skipped:], right_words[: _count_before(right_words, last)]
    if not right_shared:
        return _Seam(len(left_words), 0, last, last, first)
    if not left_shared:
        return _Seam(len(left_words), 0, first, last, first)
    pivot = _pivot(left_shared, right_shared, first, last)
    if pivot is not None:
        return _Seam(skipped + pivot[0] + 1, pivot[1] + 1, left_shared[pivot[0]].end_ms, last, first)
    middle = (first + last) // 2
    taken = _count_before(left_words, middle)
    if taken:
        middle = max(middle, left_words[taken - 1].end_ms)
    return _Seam(taken, _count_before(right_words, middle), middle, last, first)


def _pivot(left: Sequence[Word], right: Sequence[Word], first: int, last: int) -> tuple[int, int] | None:
    """The pair of the alignment that is furthest from both edges of the overlap; None where no word agrees.

    Longest common subsequence by dynamic programming from both ends; a pair lies on a best alignment
    when what is best before it, itself and what is best after it add up to the best of all.
    """
    worth = [[_worth(one, other) for other in right] for one in left]
    before = _best(worth)
    after = [row[::-1] for row in _best([row[::-1] for row in worth[::-1]])[::-1]]
    pairs = [
        (i, j)
        for i, row in enumerate(worth)
        for j, pair in enumerate(row)
        if pair and before[i][j] + pair + after[i + 1][j + 1] == after[0][0]
    ]
    return max(pairs, key=lambda pair: _depth(left[pair[0]], right[pair[1]], first, last), default=None)


def _best(worth: Sequence[Sequence[int]]) -> list[list[int]]:
    """``best[i][j]``: the worth of the best alignment of the first i words with the first j."""
    best = [[0] * (len(worth[0]) + 1)]
    for i, row in enumerate(worth):
        best.append([0])
        for j, pair in enumerate(row):
            best[-1].append(max(best[i][j + 1], best[i + 1][j], best[i][j] + pair if pair else 0))
    return best


def _worth(one: Word, other: Word) -> int:
    """Of aligning two words: 0 for different ones, more the closer in time, by squares. Were each pair worth as much, a
    word said again and again would be aligned with its next occurrence, because one pair more comes of that."""
    apart = abs(_middle(one) - _middle(other))
    return (SAME_MS - apart) ** 2 if apart < SAME_MS and spelling(one.text) == spelling(other.text) else 0


def _depth(one: Word, other: Word, first: int, last: int) -> int:
    """How far a pair is from the nearer edge of the overlap."""
    middles = (_middle(one), _middle(other))
    return min(min(middles) - first, last - max(middles))


def _middle(word: Word) -> int:
    return (word.start_ms + word.end_ms) // 2


def _count_before(words: Sequence[Word], moment: int) -> int:
    """How many words at the beginning have their middle before the moment."""
    return next((index for index, word in enumerate(words) if _middle(word) >= moment), len(words))


def _ms(sample: int) -> int:
    return sample * 1000 // RATE


def _within(moment: int, before: _Seam, after: _Seam) -> int:
    return min(max(moment, before.at_ms), after.at_ms)


def _utterances(words: Sequence[Word]) -> Iterator[tuple[Word, ...]]:
    """The words in groups that end at pauses or when long."""
    group: list[Word] = []
    for word in words:
        if group and _ends(len(group), word.start_ms - group[-1].end_ms):
            yield tuple(group)
            group = []
        group.append(word)
    if group:
        yield tuple(group)


def _ends(length: int, pause: int) -> bool:
    return pause >= PAUSE_MS or (length >= LONG_WORDS and pause >= BREATH_MS) or length >= LONGEST_WORDS
