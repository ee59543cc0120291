"""The port to a recogniser: what an engine takes, gives and promises.

``tests/contract/test_recogniser_contract.py`` holds every adapter to what is written here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from session_core.errors import Invalid
from session_core.segment import Word

UNDETERMINED = "und"
"""The language of audio in which none was heard (BCP 47)."""


class NotYet(Exception):
    """The engine does not know the language, and one that may is on its way."""


class UnsupportedLanguage(Invalid):
    """The engine that runs here does not know the language asked for; trying again cannot help."""


@dataclass(frozen=True, slots=True, eq=False)
class Utterance:
    """Audio to be recognised: 16 kHz mono, at most 30 s.

    ``language`` is a BCP 47 tag ("en", "en-GB"), None to have it detected (an engine of one language answers with
    that one). ``hotwords`` are words that are likely to be said, spelt as they are to be written: names, drugs.
    """

    pcm: NDArray[np.int16]
    language: str | None
    hotwords: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Recognition:
    """What was heard in one utterance.

    ``words`` are in the order they were spoken and do not overlap, with times in milliseconds from the utterance's
    first sample: ``0 <= start_ms < end_ms <= duration``, as long as there is a millisecond for each. ``language`` is a
    primary language subtag ("en"): the one asked for, or the one detected where none was; it says nothing about audio
    in which there are no words. ``cpu_seconds`` is the processor time of all threads that this recognition took, its
    share where several were recognised together; it is no part of equality.
    """

    words: tuple[Word, ...]
    language: str
    cpu_seconds: float = field(compare=False)


@dataclass(frozen=True, slots=True)
class Doubted:
    """What was said first is not to be believed. Asked for alone, the utterance is tried again, which takes long."""


Heard: TypeAlias = Recognition | Doubted | UnsupportedLanguage
"""What comes of an utterance."""


class Recognizer(Protocol):
    """Turns speech into words.

    Stateless: the same samples, language and hotwords give an equal ``Recognition`` whatever was recognised before or
    together with them, if they give one, which is what makes a transcript a pure function of its audio. Not
    thread-safe: one call at a time.
    """

    @property
    def name(self) -> str:
        """Engine and model, for people: "pocketsphinx en-us", "whisper small int8"."""

    @property
    def languages(self) -> frozenset[str] | None:
        """Primary subtags of the languages it knows, None where it knows only once it has been asked."""

    @property
    def at_once(self) -> int:
        """How many utterances are best recognised together; 1 where nothing is gained by it."""

    @property
    def devices(self) -> int:
        """How many devices of the kind that it runs on are here, each of which could carry one more of it."""

    def recognise(self, utterances: Sequence[Utterance]) -> list[Heard]:
        """What was heard in each, in their order. Audio that is empty or too short to hold a word gives no words.

        One of several may be ``Doubted``, so that the others need not wait for it; one alone never is.

        Any exception means that the engine is not to be used any more.
        """


def recognise_one(recognizer: Recognizer, pcm: NDArray[np.int16], language: str | None) -> Recognition:
    """What is heard in one stretch of audio. Raises ``UnsupportedLanguage``."""
    (heard,) = recognizer.recognise([Utterance(pcm, language)])
    if isinstance(heard, UnsupportedLanguage):
        raise heard
    assert isinstance(heard, Recognition)
    return heard
