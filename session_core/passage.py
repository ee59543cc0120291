"""Passages: what search finds of a session. A speaker's turn, or as much of it as can be read at a glance."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Embedding:
    """``vector`` has length 1. Those of different ``model`` names do not compare."""

    model: str
    vector: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class PassageBody:
    """What of a passage is sealed. ``speaker`` is how its speaker is called, None where nobody knows who spoke."""

    text: str
    segment_ids: tuple[UUID, ...]
    speaker: str | None

    def to_wire(self) -> dict[str, Any]:
        return {"text": self.text, "segments": [str(each) for each in self.segment_ids], "speaker": self.speaker}

    @classmethod
    def from_wire(cls, wire: dict[str, Any]) -> PassageBody:
        return cls(wire["text"], tuple(map(UUID, wire["segments"])), wire["speaker"])


@dataclass(frozen=True, slots=True)
class IndexedPassage:
    """A passage as it is stored: ``words`` and ``speaker`` are keyed digests (see ``passage_words``). Times are
    milliseconds on the session's timeline. Without an ``embedding`` it is found by its words alone."""

    start_ms: int
    end_ms: int
    speaker: bytes | None
    words: str
    body: PassageBody
    embedding: Embedding | None


@dataclass(frozen=True, slots=True, order=True)
class PassageId:
    """``number`` counts the passages of the session from 0."""

    session_id: UUID
    number: int


@dataclass(frozen=True, slots=True)
class PassageFilter:
    """What search is narrowed to; None: not in this way. ``speaker`` and ``patient`` are blind digests, ``since`` and
    ``until`` of when the session began, ``until`` not included."""

    session_id: UUID | None = None
    speaker: bytes | None = None
    patient: bytes | None = None
    since: datetime | None = None
    until: datetime | None = None
