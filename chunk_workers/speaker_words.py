"""Who said which word: turns of speakers, found by voice, and words, found by a recogniser, brought together.

A word goes to the speaker with whom it shares most time. Turns know the time of a change to about a tenth of a second,
and one voiceprint may be mistaken: what nobody does, say a word or two within another's breath, is smoothed away.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Sequence
from itertools import accumulate, groupby
from typing import Final

from session_core.segment import Word
from session_core.turn import Turn, Who

REACH_MS: Final = 1000
"""A word in no turn belongs to the nearest one within a second: detectors miss soft beginnings and ends."""

BREATH_MS: Final = 200
"""Words without a longer pause between them are said in one breath."""

FLIP_WORDS: Final = 2
"""So few words of another speaker inside one breath are an error of time or of voice."""


def label_words(words: Sequence[Word], turns: Sequence[Turn[Who]]) -> list[Who | None]:
    """The speaker of each word, None where no turn is near.

    ``words`` and ``turns`` are in order; turns may overlap, and of two who speak during all of a word it belongs to
    the one who began first. A segment's words may belong to several speakers.
    """
    starts = [turn.start_ms for turn in turns]
    reached = list(accumulate((turn.end_ms for turn in turns), max))
    return _without_flips(words, [_speaker(word, turns, starts, reached) for word in words])


def by_speaker(words: Sequence[Word], turns: Sequence[Turn[Who]]) -> list[tuple[Who | None, tuple[Word, ...]]]:
    """The words in runs of one speaker each."""
    speakers = label_words(words, turns)
    return [(speakers[start], tuple(words[start:end])) for start, end in _runs(speakers)]


def main_speaker(words: Sequence[Word], turns: Sequence[Turn[Who]]) -> Who | None:
    """Who said most of the words, the first of several; None where nobody is known to have said any."""
    counts = Counter(speaker for speaker in label_words(words, turns) if speaker is not None)
    return counts.most_common(1)[0][0] if counts else None


def _speaker(word: Word, turns: Sequence[Turn[Who]], starts: Sequence[int], reached: Sequence[int]) -> Who | None:
    """By the largest overlap with all turns of a speaker, else the nearest turn within REACH_MS.

    ``starts`` of the turns, and how far each and all before it have ``reached``.
    """
    first = bisect_left(reached, word.start_ms - REACH_MS)
    near = turns[first : bisect_right(starts, word.end_ms + REACH_MS)]
    shared: dict[Who, int] = {}
    for turn in near:
        overlap = min(turn.end_ms, word.end_ms) - max(turn.start_ms, word.start_ms)
        if overlap > 0:
            shared[turn.speaker] = shared.get(turn.speaker, 0) + overlap
    if shared:
        return max(shared, key=lambda speaker: shared[speaker])
    distance, speaker = min(
        ((max(turn.start_ms - word.end_ms, word.start_ms - turn.end_ms), turn.speaker) for turn in near),
        default=(REACH_MS + 1, None),
    )
    return speaker if distance <= REACH_MS else None


def _without_flips(words: Sequence[Word], speakers: Sequence[Who | None]) -> list[Who | None]:
    """Short runs between two of one other speaker go to that one, where no pause parts them from either."""
    smoothed = list(speakers)
    runs = _runs(speakers)
    for (before, _), (start, end), (after, _) in zip(runs, runs[1:], runs[2:], strict=False):
        flip = end - start <= FLIP_WORDS and smoothed[before] == speakers[after] and smoothed[before] is not None
        if flip and _pause(words, start) < BREATH_MS and _pause(words, end) < BREATH_MS:
            smoothed[start:end] = [smoothed[before]] * (end - start)
    return smoothed


def _runs(speakers: Sequence[Who | None]) -> list[tuple[int, int]]:
    """``[start, end)`` of each run of words of one speaker."""
    runs = []
    start = 0
    for _, run in groupby(speakers):
        end = start + len(list(run))
        runs.append((start, end))
        start = end
    return runs


def _pause(words: Sequence[Word], place: int) -> int:
    """Milliseconds before the word at ``place``."""
    return words[place].start_ms - words[place - 1].end_ms
