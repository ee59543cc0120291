"""A session taken along over HTTP: in every form, by those who may, without a word of it where others look."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from io import BytesIO
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import orjson
import pytest
from docx import Document
from fhir.resources.R4B.bundle import Bundle
from jsonschema import Draft202012Validator
from pypdf import PdfReader

from session_core.envelope import Key
from session_core.keyring import Keyring
from session_core.schema import wire_schema
from session_core.segment import Segment, Word
from session_core.storage import artifacts, segments
from session_core.storage.database import Database
from stream_server.exports.export import MOST_LETTERS, MOST_WAITING
from tests.caller import Caller, Reply
from tests.installation import Installation, until

SECRET = "Zebedee"
TYPES = {
    "txt": "text/plain",
    "md": "text/markdown",
    "json": "application/json",
    "srt": "application/x-subrip",
    "vtt": "text/vtt",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "pdf": "application/pdf",
    "fhir": "application/fhir+json",
}
QUALITY = {
    "score": 91, "words": 3, "words_per_minute": 100.0, "missing_share": 0.0, "failed_share": 0.0, "unsure_share": 0.0,
    "repeated_share": 0.0, "languages": {"en": 3}, "unsure": [], "repeated": [], "warnings": [],
}  # fmt: skip


@pytest.fixture(scope="module")
async def database(installation: Installation) -> AsyncIterator[Database]:
    opened = await Database.connect(installation.settings.database_url, connections=2, timeout_s=10)
    yield opened
    await opened.close()


class Finished:
    """Ann's sessions as workers would leave them: with words, and with notes."""

    def __init__(self, installation: Installation, database: Database, ann: Caller) -> None:
        self._installation = installation
        self._database = database
        self._keyring = Keyring(database, Key(installation.settings.master_key_bytes))
        self.ann = ann

    async def session(self, *said: str, noted: str | None = None) -> str:
        session = await self.ann.session(title=f"Visit of {SECRET}", patient_id="P-17", language="en")
        session_id, window_id = UUID(session), uuid4()
        org_id = await self._installation.value("SELECT org_id FROM sessions WHERE id = $1", session_id)
        await self._installation.fetch(
            """
            INSERT INTO windows (org_id, session_id, id, kind, cut_sample, start_sample, end_sample, next_cut_sample,
                                 overlaps_previous, overlaps_next, generation, priority, state)
            VALUES ($1, $2, $3, 'final', 0, 0, 1, 1, false, false, 0, 1, 'done')
            """,
            org_id,
            session_id,
            window_id,
        )
        heard = [
            Segment(uuid4(), 1_000 * n, 1_000 * n + 900, text, (Word(text[:20], 1_000 * n, 1_000 * n + 900, 0.9),))
            for n, text in enumerate(said)
        ]
        key = await self._keyring.session(org_id, session_id)
        async with self._database.organisation(org_id) as connection:
            await segments.save(connection, org_id, session_id, key, [(window_id, segment) for segment in heard])
            if noted is not None:
                note = _note(noted, str(heard[0].id))
                await artifacts.publish(connection, org_id, session_id, key, artifacts.NOTES, 1, "extractive", note)
                await artifacts.publish(connection, org_id, session_id, key, artifacts.QUALITY, 1, "x", QUALITY)
        return session

    async def export(self, session: str, form: str, **more: str) -> Reply:
        return await self.ann("GET", f"/sessions/{session}/export", params={"format": form} | more)


def _note(text: str, segment_id: str) -> dict[str, Any]:
    statement = {
        "id": "a", "text": text, "segment_ids": [segment_id], "severity": None, "risk": None, "denied": False,
        "quote": None,
    }  # fmt: skip
    return {
        "template": "free", "template_name": "Free note", "template_version": 1, "writer": "extractive",
        "language": "en", "dropped": 0, "leaves": False, "screened": True,
        "sections": [{"key": "note", "title": "Note", "statements": [statement]}],
    }  # fmt: skip


@pytest.fixture
def finished(installation: Installation, database: Database, ann: Caller) -> Finished:
    return Finished(installation, database, ann)


async def test_a_session_is_taken_along_in_every_form(finished: Finished) -> None:
    session = await finished.session("it hurts", noted="Pain.")
    bodies = {}
    for form, media_type in TYPES.items():
        reply = await finished.export(session, form)
        assert (reply.status, reply.headers["Content-Type"].partition(";")[0]) == (200, media_type)
        assert reply.headers["Cache-Control"] == "no-store"
        suffix = "fhir.json" if form == "fhir" else form
        assert reply.headers["Content-Disposition"] == f'attachment; filename="session-{session[:8]}.{suffix}"'
        bodies[form] = reply.body
    assert b"[00:00] Speaker unknown: it hurts\n" in bodies["txt"]
    assert b"- Pain. [00:00]\n" in bodies["txt"]
    assert b"### Note\n\n- Pain." in bodies["md"]
    assert bodies["srt"].startswith(b"1\n00:00:00,000 --> 00:00:00,900\nit hurts\n")
    assert bodies["vtt"].startswith(b"WEBVTT\n")
    assert "Pain. [00:00]" in [paragraph.text for paragraph in Document(BytesIO(bodies["docx"])).paragraphs]
    assert "• Pain. [00:00]" in PdfReader(BytesIO(bodies["pdf"])).pages[0].extract_text()
    assert Bundle.model_validate_json(bodies["fhir"]).type == "document"
    document = orjson.loads(bodies["json"])
    Draft202012Validator({"$ref": "#/$defs/SessionExport", "$defs": wire_schema()["$defs"]}).validate(document)
    assert document["notes"]["sections"][0]["statements"][0]["text"] == "Pain."
    assert document["quality"]["score"] == 91


