"""Words and segments: what a transcript is made of."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Word:
    """One spoken word on the session's timeline.

    ``start_ms`` and ``end_ms`` count from the session's first sample; ``probability`` is the
    recogniser's confidence in [0, 1].
    """

    text: str
    start_ms: int
    end_ms: int
    probability: float


@dataclass(frozen=True, slots=True)
class Segment:
    """An utterance: words that belong together, with one speaker.

    ``id`` is derived from the session and the place, so the same audio gives the same ids in whatever
    order it arrived. ``generation`` counts how often this place was transcribed anew. ``edited``: the text is a
    person's.
    """

    id: UUID
    start_ms: int
    end_ms: int
    text: str
    words: tuple[Word, ...]
    speaker: str | None = None
    generation: int = 0
    edited: bool = False


def spelling(text: str) -> str:
    """A word without case and punctuation, or itself where nothing else is left."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(letter for letter in folded if letter.isalnum()) or folded
