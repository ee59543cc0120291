"""Turns: who speaks when, as the diarization of a session says."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Generic, TypeVar

Who = TypeVar("Who", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Turn(Generic[Who]):
    """``speaker`` is the id of one of the session's speakers or, while the voices have no ids yet, a number. Times are
    milliseconds on the session's timeline."""

    start_ms: int
    end_ms: int
    speaker: Who
