"""Who the speakers of a session are: their voices against voices that were named before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from chunk_workers.speakers.embedding import unit

SAME: Final = 0.82
"""Two mean voiceprints of unit length that are at least so alike may be one person's."""

MARGIN: Final = 0.05
"""So much less alike must the second best be, on either side: a mistaken name is worse than none."""

Name = TypeVar("Name")


def recognise(voices: NDArray[np.float32], known: Mapping[Name, Sequence[NDArray[np.float32]]]) -> dict[int, Name]:
    """Names of those rows of ``voices`` that are certain; nobody is named twice and nobody has two names.

    ``voices``: shape (speakers, size), as in ``diarization.Speakers``. ``known``: the voices of each person, of one
    enrolment or of several sessions; the most alike one counts. Vectors of one model only.
    """
    names = [name for name, heard in known.items() if len(heard)]
    if not len(voices) or not names:
        return {}
    likeness = np.stack([np.max(unit(voices) @ unit(np.stack(known[name])).T, axis=1) for name in names], axis=1)
    return {
        speaker: names[person]
        for speaker, person in enumerate(np.argmax(likeness, axis=1).tolist())
        if likeness[speaker, person] >= max(SAME, _next_best(likeness, speaker, person) + MARGIN)
    }


def _next_best(likeness: NDArray[np.float32], speaker: int, person: int) -> float:
    """The best of the same speaker with others, and of others with the same person."""
    others = np.concatenate([np.delete(likeness[speaker], person), np.delete(likeness[:, person], speaker)])
    return float(others.max(initial=-1.0))
