"""The transcript of a session as it stands."""

from __future__ import annotations

from uuid import UUID

from session_core.messages.event import Coverage, QualityWarning, WindowFailed
from session_core.messages.message import Answer, Message
from session_core.messages.segment import WireSegment
from session_core.messages.speaker import WireSpeaker
from session_core.messages.typed_note import WireNote
from session_core.session import SessionState


class WireStep(Message):
    """A step after Stop. ``state``: pending, running, done, failed, or void while it waits for the transcript."""

    step: str
    state: str
    generation: int
    code: str | None


class RemovedSegment(Message):
    """A segment that a person removed; ``text`` null of :class:`SegmentChanges` puts it back."""

    id: UUID
    start_ms: int
    end_ms: int


class TranscriptView(Answer):
    """Everything that the events up to ``head`` have told; ``provisional`` as it was sent."""

    session_id: UUID
    state: SessionState
    language: str | None
    head: int
    coverage: Coverage | None
    segments: list[WireSegment]
    provisional: WireSegment | None
    removed: list[RemovedSegment]
    failed: list[WindowFailed]
    warnings: list[QualityWarning]
    speakers: list[WireSpeaker]
    typed_notes: list[WireNote]
    steps: list[WireStep]
