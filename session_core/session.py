"""A session: its states, and which step may follow which."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from session_core.errors import Invalid, SessionClosed


class SessionState(StrEnum):
    RECORDING = "recording"
    PAUSED = "paused"
    INTERRUPTED = "interrupted"
    SEALING = "sealing"
    TRANSCRIBING = "transcribing"
    LABELLING = "labelling"
    NOTING = "noting"
    READY = "ready"
    FAILED = "failed"


OPEN_STATES = frozenset({SessionState.RECORDING, SessionState.PAUSED, SessionState.INTERRUPTED})
"""Stop has not been said."""

SEALED_STATES = frozenset(
    {
        SessionState.TRANSCRIBING,
        SessionState.LABELLING,
        SessionState.NOTING,
        SessionState.READY,
        SessionState.FAILED,
    }
)
"""Nothing is waited for any more; a late chunk is still welcome where a hole is."""


TRANSCRIBED_STATES = SEALED_STATES - {SessionState.TRANSCRIBING}
"""All that was recorded has its words, or is shown as failed."""


@dataclass(frozen=True, slots=True)
class SessionDetails:
    """What identifies people: sealed at rest, never in a log."""

    title: str | None = None
    patient_id: str | None = None
    consent: Any = None


@dataclass(frozen=True, slots=True)
class Session:
    """A session's row as the programs see it. ``contiguous_through`` is -1 where chunk 0 is missing."""

    org_id: UUID
    id: UUID
    created_by: UUID
    state: SessionState
    details: SessionDetails
    media_type: str
    sample_rate: int
    chunk_seconds: float
    language: str | None
    version: int
    created_at: datetime
    stopped_at: datetime | None
    last_seq: int | None
    max_seq: int
    contiguous_through: int
    end_sample: int
    speaker_count: int | None = None

    @property
    def sealed_through(self) -> int:
        """Chunks 0 to this one need no copy at the recorder any more; -1 while the session is not sealed."""
        return self.contiguous_through if self.state in SEALED_STATES else -1

    def ms(self, sample: int) -> int:
        """A position on the session's timeline in milliseconds."""
        return sample * 1000 // self.sample_rate


def stopped(state: SessionState, known_last: int | None, last_seq: int, max_seq: int) -> SessionState:
    """The state after Stop, which may be said twice. Raises where it contradicts what is stored."""
    if state not in OPEN_STATES and known_last is not None:
        if known_last != last_seq:
            raise SessionClosed("the session was stopped with another last_seq")
        return state
    if last_seq < max_seq:
        raise Invalid(f"last_seq is {last_seq}, but chunk {max_seq} is stored")
    # One that was sealed by itself learns its last number afterwards.
    return SessionState.SEALING if state in OPEN_STATES else state


def paused(state: SessionState, pause: bool) -> SessionState:
    """The state after pause or continue; both may be said twice."""
    if state not in OPEN_STATES:
        raise SessionClosed("the session is stopped")
    return SessionState.PAUSED if pause else SessionState.RECORDING
