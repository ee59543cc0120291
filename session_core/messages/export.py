"""A whole session as one document, to be kept or read by other programs."""

from __future__ import annotations

from typing import Literal

from session_core.messages.message import Answer
from session_core.messages.note import NotesView
from session_core.messages.quality import QualityView
from session_core.messages.session import SessionView
from session_core.messages.transcript import TranscriptView


class SessionExport(Answer):
    """``notes`` is null where none were written, ``quality`` where the session is not transcribed yet.

    ``version`` rises when the meaning of a field changes. Segments name the speaker at the end of the merges.
    """

    format: Literal["hearken.session"] = "hearken.session"
    version: Literal[1] = 1
    exported_at: str
    session: SessionView
    transcript: TranscriptView
    notes: NotesView | None
    quality: QualityView | None
