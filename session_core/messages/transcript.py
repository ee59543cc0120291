"""The transcript of a session as it stands."""

from __future__ import annotations

from uuid import UUID

from session_core.messages.event import Coverage, WindowFailed
from session_core.messages.message import Answer
from session_core.messages.segment import WireSegment
from session_core.messages.speaker import WireSpeaker
from session_core.messages.typed_note import WireNote
from session_core.session import SessionState


class TranscriptView(Answer):
    session_id: UUID
    state: SessionState
    language: str | None
    head: int
    coverage: Coverage | None
    segments: list[WireSegment]
    failed: list[WindowFailed]
    speakers: list[WireSpeaker]
    typed_notes: list[WireNote]
