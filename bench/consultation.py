"""The consultations that are measured on: audio with the words that were voiced."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import jiwer
import numpy as np
from whisper_normalizer.english import EnglishTextNormalizer

from bench.reference import Said, read_reference
from hearken.chunk_file import SAMPLE_RATE, Samples
from hearken.recording import Cut, cut, read_blocks

CHUNK_SECONDS = 15


class NoAudio(Exception):
    """The folder with the consultations is not there; the message says what to do."""


@dataclass(frozen=True)
class Consultation:
    """``said`` is in the order in which it begins."""

    name: str
    samples: Samples
    said: tuple[Said, ...]

    @property
    def reference(self) -> str:
        return " ".join(each.text for each in self.said)

    def cuts(self, seconds: float | None = None) -> list[Cut]:
        """Chunks of 15 s of the whole, or of its first ``seconds``."""
        samples = self.samples if seconds is None else self.samples[: round(seconds * SAMPLE_RATE)]
        return list(cut(iter([samples]), CHUNK_SECONDS * SAMPLE_RATE))


def consultations(folder: Path) -> list[Consultation]:
    """All of a folder, in order of name. Raises :class:`NoAudio`."""
    found = sorted(folder.glob("day*_consultation*.ogg"))
    if not found:
        raise NoAudio(
            f"there are no day*_consultation*.ogg in {folder}: name their folder with --audio or BENCH_AUDIO. "
            "Beside each lies a .json with the utterances as voiced (start, end, text)"
        )
    return [_read(path) for path in found]


def _read(path: Path) -> Consultation:
    reference = read_reference([path.with_suffix(".json")])
    return Consultation(path.stem, np.concatenate(list(read_blocks(path))), reference.said or ())


@dataclass(frozen=True)
class WordErrors:
    """Errors and words of one or more transcripts, counted after whisper_normalizer's English rules."""

    errors: int = 0
    words: int = 0

    def __add__(self, other: WordErrors) -> WordErrors:
        return WordErrors(self.errors + other.errors, self.words + other.words)

    @property
    def rate(self) -> float:
        return self.errors / self.words


class Scorer:
    @cached_property
    def normalise(self) -> EnglishTextNormalizer:
        return EnglishTextNormalizer()

    def count(self, reference: str, hypothesis: str) -> WordErrors:
        counted = jiwer.process_words(self.normalise(reference), self.normalise(hypothesis))
        errors = counted.substitutions + counted.deletions + counted.insertions
        return WordErrors(errors, counted.hits + counted.substitutions + counted.deletions)
