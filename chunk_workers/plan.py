"""The planner: which pieces of the timeline go to the recogniser.

How audio travels (chunks of 15 s) and how it is decoded (windows of 12 to 28 s that end in pauses) are
two things. ``plan`` is a pure function of the voice tracks and decides online, each time from the audio
up to the moment of decision alone. So later audio never contradicts a closed window, and planning
resumed from any ``Plan`` or ``Window`` equals planning from scratch.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from chunk_workers.voice import FRAME, RATE, VoiceTrack, frame_count

SPEECH: Final = 128
"""Least speech probability (of 255) of a voiced frame."""

SHORTEST_RUN: Final = 3
"""Voiced frames in a row that make speech, 96 ms; a shorter blip is a click."""

PADDING_FRAMES: Final = 9
PADDING: Final = PADDING_FRAMES * FRAME
"""Silence kept before and after speech, 288 ms, where the cut leaves as much."""

LONGEST_GAP: Final = RATE * 200 // 1000
"""Absent audio up to this length counts as silence; a longer hole closes the window at its edge."""

SHORTEST: Final = 12 * RATE
LONGEST: Final = 28 * RATE
OVERLAP: Final = 4 * RATE
SHORTEST_PAUSE: Final = RATE * 160 // 1000

PATIENCE: Final = ((0, 4 * RATE), (SHORTEST, RATE // 2), (LONGEST, SHORTEST_PAUSE))
"""(length of the window, length of the pause that closes it), linear in between.

The longer a window is, the less choosy it gets. One under 12 s closes only in a pause so long that
nothing is gained by hearing both sides of it together.
"""


@dataclass(frozen=True, slots=True)
class Stretch:
    """One decoded chunk: ``count`` samples from ``first`` on the session's timeline, with its track."""

    first: int
    count: int
    track: VoiceTrack

    def __post_init__(self) -> None:
        if self.first < 0 or self.count < 0 or len(self.track) != frame_count(self.count):
            raise ValueError("a stretch needs a track of its own length")


@dataclass(frozen=True, slots=True)
class Window:
    """A piece of the timeline for the recogniser; everything in samples since the session's first.

    The planner looked at audio from ``cut``; ``[start, end)`` is heard; planning goes on at
    ``next_cut``. A window that overlaps a neighbour shares up to 4 s of speech with it.
    """

    cut: int
    start: int
    end: int
    next_cut: int
    overlaps_previous: bool
    overlaps_next: bool


@dataclass(frozen=True, slots=True)
class Plan:
    """Closed ``windows``, the open ``tail`` (None where nobody speaks) and the state to resume from."""

    windows: tuple[Window, ...]
    tail: Window | None
    cut: int
    overlaps_previous: bool


@dataclass(frozen=True, slots=True)
class _Island:
    """Audio without a hole, in frames of samples [begin, end): whether voiced (0 or 1), how loud.

    ``known`` is how many frames are decided; a voiced run at the open end may still become speech or a
    blip. ``onsets`` are the frames at which at least SHORTEST_RUN voiced ones follow each other.
    """

    begin: NDArray[np.int64]
    end: NDArray[np.int64]
    voiced: NDArray[np.int8]
    level: NDArray[np.uint8]
    final: bool

    @property
    def onsets(self) -> NDArray[np.intp]:
        runs = np.lib.stride_tricks.sliding_window_view(np.pad(self.voiced, (0, SHORTEST_RUN - 1)), SHORTEST_RUN)
        return np.flatnonzero(runs.all(axis=1))

    @property
    def known(self) -> int:
        return len(self.voiced) if self.final else _decided(self.voiced)


def plan(stretches: Sequence[Stretch], *, cut: int, overlaps_previous: bool, ended: bool) -> Plan:
    """Plan the audio from ``cut`` on.

    ``stretches`` are sorted, do not overlap and hold everything known at or after ``cut``; what lies
    between them is absent for good. ``ended``: nothing follows the last one, so the tail closes too.
    Begin with ``cut=0, overlaps_previous=False``; go on with those of the last ``Plan``, or with those of
    a ``Window`` to plan it and all that follows anew. No window is longer than 28 s, padding included.
    """
    windows: list[Window] = []
    for island in _islands(stretches, cut, ended):
        onsets, known = island.onsets, island.known
        if island.begin[0] > cut:
            cut, overlaps_previous = int(island.begin[0]), False
        while True:
            later = onsets[np.searchsorted(onsets, np.searchsorted(island.begin, cut)) :]
            onset = int(later[0]) if later.size else known
            cut, overlaps_previous = _skip_silence(island, cut, overlaps_previous, onset)
            if not later.size:
                break
            window, closed = _window(island, cut, overlaps_previous, onset)
            if not closed:
                return Plan(tuple(windows), window, cut, overlaps_previous)
            windows.append(window)
            cut, overlaps_previous = window.next_cut, window.overlaps_next
        if island.final:
            cut, overlaps_previous = int(island.end[-1]), False
    return Plan(tuple(windows), None, cut, overlaps_previous)


