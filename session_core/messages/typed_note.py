"""Typed notes on the wire."""

from __future__ import annotations

from datetime import UTC
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field, StringConstraints

from session_core.chunk import MAX_SAMPLE
from session_core.messages.message import Answer, Message, Request
from session_core.typed_note import LONGEST_NOTE, TypedNote


class NoteText(Request):
    """An empty ``text`` removes the note."""

    at_ms: Annotated[int, Field(ge=0, le=MAX_SAMPLE)]
    text: Annotated[str, StringConstraints(max_length=LONGEST_NOTE, strip_whitespace=True)]


class NoteTyped(Message):
    """A note of a person; an empty ``text`` says that it was removed."""

    id: UUID
    at_ms: int
    text: str


class WireNote(NoteTyped):
    written_at: str


class NoteList(Answer):
    items: list[WireNote]


def wire_note(note: TypedNote) -> dict[str, Any]:
    return {
        "id": str(note.id),
        "at_ms": note.at_ms,
        "text": note.text,
        "written_at": note.written_at.astimezone(UTC).isoformat(),
    }
