"""Sessions, their chunks, Stop, retry and the transcript over HTTP."""

from __future__ import annotations

import base64
import hashlib
from typing import Any
from uuid import UUID, uuid4

import pytest
from jsonschema import Draft202012Validator

from session_core.schema import wire_schema
from tests.caller import LIMIT, SECOND, Caller
from tests.installation import PASSWORD, Installation
from tests.integration.routes.heard_session import HeardSession
from tests.sound import file_of, tone


async def test_a_session_is_started_seen_renamed_and_deleted(installation: Installation, ann: Caller) -> None:
    session = await ann.session(title="First visit", patient_id="p-1", language="en")
    await ann.put(session, 0)
    seen = (await ann("GET", f"/sessions/{session}")).ok()
    assert {name: seen[name] for name in ("state", "title", "patient_id", "language", "recorded_ms", "head")} == {
        "state": "recording",
        "title": "First visit",
        "patient_id": "p-1",
        "language": "en",
        "recorded_ms": 1000,
        "head": 2,
    }
    renamed = (await ann("PATCH", f"/sessions/{session}", json={"title": "Second visit"})).ok()
    assert (renamed["title"], renamed["patient_id"]) == ("Second visit", "p-1")
    cleared = (await ann("PATCH", f"/sessions/{session}", json={"patient_id": None})).ok()
    assert (cleared["title"], cleared["patient_id"]) == ("Second visit", None)
    assert (await ann("DELETE", f"/sessions/{session}")).status == 204
    assert (await ann("GET", f"/sessions/{session}")).refused() == "not_found"
    assert (await ann.put(session, 1)).refused() == "not_found"
    for table in ("sessions WHERE id", "chunks WHERE session_id", "events WHERE session_id"):
        assert await installation.value(f"SELECT count(*) FROM {table} = $1", UUID(session)) == 0


async def test_another_language_is_said_and_told(ann: Caller, heard: HeardSession) -> None:
    assert (await heard("PATCH", "", {"language": "pt-BR"}))["language"] == "pt-BR"
    assert (await heard("PATCH", "", {"title": "Second visit"}))["language"] == "pt-BR"
    assert await heard.log() == [("session.language", {"language": "pt-BR"})]
    for wrong in (None, "", "Portuguese", "p", "pt--BR", "pt BR", 7):
        assert await heard.refused("PATCH", "", {"language": wrong}) == "invalid"
    assert (await heard("GET", ""))["language"] == "pt-BR"


async def test_starting_again_with_the_same_client_ref_finds_the_session(ann: Caller) -> None:
    ref = str(uuid4())
    assert await ann.session(client_ref=ref) == await ann.session(client_ref=ref)


