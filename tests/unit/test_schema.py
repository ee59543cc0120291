"""The published JSON Schema: valid by itself, fit for what is really sent, and as strict as the parser."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator, FormatChecker

from session_core.errors import Invalid, Overloaded
from session_core.messages.chunk import ChunkHeader
from session_core.messages.message import Request, parse
from session_core.messages.requests import REQUESTS
from session_core.messages.segment import SegmentChanges, wire_segment
from session_core.messages.session import SessionResumed, SessionStart, SessionStop
from session_core.messages.sign_in import Login
from session_core.messages.typed_note import NoteText
from session_core.schema import wire_schema
from session_core.segment import Segment, Word
from session_core.session import SessionState
from session_core.storage.events import StoredEvent

SCHEMA = wire_schema()


def validator(definition: str) -> Draft202012Validator:
    return Draft202012Validator(
        {"$ref": f"#/$defs/{definition}", "$defs": SCHEMA["$defs"]}, format_checker=FormatChecker()
    )


def references(node: object) -> list[str]:
    if isinstance(node, dict):
        own = [node["$ref"]] if isinstance(node.get("$ref"), str) else []
        return own + [found for value in node.values() for found in references(value)]
    return [found for value in node for found in references(value)] if isinstance(node, list) else []


def test_it_is_a_schema_and_every_reference_leads_somewhere() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    assert references(SCHEMA)
    assert {reference.removeprefix("#/$defs/") for reference in references(SCHEMA)} <= set(SCHEMA["$defs"])


def test_every_message_and_every_request_is_in_it() -> None:
    assert set(SCHEMA["requests"]) == {event for event, _, _ in REQUESTS}
    for name in ("Hello", "Event", "WireSegment", "Coverage", "Refusal", "SessionView", "TranscriptView"):
        assert name in SCHEMA["$defs"]


def event(type_: str, data: dict[str, Any]) -> dict[str, Any]:
    return StoredEvent(uuid4(), 7, type_, datetime.now(UTC), data).to_wire()


SEGMENT = wire_segment(Segment(uuid4(), 0, 700, "Good", (Word("Good", 0, 700, 0.5),), None, 1))
REAL: list[tuple[str, dict[str, Any]]] = [
    ("Event", event("session.state", {"state": "recording"})),
    ("Event", event("segment.final", SEGMENT)),
    ("Event", event("coverage", {"recorded_ms": 1, "transcribed_ms": 0, "holes": [[0, 1]]})),
    ("StateChange", {"state": "interrupted"}),
    ("WireSegment", SEGMENT),
    ("WireSegment", SEGMENT | {"text": "", "words": []}),
    ("Coverage", {"recorded_ms": 30_000, "transcribed_ms": 12_000, "holes": [[0, 500], [6_000, 12_000]]}),
    ("Event", event("segment.edited", SEGMENT | {"edited": True, "speaker": "S1"})),
    ("Event", event("speaker.updated", {"id": "S1", "name": None, "merged_into": "S2"})),
    ("Event", event("note.typed", {"id": str(uuid4()), "at_ms": 0, "text": ""})),
    ("WireSpeaker", {"id": "S1", "name": "Ann", "merged_into": None}),
    ("NoteTyped", {"id": str(uuid4()), "at_ms": 12_000, "text": "a note"}),
    ("WindowFailed", {"window_id": str(uuid4()), "start_ms": 0, "end_ms": 9, "code": "unavailable"}),
    ("QualityWarning", {"code": "undecodable_chunk", "seq": 3, "start_ms": 0, "end_ms": 15_000}),
    ("Refusal", {"error": Overloaded("why", retry_after_s=1).to_wire()}),
    ("SessionStart", {"client_ref": "a", "media_type": "audio/wav", "sample_rate": 16_000, "chunk_seconds": 15}),
    (
        "SessionResumed",
        SessionResumed(
            session_id=uuid4(),
            state=SessionState.PAUSED,
            stored=[(0, 3), (5, 5)],
            contiguous_through=3,
            sealed_through=-1,
            epoch="e",
        ).model_dump(mode="json"),
    ),
]


@pytest.mark.parametrize(("definition", "message"), REAL)
def test_what_is_sent_fits_it(definition: str, message: dict[str, Any]) -> None:
    assert [error.message for error in validator(definition).iter_errors(message)] == []


@pytest.mark.parametrize(("definition", "message"), REAL)
def test_a_later_version_may_add_fields(definition: str, message: dict[str, Any]) -> None:
    later = message | {"from_a_later_version": 1}
    assert [error.message for error in validator(definition).iter_errors(later)] == []


values = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 2**54),
    st.text(max_size=8),
    st.sampled_from(["ab" * 32, str(UUID(int=1))]),
)


VALID: list[tuple[type[Request], dict[str, Any]]] = [
    (
        ChunkHeader,
        {
            "session_id": str(uuid4()),
            "seq": 0,
            "first_sample": 0,
            "sample_count": 1,
            "sha256": "ab" * 32,
            "media_type": "audio/wav",
        },
    ),
    (SessionStart, {"client_ref": "a", "sample_rate": 16_000, "title": "First", "language": "de", "consent": {}}),
    (SegmentChanges, {"text": "as it was said", "speaker": "S1"}),
    (NoteText, {"at_ms": 0, "text": "a note"}),
    (SessionStop, {"session_id": str(uuid4()), "last_seq": -1}),
    (Login, {"email": "ann@north.example", "password": "secret"}),
]


@given(st.sampled_from(VALID), st.data())
def test_the_schema_and_the_parser_agree(valid: tuple[type[Request], dict[str, Any]], data: st.DataObject) -> None:
    model, fields = valid
    name = data.draw(st.sampled_from(list(model.model_fields)))
    changed = fields | {name: data.draw(values)}
    without = {other: value for other, value in fields.items() if other != name}
    for tried in (fields, changed, without):
        assert validator(model.__name__).is_valid(tried) == is_understood(model, tried)


def is_understood(model: type[Request], fields: dict[str, Any]) -> bool:
    try:
        parse(model, fields)
    except Invalid:
        return False
    return True
