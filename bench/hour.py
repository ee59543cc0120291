"""An hour of talk: consultations joined and repeated, with when each of their words was voiced."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from pathlib import Path

import numpy as np

from bench.consultation import CHUNK_SECONDS, Consultation, consultations
from hearken.chunk_file import SAMPLE_RATE, Samples
from hearken.recording import Cut
from session_core.segment import Word

HOUR_S = 3600
LIVE_S = 30
"""The hour's last seconds, which are heard nowhere else in it."""


@dataclass(frozen=True)
class Hour:
    """``words`` are those of all but the last ``LIVE_S`` seconds, in order. Where in an utterance a word was voiced is
    not known: they share its time evenly."""

    samples: Samples
    words: tuple[Word, ...]

    def cuts(self) -> list[Cut]:
        size = CHUNK_SECONDS * SAMPLE_RATE
        firsts = range(0, len(self.samples), size)
        return [Cut(seq, first, self.samples[first : first + size]) for seq, first in enumerate(firsts)]

    def words_of(self, window: Samples) -> tuple[Word, ...] | None:
        """What was said in a window, counted from its first sample; None where it reaches into the last seconds.

        Where the same audio comes again it has the same words, so the first place will do.
        """
        place = self._before.find(window.tobytes())
        if place < 0:
            return None
        start = place // window.itemsize * 1000 // SAMPLE_RATE
        end = start + len(window) * 1000 // SAMPLE_RATE
        return tuple(
            Word(word.text, max(start, word.start_ms) - start, min(end, word.end_ms) - start, word.probability)
            for word in self.words
            if 2 * start <= word.start_ms + word.end_ms < 2 * end
        )

    @cached_property
    def _before(self) -> bytes:
        return self.samples[: -LIVE_S * SAMPLE_RATE].tobytes()


def hour_of(folder: Path) -> Hour:
    """Of all consultations of a folder. Raises :class:`bench.consultation.NoAudio`."""
    talks = consultations(folder)
    last, live = np.split(talks[-1].samples, [-LIVE_S * SAMPLE_RATE])
    before = (HOUR_S - LIVE_S) * SAMPLE_RATE
    joined: list[Samples] = []
    words: list[Word] = []
    length = 0
    for talk, samples in itertools.cycle(zip(talks, [*(each.samples for each in talks[:-1]), last], strict=True)):
        words += _voiced(folder, talk, length)
        joined.append(samples)
        length += len(samples)
        if length >= before:
            break
    known = tuple(word for word in words if word.end_ms <= 1000 * (HOUR_S - LIVE_S))
    return Hour(np.concatenate([np.concatenate(joined)[:before], live]), known)


def _voiced(folder: Path, talk: Consultation, first_sample: int) -> Iterator[Word]:
    described = json.loads((folder / f"{talk.name}.json").read_text(encoding="utf-8"))
    for said in sorted(described["utterances"], key=lambda utterance: float(utterance["start"])):
        texts = said["text"].split()
        seconds = first_sample / SAMPLE_RATE + np.linspace(said["start"], said["end"], len(texts) + 1)
        edges = pairwise(np.rint(1000 * seconds).astype(int).tolist())
        yield from (Word(text, start, end, 1.0) for text, (start, end) in zip(texts, edges, strict=True))
