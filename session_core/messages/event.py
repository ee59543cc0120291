"""Events of a session, and what those of its course carry."""

from __future__ import annotations

from typing import Any, Literal
from uuid import UUID

from session_core.messages.message import Message
from session_core.session import SessionState


class StateChange(Message):
    state: SessionState


class SessionLanguage(Message):
    """A BCP 47 tag."""

    language: str


class Coverage(Message):
    """Positions in milliseconds; ``holes`` are missing or unreadable stretches, half open, in order."""

    recorded_ms: int
    transcribed_ms: int
    holes: list[tuple[int, int]]


class WindowFailed(Message):
    window_id: UUID
    start_ms: int
    end_ms: int
    code: str


class QualityWarning(Message):
    """``undecodable_chunk``: the bytes of chunk ``seq`` could not be read, its place is a hole."""

    code: str
    seq: int | None = None
    start_ms: int | None = None
    end_ms: int | None = None


class StepProgress(Message):
    """``percent`` of the step is done; ``eta_s``: about how many seconds the rest takes, where that can be told."""

    step: str
    percent: int
    message: str
    eta_s: int | None = None


class StepFailed(Message):
    """The step was given up and the session goes on without it; ``code`` of the error that was the last one."""

    step: str
    code: str


class ArtifactReady(Message):
    kind: str
    generation: int


class Event(Message):
    session_id: UUID
    version: int
    type: Literal[
        "session.state",
        "session.language",
        "session.progress",
        "coverage",
        "segment.provisional",
        "segment.final",
        "segment.edited",
        "window.failed",
        "speaker.updated",
        "note.typed",
        "quality.warning",
        "artifact.ready",
        "step.failed",
        "note.section",
        "note.edited",
        "live.partial",
    ]
    at: str
    data: dict[str, Any]