def _islands(stretches: Sequence[Stretch], cut: int, ended: bool) -> Iterator[_Island]:
    """The audio from ``cut`` on, parted at its holes."""
    parts: list[tuple[NDArray[np.int64], NDArray[np.uint8], NDArray[np.uint8]]] = []
    reached = cut
    for stretch in stretches:
        end = stretch.first + stretch.count
        if end <= max(cut, stretch.first):
            continue
        gap = stretch.first - reached
        if gap > LONGEST_GAP and parts:
            yield _island(parts, reached, final=True)
            parts = []
        elif 0 < gap <= LONGEST_GAP:
            nothing = np.zeros(1, dtype=np.uint8)
            parts.append((np.array([reached], dtype=np.int64), nothing, nothing))
        begin = stretch.first + FRAME * np.arange(len(stretch.track), dtype=np.int64)
        heard = slice(int(np.searchsorted(begin + FRAME, cut, "right")), None)
        speech = np.frombuffer(stretch.track.speech, dtype=np.uint8)[heard]
        parts.append((np.maximum(begin[heard], cut), speech, np.frombuffer(stretch.track.level, dtype=np.uint8)[heard]))
        reached = end
    if parts:
        yield _island(parts, reached, final=ended)


def _island(
    parts: Sequence[tuple[NDArray[np.int64], NDArray[np.uint8], NDArray[np.uint8]]], reached: int, final: bool
) -> _Island:
    begin, speech, level = (np.concatenate(column) for column in zip(*parts, strict=True))
    return _Island(begin, np.append(begin[1:], reached), (speech >= SPEECH).astype(np.int8), level, final)


def _decided(voiced: NDArray[np.int8]) -> int:
    """Length of ``voiced`` without a run at its end that is still too short to tell."""
    tail = voiced[-SHORTEST_RUN:]
    quiet = np.flatnonzero(tail == 0)
    run = len(tail) - (int(quiet[-1]) + 1 if quiet.size else 0)
    return len(voiced) - run if run < SHORTEST_RUN else len(voiced)


def _skip_silence(island: _Island, cut: int, overlaps_previous: bool, upto: int) -> tuple[int, bool]:
    """Move the cut through the silence before frame ``upto``, leaving room for the padding.

    A cut that begins an overlap stays while the padding may reach into what the last window heard.
    """
    back = upto - PADDING_FRAMES
    if back <= 0 or island.begin[back] <= cut or (overlaps_previous and island.begin[back] < cut + OVERLAP):
        return cut, overlaps_previous
    return int(island.begin[back]), False


def _window(island: _Island, cut: int, overlaps_previous: bool, onset: int) -> tuple[Window, bool]:
    """The window that begins with the speech at frame ``onset``, and whether it is closed."""
    start = max(cut, int(island.begin[onset]) - PADDING)
    fits = int(np.searchsorted(island.end, start + LONGEST, "right"))
    full = fits < len(island.end)
    settled = fits if island.final and not full else _decided(island.voiced[:fits])
    ends, pauses = _pauses(island, onset, settled)

    def to(end: int, next_cut: int, overlaps_next: bool = False) -> Window:
        return Window(cut, start, end, next_cut, overlaps_previous, overlaps_next)

    def in_pause(spoken: int, middle: float) -> Window:
        next_cut = int(island.begin[np.searchsorted(island.begin, middle)])
        return to(min(spoken + PADDING, next_cut), next_cut)

    lengths, needed = zip(*PATIENCE, strict=True)
    patience = np.interp(ends - start, lengths, needed)
    closing = np.flatnonzero(pauses >= patience)
    if closing.size:
        first = closing[0]
        return in_pause(int(ends[first]), ends[first] + patience[first] / 2), True
    if full:
        usable = np.flatnonzero((pauses >= SHORTEST_PAUSE) & (ends - start >= SHORTEST))
        if usable.size:
            longest = usable[::-1][np.argmax(pauses[usable[::-1]])]
            return in_pause(int(ends[longest]), ends[longest] + pauses[longest] / 2), True
        return to(*_overlap(island, start, fits), overlaps_next=True), True
    edge = int(island.end[-1])
    return to(min(int(ends[-1]) + PADDING, edge), edge), island.final


def _pauses(island: _Island, onset: int, settled: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Where each run of speech from frame ``onset`` on ends, and how long the pause after it is so far."""
    change = np.diff(np.pad(island.voiced[onset:settled], 1))
    first, stop = np.flatnonzero(change == 1), np.flatnonzero(change == -1)
    spoken = stop - first >= SHORTEST_RUN
    first, stop = first[spoken] + onset, stop[spoken] + onset
    ends = island.end[stop - 1]
    return ends, np.append(island.begin[first[1:]], island.end[settled - 1]) - ends


def _overlap(island: _Island, start: int, fits: int) -> tuple[int, int]:
    """End of a window without pauses and begin of the next: 2 s on either side of its quietest moment.

    The moment is looked for where both sides fit, from 14 to 26 s, over three frames at a time.
    """
    first = int(np.searchsorted(island.begin, start + SHORTEST + OVERLAP // 2))
    last = int(np.searchsorted(island.end, start + LONGEST - OVERLAP // 2, "right"))
    level = np.convolve(island.level[first - 1 : last + 1].astype(np.int64), np.ones(3, dtype=np.int64), "valid")
    quietest = int(island.begin[first + int(np.argmin(level))])
    end = int(island.end[np.searchsorted(island.end, quietest + OVERLAP // 2, "right") - 1])
    return end, int(island.begin[np.searchsorted(island.begin, quietest - OVERLAP // 2)])