@pytest.mark.parametrize(
    ("asked", "clocks"),
    [({}, "universal time"), ({"time_zone": "Asia/Tokyo"}, "Tokyo time"), ({"time_zone": "../x"}, "universal time")],
)
async def test_times_are_by_the_clocks_that_were_asked_for(
    finished: Finished, asked: dict[str, str], clocks: str
) -> None:
    session = await finished.session("it hurts")
    shown = (await finished.export(session, "txt", **asked)).body.decode()
    assert shown.count(f" ({clocks})\n") == 2
    assert "Language: English\n" in shown


async def test_a_session_without_notes_is_taken_along_as_json_by_default(finished: Finished) -> None:
    session = await finished.session("it hurts")
    document = (await finished.ann("GET", f"/sessions/{session}/export")).ok()
    assert (document["notes"], document["quality"]) == (None, None)
    assert [segment["text"] for segment in document["transcript"]["segments"]] == ["it hurts"]
    assert b"There are none." in (await finished.export(session, "txt")).body


async def test_notes_are_taken_along_as_they_were_signed_and_by_whom(
    installation: Installation, finished: Finished
) -> None:
    session = await finished.session("it hurts", noted="Pain.")
    assert b"Not signed: a draft." in (await finished.export(session, "txt")).body
    (await finished.ann("POST", f"/sessions/{session}/notes/sign", json={"generation": 1, "revision": 0})).ok()
    assert f" by {installation.ann.email}." in (await finished.export(session, "txt")).body.decode()
    composition = orjson.loads((await finished.export(session, "fhir")).body)["entry"][0]["resource"]
    assert composition["status"] == "final"


async def test_what_was_signed_is_taken_along_also_after_it_was_changed(finished: Finished) -> None:
    session = await finished.session("it hurts", noted="Pain.")
    (await finished.ann("POST", f"/sessions/{session}/notes/sign", json={"generation": 1, "revision": 0})).ok()
    changed = {"key": "note", "statements": [{"id": "a", "text": "No pain."}]}
    edit = {"generation": 1, "revision": 1, "sections": [changed]}
    (await finished.ann("PUT", f"/sessions/{session}/notes", json=edit)).ok()
    now = (await finished.export(session, "txt")).body.decode()
    signed = (await finished.export(session, "txt", revision="1")).body.decode()
    assert "- No pain." in now
    assert "- Pain." in signed
    assert "Not signed" in now
    assert "Not signed" not in signed
    assert (await finished.export(session, "txt", revision="3")).refused() == "not_found"


async def test_notes_and_transcript_are_of_one_moment(installation: Installation, finished: Finished) -> None:
    """What was said goes while the file is gathered: its notes are found by then, its transcript is not."""
    session = await finished.session("it hurts", noted="Pain.")
    owner = await asyncpg.connect(installation.owner_url, timeout=10)
    try:
        async with owner.transaction():
            await owner.execute("LOCK TABLE note_revisions")
            exported = asyncio.create_task(finished.export(session, "json"))
            await until(lambda: _waits_for_notes(installation))
            await owner.execute("DELETE FROM segments WHERE session_id = $1", UUID(session))
    finally:
        await owner.close()
    document = (await exported).ok()
    (cited,) = document["notes"]["sections"][0]["statements"][0]["segment_ids"]
    assert [segment["id"] for segment in document["transcript"]["segments"]] == [cited]


async def _waits_for_notes(installation: Installation) -> bool:
    waiting = "SELECT count(*) FROM pg_locks WHERE relation = 'note_revisions'::regclass AND NOT granted"
    return bool(await installation.value(waiting))


async def test_what_is_no_format_is_refused(finished: Finished) -> None:
    session = await finished.session("it hurts")
    for form in ("", "doc", "PDF", "../pdf"):
        assert (await finished.export(session, form)).refused() == "invalid"


async def test_others_find_nothing_to_take_along(finished: Finished, bob: Caller) -> None:
    session = await finished.session("it hurts", noted="Pain.")
    for form in TYPES:
        reply = await bob("GET", f"/sessions/{session}/export", params={"format": form})
        assert reply.refused() == "not_found"


async def test_a_session_that_is_too_long_for_a_form_is_refused_there_and_comes_as_text(finished: Finished) -> None:
    said = "word " * 1_800
    session = await finished.session(*[said] * (MOST_LETTERS // len(said) + 1))
    for form in ("pdf", "docx", "fhir"):
        assert (await finished.export(session, form)).refused() == "too_large"
    assert len((await finished.export(session, "txt")).body) > MOST_LETTERS


async def test_a_node_writes_a_few_heavy_files_and_says_when_it_is_busy(finished: Finished) -> None:
    session = await finished.session(*["it hurts on the left side"] * 400)
    replies = await asyncio.gather(*(finished.export(session, "pdf") for _ in range(2 * MOST_WAITING)))
    done = [reply for reply in replies if reply.status == 200]
    assert len(done) >= MOST_WAITING
    refused = {reply.refused() for reply in replies if reply.status != 200}
    assert refused <= {"overloaded"}
    assert (await finished.export(session, "pdf")).status == 200


async def test_nothing_of_anybody_is_in_the_log(installation: Installation) -> None:
    assert SECRET not in installation.said()
