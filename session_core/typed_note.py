"""A note that a person typed at a moment of the session."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

MOST_NOTES: Final = 2_000
"""Of one session."""

LONGEST_NOTE: Final = 10_000
"""Characters."""


@dataclass(frozen=True, slots=True)
class TypedNote:
    """``id`` is the client's. ``at_ms`` is a place on the timeline, which may be ahead of what has arrived."""

    id: UUID
    at_ms: int
    text: str
    written_at: datetime