async def test_pages_are_complete_in_order_and_without_doubles(ann: Caller) -> None:
    patient = str(uuid4())
    made = [await ann.session(patient_id=patient) for _ in range(7)]
    await ann.session(patient_id="somebody else")
    found: list[str] = []
    cursor: str | None = None
    while True:
        query = {"patient_id": patient, "limit": "3"} | ({"cursor": cursor} if cursor else {})
        page = (await ann("GET", "/sessions", params=query)).ok()
        found += [item["session_id"] for item in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
        # What begins meanwhile is newer than every cursor: it moves no page.
        await ann.session(patient_id=patient)
    assert found == made[::-1]


async def test_a_list_is_narrowed_by_state(ann: Caller) -> None:
    patient = str(uuid4())
    going, stopped = await ann.session(patient_id=patient), await ann.session(patient_id=patient)
    (await ann("POST", f"/sessions/{stopped}/stop", json={"last_seq": -1})).ok()
    assert await listed(ann, patient_id=patient, state="recording") == [going]
    assert await listed(ann, patient_id=patient, state="sealing") == [stopped]
    assert await listed(ann, patient_id=patient, state="ready") == []


async def test_sessions_are_found_by_words_of_their_titles_and_their_beginnings(ann: Caller, bob: Caller) -> None:
    first = await ann.session(title="Quarterly Überprüfung of Xylophone therapy")
    second = await ann.session(title="Xylem review")
    assert await listed(ann, q="xyl") == [second, first]
    assert await listed(ann, q="XYLO") == await listed(ann, q="therapy über") == [first]
    assert await listed(ann, q="xylophones") == await listed(ann, q="ylo") == []
    assert await listed(bob, q="xyl") == []
    (await ann("PATCH", f"/sessions/{first}", json={"title": "Piano"})).ok()
    assert await listed(ann, q="xyl") == [second]


@pytest.mark.parametrize(
    "query",
    [{"limit": "0"}, {"limit": "201"}, {"limit": "x"}, {"limit": "-1"}, {"state": "none"}, {"cursor": "x"},
     {"cursor": base64.urlsafe_b64encode(b"2026-01-01|x").decode()}, {"cursor": "é"}],
)  # fmt: skip
async def test_a_list_that_is_asked_for_wrongly_is_refused(ann: Caller, query: dict[str, str]) -> None:
    assert (await ann("GET", "/sessions", params=query)).refused() == "invalid"


async def listed(caller: Caller, **query: str) -> list[str]:
    return [item["session_id"] for item in (await caller("GET", "/sessions", params=query)).ok()["items"]]


async def test_a_session_tells_whether_chunks_are_missing_between_those_that_came(ann: Caller) -> None:
    async def told(session: str) -> tuple[int, int]:
        shown = (await ann("GET", f"/sessions/{session}")).ok()
        return shown["contiguous_through"], shown["max_seq"]

    session = await ann.session()
    assert await told(session) == (-1, -1)
    (await ann.put(session, 0)).ok()
    (await ann.put(session, 2)).ok()
    assert await told(session) == (0, 2)
    (await ann.put(session, 1)).ok()
    assert await told(session) == (2, 2)


async def test_a_chunk_by_http_is_the_chunk_event(installation: Installation, ann: Caller) -> None:
    session = await ann.session()
    stored = (await ann.put(session, 0)).ok()
    assert (stored["seq"], stored["duplicate"], stored["contiguous_through"]) == (0, False, 0)
    assert stored["sha256"] == hashlib.sha256(SECOND).hexdigest()
    assert (await ann.put(session, 0)).ok()["duplicate"] is True
    assert (await ann.put(session, 0, file_of(tone(1.0, hertz=300), "audio/wav"))).refused() == "seq_conflict"
    assert await installation.value("SELECT count(*) FROM chunks WHERE session_id = $1", UUID(session)) == 1
    assert (await ann("POST", f"/sessions/{session}/stop", json={"last_seq": 0})).ok() == {"state": "sealing"}
    assert (await ann.put(session, 1)).refused() == "session_closed"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"headers": {"Digest": ""}}, "invalid"),
        ({"headers": {"Digest": "sha-256=nonsense"}}, "invalid"),
        ({"headers": {"Digest": "sha-256=AAAA"}}, "invalid"),
        ({"headers": {"Digest": "md5=AAAA"}}, "invalid"),
        ({"headers": {"Digest": f"sha-256={base64.b64encode(bytes(32)).decode()}"}}, "invalid"),
        ({"headers": {"Content-Type": "application/json"}}, "bad_media"),
        ({"headers": {"Content-Type": "audio/webm"}}, "bad_media"),
        ({"query": {"first_sample": None}}, "invalid"),
        ({"query": {"sample_count": None}}, "invalid"),
        ({"query": {"first_sample": "-1"}}, "invalid"),
        ({"query": {"first_sample": "1e3"}}, "invalid"),
        ({"query": {"first_sample": "9" * 5000}}, "invalid"),
        ({"query": {"sample_count": "0"}}, "invalid"),
        ({"query": {"sample_count": "960001"}}, "too_large"),
        ({"data": b""}, "bad_media"),
        ({"data": b"\x00garbage"}, "bad_media"),
        ({"data": bytes(LIMIT + 1)}, "too_large"),
        ({"data": bytes(LIMIT * 9)}, "too_large"),
    ],
)  # fmt: skip
async def test_a_chunk_that_is_wrong_is_refused_by_its_code(ann: Caller, change: dict[str, Any], code: str) -> None:
    session = await ann.session()
    assert (await ann.put(session, 0, **change)).refused() == code
    (await ann.put(session, 0)).ok()


async def test_a_digest_may_stand_among_others(ann: Caller) -> None:
    digest = hashlib.sha256(SECOND)
    among = {"Digest": f"md5=AAAA, SHA-256={base64.b64encode(digest.digest()).decode()}"}
    assert (await ann.put(await ann.session(), 0, headers=among)).ok()["sha256"] == digest.hexdigest()


@pytest.mark.parametrize("body", [{}, {"last_seq": "0"}, {"last_seq": -2}, {"last_seq": None}, [], 7, None])
async def test_a_stop_that_is_wrong_is_refused(ann: Caller, body: object) -> None:
    session = await ann.session()
    assert (await ann("POST", f"/sessions/{session}/stop", json=body)).refused() == "invalid"


async def test_stop_may_be_said_again_with_the_same_number_alone(ann: Caller) -> None:
    session = await ann.session()
    for _ in range(2):
        (await ann("POST", f"/sessions/{session}/stop", json={"last_seq": 2})).ok()
    assert (await ann("POST", f"/sessions/{session}/stop", json={"last_seq": 3})).refused() == "session_closed"


async def test_retry_is_answered_with_the_state(ann: Caller) -> None:
    session = await ann.session()
    assert (await ann("POST", f"/sessions/{session}/retry", json={"step": "transcribe"})).ok() == {"state": "recording"}
    assert (await ann("POST", f"/sessions/{session}/retry", json={"step": "dream"})).refused() == "invalid"


async def test_a_transcript_is_json_or_text_as_asked_for(ann: Caller) -> None:
    session = await ann.session()
    view = (await ann("GET", f"/sessions/{session}/transcript")).ok()
    assert view["session_id"] == session
    assert (view["state"], view["head"], view["segments"], view["coverage"]) == ("recording", 1, [], None)
    schema = wire_schema()
    Draft202012Validator({"$ref": "#/$defs/TranscriptView", "$defs": schema["$defs"]}).validate(view)
    for options in ({"params": {"format": "txt"}}, {"headers": {"Accept": "text/plain"}}):
        text = await ann("GET", f"/sessions/{session}/transcript", **options)
        assert text.status == 200
        assert text.headers["Content-Type"].startswith("text/plain")
        assert text.headers["Cache-Control"] == "no-store"
    assert (await ann("GET", f"/sessions/{session}/transcript", params={"format": "pdf"})).refused() == "invalid"


async def test_nothing_of_anybody_is_in_the_log(installation: Installation) -> None:
    said = installation.said()
    for word in ("First visit", "Xylo", installation.ann.email, PASSWORD):
        assert word not in said
