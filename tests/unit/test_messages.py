"""Requests are strict, refusals name fields and never content, answers keep their shape."""

from __future__ import annotations

from contextlib import suppress
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from session_core.errors import ALL_ERRORS, BadMedia, HearkenError, Invalid, Overloaded
from session_core.messages.chunk import ChunkHeader
from session_core.messages.connection import Refusal
from session_core.messages.message import parse
from session_core.messages.requests import REQUESTS
from session_core.messages.segment import WireSegment, wire_segment, word_from_wire
from session_core.messages.session import SessionChanges, SessionStart, SessionStop, SessionWatch
from session_core.messages.sign_in import Login
from session_core.segment import Segment, Word

SESSION = str(uuid4())
START: dict[str, Any] = {
    "client_ref": "recorder-1:session.7_b",
    "media_type": "audio/webm;codecs=opus",
    "sample_rate": 48_000,
    "chunk_seconds": 15,
}
CHUNK: dict[str, Any] = {
    "session_id": SESSION,
    "seq": 0,
    "first_sample": 0,
    "sample_count": 16_000,
    "sha256": "ab" * 32,
    "media_type": "audio/wav",
}

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(max_size=20)
    | st.binary(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=8,
)


@pytest.mark.parametrize(("field", "value"), [
    ("client_ref", None), ("client_ref", ""), ("client_ref", "a" * 201), ("client_ref", 7),
    ("title", 7), ("title", "a" * 301), ("patient_id", ["x"]),
    ("language", "en-"), ("language", "1"), ("language", ""), ("language", "english"),
    ("sample_rate", 7_999), ("sample_rate", 192_001), ("sample_rate", "48000"), ("sample_rate", 48_000.5),
    ("sample_rate", True), ("chunk_seconds", 0), ("chunk_seconds", -1), ("chunk_seconds", 60.1),
    ("chunk_seconds", float("nan")), ("chunk_seconds", True),
    ("chunk_seconds", "15"), ("media_type", 7), ("consent", b"yes"), ("consent", {"text": "a" * 4_000}),
])  # fmt: skip
def test_a_wrong_field_of_a_start_is_named(field: str, value: object) -> None:
    with pytest.raises(Invalid, match=f"wrong: {field}$"):
        parse(SessionStart, START | {field: value})


@pytest.mark.parametrize(("field", "value"), [
    ("session_id", "x"), ("session_id", 7), ("session_id", None),
    ("seq", -1), ("seq", 2**31), ("seq", "0"), ("seq", True), ("seq", 1.5), ("seq", None),
    ("first_sample", -1), ("first_sample", 2**53), ("sample_count", 0), ("sample_count", 2**31),
    ("sha256", "ab" * 31), ("sha256", "zz" * 32), ("sha256", "ab" * 33), ("sha256", b"ab" * 32),
    ("media_type", None), ("media_type", "a" * 201),
])  # fmt: skip
def test_a_wrong_field_of_a_chunk_is_named(field: str, value: object) -> None:
    with pytest.raises(Invalid, match=f"wrong: {field}$"):
        parse(ChunkHeader, CHUNK | {field: value})


@pytest.mark.parametrize("field", CHUNK)
def test_no_field_of_a_chunk_may_be_left_out(field: str) -> None:
    with pytest.raises(Invalid, match=field):
        parse(ChunkHeader, {name: value for name, value in CHUNK.items() if name != field})


def test_what_a_client_may_leave_out_or_add() -> None:
    started = parse(SessionStart, {"client_ref": "a", "sample_rate": 8_000, "new in version 2": True})
    assert (started.media_type, started.chunk_seconds, started.title) == ("audio/webm", 15.0, None)
    assert parse(SessionStart, START | {"client_ref": "Zimmer 7 ü", "language": "en-GB"}).language == "en-GB"
    assert parse(SessionWatch, {"session_id": SESSION}).after == 0
    assert parse(SessionStop, {"session_id": SESSION, "last_seq": -1}).last_seq == -1
    assert parse(SessionChanges, {"title": None}).model_dump(exclude_unset=True) == {"title": None}


def test_a_title_loses_the_space_around_it() -> None:
    assert parse(SessionStart, START | {"title": "  First visit "}).title == "First visit"


def test_a_header_becomes_a_chunk() -> None:
    chunk = parse(ChunkHeader, CHUNK | {"sha256": "AB" * 32, "media_type": "audio/x-wav"}).chunk()
    assert (chunk.session_id, chunk.sha256, chunk.media_type) == (UUID(SESSION), b"\xab" * 32, "audio/wav")
    with pytest.raises(BadMedia):
        parse(ChunkHeader, CHUNK | {"media_type": "audio/midi"}).chunk()


@given(st.sampled_from([model for _, model, _ in REQUESTS]), json_values)
def test_any_value_is_understood_or_invalid(model: type[Any], value: object) -> None:
    with suppress(Invalid):
        assert isinstance(parse(model, value), model)


@given(st.text(min_size=6, max_size=60))
def test_a_refusal_never_repeats_what_was_sent(content: str) -> None:
    wrong = {"email": [content], "password": {content: content}}
    with pytest.raises(Invalid) as refused:
        parse(Login, wrong)
    assert refused.value.message == "missing or wrong: email, password"


@pytest.mark.parametrize("error", ALL_ERRORS)
def test_every_error_has_the_wire_shape(error: type[HearkenError]) -> None:
    wire = error("why", retry_after_s=1.23456).to_wire()
    assert wire == {"code": error.code, "message": "why", "retryable": error.retryable, "retry_after_s": 1.235}
    Refusal.model_validate({"error": wire})
    assert "retry_after_s" not in Overloaded("why").to_wire()
    assert (error.status >= 500 or error.status == 429) == error.retryable


def test_a_segment_survives_the_wire() -> None:
    words = (Word("Good", 0, 200, 0.98765), Word("morning", 250, 700, 1.0))
    segment = Segment(uuid4(), 0, 700, "Good morning", words, None, 3)
    wire = wire_segment(segment)
    WireSegment.model_validate(wire, strict=False)
    assert wire["words"][0] == {"w": "Good", "s": 0, "e": 200, "p": 0.988}
    assert word_from_wire(wire["words"][1]) == words[1]
