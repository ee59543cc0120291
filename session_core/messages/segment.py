"""Segments and their words on the wire, and the corrections of people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any
from uuid import UUID

from pydantic import StringConstraints

from session_core.correction import LONGEST_TEXT
from session_core.messages.message import Message, Request
from session_core.messages.speaker import SpeakerId
from session_core.segment import Segment, Word


class WireWord(Message):
    w: str
    s: int
    e: int
    p: float


class WireSegment(Message):
    """A segment on the wire. An empty ``text`` says that it is withdrawn, ``edited`` that a person corrected it."""

    id: UUID
    start_ms: int
    end_ms: int
    speaker: str | None
    text: str
    words: list[WireWord]
    generation: int
    edited: bool = False


class SegmentChanges(Request):
    """Fields that are absent stay as they are. ``text`` null gives back what was recognised, an empty one removes the
    segment; ``speaker`` null says that nobody known is speaking."""

    text: Annotated[str, StringConstraints(max_length=LONGEST_TEXT, strip_whitespace=True)] | None = None
    speaker: SpeakerId | None = None


def wire_word(word: Word) -> dict[str, Any]:
    return {"w": word.text, "s": word.start_ms, "e": word.end_ms, "p": round(word.probability, 3)}


def word_from_wire(value: dict[str, Any]) -> Word:
    return Word(text=value["w"], start_ms=value["s"], end_ms=value["e"], probability=value["p"])


def wire_segment(segment: Segment) -> dict[str, Any]:
    return {
        "id": str(segment.id),
        "start_ms": segment.start_ms,
        "end_ms": segment.end_ms,
        "speaker": segment.speaker,
        "text": segment.text,
        "words": [wire_word(word) for word in segment.words],
        "generation": segment.generation,
        "edited": segment.edited,
    }


def segment_from_wire(value: Mapping[str, Any]) -> Segment:
    return Segment(
        id=UUID(value["id"]),
        start_ms=value["start_ms"],
        end_ms=value["end_ms"],
        text=value["text"],
        words=tuple(word_from_wire(word) for word in value["words"]),
        speaker=value.get("speaker"),
        generation=value.get("generation", 0),
        edited=value.get("edited", False),
    )
