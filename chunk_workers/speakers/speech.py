"""Where in a window somebody speaks, from the voice tracks that planning made of its chunks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from chunk_workers.plan import SHORTEST_RUN, SPEECH, Stretch
from chunk_workers.speakers.embedding import Span
from chunk_workers.voice import FRAME, RATE

LONGEST_PAUSE: Final = RATE * 300 // 1000
"""Samples of silence (300 ms) that still lie inside one span: a breath. A yes between two longer ones stands alone."""


def speech_within(stretches: Sequence[Stretch], start: int, end: int) -> list[Span]:
    """Spans of speech in ``[start, end)`` of the session's timeline, counted from ``start``.

    ``stretches`` are sorted, do not overlap and hold every chunk that has samples in there; what lies between them
    is absent. Blips of less than 96 ms are clicks.
    """
    spans: list[Span] = []
    for begin, stop in _runs(stretches, start, end):
        if spans and begin - spans[-1].end <= LONGEST_PAUSE:
            spans[-1] = Span(spans[-1].start, stop)
        else:
            spans.append(Span(begin, stop))
    return spans


def _runs(stretches: Sequence[Stretch], start: int, end: int) -> list[tuple[int, int]]:
    """Runs of voiced frames, from the window's first sample; a run goes on from one chunk into the next."""
    inside = [each for each in stretches if each.first < end and each.first + each.count > start]
    if not inside:
        return []
    begins = np.concatenate([each.first + FRAME * np.arange(len(each.track)) for each in inside])
    ends = np.minimum(
        begins + FRAME, np.repeat([each.first + each.count for each in inside], [len(each.track) for each in inside])
    )
    voiced = np.concatenate([np.frombuffer(each.track.speech, dtype=np.uint8) >= SPEECH for each in inside])
    voiced &= (ends > start) & (begins < end)
    change = np.diff(np.pad(voiced.astype(np.int8), 1))
    first, stop = np.flatnonzero(change == 1), np.flatnonzero(change == -1)
    spoken = stop - first >= SHORTEST_RUN
    return [
        (max(0, int(begins[one]) - start), min(int(ends[other - 1]), end) - start)
        for one, other in zip(first[spoken], stop[spoken], strict=True)
    ]
