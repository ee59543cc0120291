"""A line: a segment as readers and writers of notes see it, with its speaker's part in the session."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Line:
    """``id`` is the segment's. ``speaker`` is a speaker's id, None where nobody knows who spoke.

    ``role`` is what people call the speaker ("clinician", "patient", a name), None where nobody said. Lines are in
    the order in which they begin; their times are milliseconds on the session's timeline. ``pauses`` are milliseconds
    of silence before each word of the text, empty where nobody knows.
    """

    id: UUID
    start_ms: int
    end_ms: int
    text: str
    speaker: str | None = None
    role: str | None = None
    pauses: tuple[int, ...] = ()
