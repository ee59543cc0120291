"""What is recorded in a played session: each word is a run of equal samples, which tells the word and its speaker."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from chunk_workers.chunk_audio import Samples
from chunk_workers.voice import RATE
from session_core.segment import Word

CHUNK_SECONDS = 6.0
SPEECH = 4_000
"""Least amplitude that the scripted detector takes for speech."""
VOICES, WORDS_AT_ONCE = 3, 8
"""The scripted speakers, and how many words one says before the next has the floor."""


@dataclass(frozen=True)
class Piece:
    """One chunk as it is sent."""

    seq: int
    first_sample: int
    sample_count: int
    data: bytes


@dataclass(frozen=True)
class Recording:
    """``decoded`` is what the decoder makes of each file."""

    rate: int
    pieces: tuple[Piece, ...]
    decoded: dict[bytes, Samples | type[Exception]] = field(repr=False)


def talk(*voices: int, words: int = 24) -> Recording:
    """Each voice says so many words of 0.4 s, in the order given; a chunk for each."""
    pieces: list[Piece] = []
    decoded: dict[bytes, Samples | type[Exception]] = {}
    first = 0
    for seq, voice in enumerate(voices):
        # Every amplitude of a voice is used once: what is equal and side by side counts as one word.
        said = [
            SPEECH + (VOICES * (seq * 100 + number // WORDS_AT_ONCE) + voice) * WORDS_AT_ONCE + number % WORDS_AT_ONCE
            for number in range(words)
        ]
        pcm = np.concatenate([np.repeat(np.array(said, dtype=np.int16), RATE * 2 // 5), np.zeros(RATE, dtype=np.int16)])
        data = b"RIFF____WAVE%d %d" % (seq, voice)
        pieces.append(Piece(seq, first, len(pcm), data))
        decoded[data] = pcm
        first += len(pcm)
    return Recording(RATE, tuple(pieces), decoded)


SPELT = {"en": ("word", "half"), "de": ("wort", "halb"), "fr": ("mot", "demi")}
"""How words are written by language, whole ones and those that an edge cuts."""


def heard(pcm: Samples, language: str = "en") -> tuple[Word, ...]:
    """A word for each run of equal loud samples; one that an edge of the window cuts is misheard, as in life. Nothing
    that is said sounds like a word in any other language than those of ``SPELT``."""
    if language not in SPELT:
        return ()
    whole, half = SPELT[language]
    edges = [0, *(np.flatnonzero(np.diff(pcm)) + 1).tolist(), len(pcm)]
    words = []
    for start, end in pairwise(edges):
        if end > start and pcm[start] >= SPEECH:
            cut = start == 0 or end == len(pcm)
            text = f"{half if cut else whole}{pcm[start]}"
            words.append(Word(text, start * 1000 // RATE, end * 1000 // RATE, 0.5))
    return tuple(words)
