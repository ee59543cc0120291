"""Notes and their templates over HTTP: seen, changed, signed, never lost to somebody else's change."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from jsonschema import Draft202012Validator

from session_core.envelope import Key
from session_core.keyring import Keyring
from session_core.schema import wire_schema
from session_core.segment import Segment, Word
from session_core.storage import artifacts, events, segments
from session_core.storage.artifacts import NOTES
from session_core.storage.database import Database
from tests.caller import Caller
from tests.installation import Installation

SECRET = "Zebedee"
"""What must not be seen outside of sealed bytes."""


@pytest.fixture(scope="module")
async def database(installation: Installation) -> AsyncIterator[Database]:
    opened = await Database.connect(installation.settings.database_url, connections=2, timeout_s=10)
    yield opened
    await opened.close()


class Noted:
    """A session of Ann's with two segments, and notes as a worker would publish them."""

    def __init__(self, installation: Installation, database: Database, ann: Caller) -> None:
        self._installation = installation
        self._database = database
        self._keyring = Keyring(database, Key(installation.settings.master_key_bytes))
        self.ann = ann

    async def start(self) -> None:
        self.id = await self.ann.session()
        self.uuid = UUID(self.id)
        self.org_id = await self._installation.value("SELECT org_id FROM sessions WHERE id = $1", self.uuid)
        self.key = await self._keyring.session(self.org_id, self.uuid)
        window_id = uuid4()
        await self._installation.fetch(
            """
            INSERT INTO windows (org_id, session_id, id, kind, cut_sample, start_sample, end_sample, next_cut_sample,
                                 overlaps_previous, overlaps_next, generation, priority, state)
            VALUES ($1, $2, $3, 'final', 0, 0, 160000, 160000, false, false, 0, 1, 'done')
            """,
            self.org_id,
            self.uuid,
            window_id,
        )
        made = [Segment(uuid4(), at, at + 900, text, (Word(text, at, at + 900, 0.5),))
                for at, text in ((0, "hello"), (1_000, f"I am {SECRET}"))]  # fmt: skip
        async with self._database.organisation(self.org_id) as connection:
            await segments.save(connection, self.org_id, self.uuid, self.key, [(window_id, each) for each in made])
        self.segments = [str(segment.id) for segment in made]

    async def publish(self, generation: int, text: str = "The patient said a name.") -> None:
        body = {
            "template": "session", "template_version": 1, "template_name": "Session note", "writer": "script",
            "language": "en", "dropped": 1, "leaves": True, "screened": True,
            "sections": [
                {"key": "topics", "title": "Topics", "statements": [statement("topics-0", text, self.segments[1])]},
                {"key": "flags", "title": "Risks", "statements": [
                    statement("flags-0", "A risk.", self.segments[0], severity="high", risk="suicide"),
                ]},
            ],
        }  # fmt: skip
        async with self._database.organisation(self.org_id) as connection:
            await artifacts.publish(connection, self.org_id, self.uuid, self.key, NOTES, generation, "script", body)

    async def log(self) -> list[tuple[str, dict[str, Any]]]:
        async with self._database.organisation(self.org_id) as connection:
            found = await events.after(connection, self.uuid, self.key, 1, 10_000)
        return [(event.type, event.data) for event in found]

    async def __call__(self, method: str, path: str = "", body: object = None) -> Any:
        options = {} if body is None else {"json": body}
        return (await self.ann(method, f"/sessions/{self.id}/notes{path}", **options)).ok()

    async def refused(self, method: str, path: str, body: object) -> str:
        return (await self.ann(method, f"/sessions/{self.id}/notes{path}", json=body)).refused()


def statement(id_: str, text: str, segment: str, **more: Any) -> dict[str, Any]:
    weight = {"severity": None, "risk": None, "denied": False}
    return {"id": id_, "text": text, "segment_ids": [segment], "quote": "hello"} | weight | more


def edit(revision: int, *statements: dict[str, Any], generation: int = 1, key: str = "topics") -> dict[str, Any]:
    sections = [{"key": key, "statements": list(statements)}]
    return {"generation": generation, "revision": revision, "sections": sections}


@pytest.fixture
async def noted(installation: Installation, database: Database, ann: Caller) -> Noted:
    session = Noted(installation, database, ann)
    await session.start()
    await session.publish(1)
    return session


def texts(view: dict[str, Any]) -> list[list[str]]:
    return [[each["text"] for each in section["statements"]] for section in view["sections"]]


async def test_notes_are_not_found_until_there_are_some(
    installation: Installation, database: Database, ann: Caller
) -> None:
    session = Noted(installation, database, ann)
    await session.start()
    assert (await ann("GET", f"/sessions/{session.id}/notes")).refused() == "not_found"
    for path, body in (("", edit(0)), ("/sign", {"generation": 1, "revision": 0})):
        assert await session.refused("POST" if path else "PUT", path, body) == "not_found"


async def test_what_was_written_is_shown_as_it_was_written(noted: Noted) -> None:
    view = await noted("GET")
    assert texts(view) == [["The patient said a name."], ["A risk."]]
    assert (view["generation"], view["newest"], view["revision"]) == (1, 1, 0)
    assert (view["dropped"], view["tokens"], view["cost"], view["uncounted"]) == (1, None, None, 0)
    assert {view[name] for name in ("edited_at", "edited_by", "signed_at", "signed_by")} == {None}
    Draft202012Validator({"$ref": "#/$defs/NotesView", "$defs": wire_schema()["$defs"]}).validate(view)


async def test_a_change_is_kept_with_who_made_it_and_leaves_the_other_sections(
    installation: Installation, noted: Noted
) -> None:
    added = {"text": f"  {SECRET} was tired. ", "segment_ids": []}
    view = await noted("PUT", "", edit(0, {"id": "topics-0", "text": "Changed.", "segment_ids": noted.segments}, added))
    assert texts(view) == [["Changed.", f"{SECRET} was tired."], ["A risk."]]
    first, second = view["sections"][0]["statements"]
    assert (first["edited"], first["quote"], first["segment_ids"]) == (True, "hello", noted.segments)
    assert (second["edited"], second["quote"], second["segment_ids"]) == (True, None, [])
    assert (view["revision"], view["edited_by"], view["signed_by"]) == (1, installation.ann.email, None)
    assert view["edited_at"] is not None
    assert await noted("GET") == view
    assert await noted.log() == [("note.edited", {"revision": 1, "signed": False})]
    bodies = await installation.fetch("SELECT body FROM note_revisions WHERE session_id = $1", noted.uuid)
    assert not any(SECRET.encode() in row["body"] for row in bodies)
    same = {"id": "topics-0", "text": "Changed.", "segment_ids": []}
    last = await noted("PUT", "", edit(1, same))
    assert last["sections"][0]["statements"][0]["quote"] is None, "it does not cite where that was said any more"
    assert (await noted("GET", "?generation=1"))["sections"][0]["statements"][0]["edited"] is False


async def test_a_risk_keeps_its_weight_unless_a_person_gives_it_another(noted: Noted) -> None:
    view = await noted("PUT", "", edit(0, {"id": "flags-0", "text": "Reworded."}, key="flags"))
    (flag,) = view["sections"][1]["statements"]
    assert (flag["severity"], flag["risk"]) == ("high", "suicide")
    view = await noted("PUT", "", edit(1, {"id": "flags-0", "text": "Reworded.", "severity": "low"}, key="flags"))
    assert view["sections"][1]["statements"][0]["severity"] == "low"
    assert view["sections"][1]["statements"][0]["denied"] is False
    denied = {"id": "flags-0", "text": "Reworded.", "denied": True, "risk": "abuse"}
    added = {"text": "Asked about.", "severity": "low", "risk": "neglect", "denied": True}
    view = await noted("PUT", "", edit(2, denied, added, key="flags"))
    told = [(each["risk"], each["severity"], each["denied"]) for each in view["sections"][1]["statements"]]
    assert told == [("abuse", "low", True), ("neglect", "low", True)]
    view = await noted("PUT", "", edit(3, {"id": "flags-0", "text": "Reworded.", "denied": False}, key="flags"))
    assert view["sections"][1]["statements"][0]["denied"] is False


@pytest.mark.parametrize(
    "change", [{}, {"denied": True}, {"severity": "low"}, {"risk": "abuse"}, {"segment_ids": []}, {"text": "Another."}]
)
async def test_that_a_person_changed_a_statement_is_told_whatever_of_it_they_changed(
    noted: Noted, change: dict[str, Any]
) -> None:
    as_it_was = {"id": "flags-0", "text": "A risk.", "segment_ids": noted.segments[:1]}
    view = await noted("PUT", "", edit(0, as_it_was | change, key="flags"))
    assert view["sections"][1]["statements"][0].items() >= (change | {"edited": bool(change)}).items()


async def test_of_several_people_who_change_the_same_version_one_does(noted: Noted) -> None:
    replies = await asyncio.gather(
        *(noted.ann("PUT", f"/sessions/{noted.id}/notes", json=edit(0, {"text": f"mine {n}"})) for n in range(6))
    )
    assert sorted(reply.status for reply in replies) == [200] + [409] * 5
    assert {reply.refused() for reply in replies if reply.status == 409} == {"edit_conflict"}
    (kept,) = [reply.json for reply in replies if reply.status == 200]
    assert await noted("GET") == kept
    assert await noted.refused("PUT", "", edit(2)) == "edit_conflict"


@pytest.mark.parametrize(
    "body",
    [
        {}, {"generation": 1, "revision": 0}, edit(0, {"text": ""}), edit(0, {"text": " "}), edit(0, {"text": 7}),
        edit(0, {"text": "x" * 2_001}), edit(0, {"text": "x", "segment_ids": ["x"]}), edit(0, key="nothing"),
        edit(0, {"text": "x", "segment_ids": [str(UUID(int=9))]}), edit(0, {"id": "nothing", "text": "x"}),
        edit(0, {"id": "topics-0", "text": "x"}, {"id": "topics-0", "text": "x"}), edit(-1), edit(0, generation=0),
        edit(0, {"text": "x", "severity": "grave"}),
        {"generation": 1, "revision": 0, "sections": [{"key": "topics", "statements": []}] * 2},
    ],
)  # fmt: skip
async def test_a_change_that_is_wrong_is_refused(noted: Noted, body: dict[str, Any]) -> None:
    assert await noted.refused("PUT", "", body) == "invalid"
    assert (await noted("GET"))["revision"] == 0


async def test_a_generation_that_was_never_written_is_not_found(noted: Noted) -> None:
    assert await noted.refused("PUT", "", edit(0, generation=2)) == "not_found"
    path = f"/sessions/{noted.id}/notes?generation="
    assert (await noted.ann("GET", f"{path}2")).refused() == "not_found"
    for wrong in ("0", "-1", "x", "1.0", "9" * 20):
        assert (await noted.ann("GET", f"{path}{wrong}")).refused() == "invalid"


async def test_what_is_signed_is_what_was_seen_and_stays(installation: Installation, noted: Noted) -> None:
    for wrong in ((1, 1), (2, 0)):
        body = {"generation": wrong[0], "revision": wrong[1]}
        assert await noted.refused("POST", "/sign", body) == "edit_conflict"
    signed = await noted("POST", "/sign", {"generation": 1, "revision": 0})
    assert (signed["revision"], signed["signed_by"], signed["edited_by"]) == (1, installation.ann.email, None)
    assert await noted("POST", "/sign", {"generation": 1, "revision": 1}) == signed
    await noted.publish(2, "Something else.")
    assert await noted("GET") == signed | {"newest": 2}
    changed = await noted("PUT", "", edit(1, {"text": "later"}))
    assert (changed["revision"], changed["signed_at"], changed["signed_by"]) == (2, None, None)
    (signature,) = changed["signatures"]
    assert signature == {"revision": 1, "signed_at": signed["signed_at"], "signed_by": installation.ann.email}
    assert await noted("GET", "?revision=1") == signed | {"newest": 2}
    assert [data for _, data in await noted.log()] == [
        {"revision": 1, "signed": True},
        {"revision": 2, "signed": False},
    ]
    signed_rows = "SELECT revision FROM note_revisions WHERE session_id = $1 AND signed_at IS NOT NULL"
    assert await installation.value(signed_rows, noted.uuid) == 1


async def test_a_version_that_nobody_made_is_not_found(noted: Noted) -> None:
    path = f"/sessions/{noted.id}/notes"
    assert (await noted.ann("GET", f"{path}?revision=1")).refused() == "not_found"
    for wrong in ("revision=0", "revision=x", "revision=1&generation=1"):
        assert (await noted.ann("GET", f"{path}?{wrong}")).refused() == "invalid"


async def test_notes_that_were_written_anew_since_they_were_seen_are_not_signed(noted: Noted) -> None:
    await noted.publish(2)
    assert await noted.refused("POST", "/sign", {"generation": 1, "revision": 0}) == "edit_conflict"


async def test_the_database_itself_refuses_to_change_what_was_signed(installation: Installation, noted: Noted) -> None:
    await noted("POST", "/sign", {"generation": 1, "revision": 0})
    for change, error in (
        ("UPDATE note_revisions SET signed_at = clock_timestamp()", asyncpg.IntegrityConstraintViolationError),
        ("UPDATE note_revisions SET body = ''", asyncpg.InsufficientPrivilegeError),
        ("DELETE FROM note_revisions", asyncpg.InsufficientPrivilegeError),
    ):
        with pytest.raises(error):
            await as_the_application(installation, noted.org_id, change)


async def as_the_application(installation: Installation, org_id: UUID, change: str) -> None:
    connection = await asyncpg.connect(installation.settings.database_url)
    try:
        async with connection.transaction():
            await connection.execute("SELECT set_config('hearken.organisation', $1, true)", str(org_id))
            await connection.execute(change)
    finally:
        await connection.close()


async def test_deleting_a_session_deletes_its_notes(installation: Installation, noted: Noted) -> None:
    await noted("POST", "/sign", {"generation": 1, "revision": 0})
    assert (await noted.ann("DELETE", f"/sessions/{noted.id}")).status == 204
    for table in ("artifacts", "note_revisions", "note_answers"):
        assert await installation.value(f"SELECT count(*) FROM {table} WHERE session_id = $1", noted.uuid) == 0


async def test_notes_are_written_anew_only_of_a_whole_transcript_and_by_a_template_that_is_there(
    installation: Installation, noted: Noted
) -> None:
    assert await noted.refused("POST", "/write", {}) == "invalid"
    await installation.fetch("UPDATE sessions SET state = 'ready' WHERE id = $1", noted.uuid)
    assert await noted.refused("POST", "/write", {"template": "nobodys"}) == "not_found"
    assert await noted.refused("POST", "/write", {"template": "No Template"}) == "invalid"
    assert await noted("POST", "/write", {"template": "soap"}) == {"state": "noting"}
    asked = "SELECT s.note_template || t.state FROM sessions s JOIN steps t ON t.session_id = s.id WHERE s.id = $1"
    assert await installation.value(asked, noted.uuid) == "soappending"


OWN = {"name": "Short", "sections": [{"key": "all", "title": "All", "description": "what was said"}]}


async def test_a_template_is_made_changed_listed_and_deleted(ann: Caller, bob: Caller) -> None:
    made = (await ann("PUT", "/note-templates/short", json=OWN)).ok()
    assert made == {
        "id": "short", "name": "Short", "version": 1, "built_in": False,
        "sections": [OWN["sections"][0] | {"kind": "statements", "most": 6}],  # type: ignore[operator]
    }  # fmt: skip
    listed = (await ann("GET", "/note-templates")).ok()["items"]
    assert [(each["id"], each["built_in"]) for each in listed] == [
        ("session", True), ("soap", True), ("free", True), ("short", False),
    ]  # fmt: skip
    assert listed[-1] == made
    assert [each["id"] for each in (await bob("GET", "/note-templates")).ok()["items"]] == ["session", "soap", "free"]
    assert (await bob("DELETE", "/note-templates/short")).refused() == "not_found"
    changed = (await ann("PUT", "/note-templates/short", json=made | {"name": "Shorter"})).ok()
    assert (changed["version"], changed["name"]) == (2, "Shorter")
    assert (await ann("PUT", "/note-templates/short", json=made)).refused() == "edit_conflict"
    assert (await bob("PUT", "/note-templates/short", json=OWN)).ok()["version"] == 1
    assert (await ann("DELETE", "/note-templates/short")).status == 204
    assert (await ann("DELETE", "/note-templates/short")).refused() == "not_found"


async def test_what_comes_with_hearken_is_copied_and_not_changed(ann: Caller) -> None:
    soap = next(each for each in (await ann("GET", "/note-templates")).ok()["items"] if each["id"] == "soap")
    assert (await ann("PUT", "/note-templates/soap", json=soap)).refused() == "invalid"
    assert (await ann("DELETE", "/note-templates/soap")).refused() == "invalid"
    assert (await ann("PUT", "/note-templates/my_soap", json=soap)).ok()["sections"] == soap["sections"]


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ([], "object"),
        ({}, "name"),
        (OWN | {"sections": []}, "sections"),
        (OWN | {"sections": [{"key": "all"}]}, r"sections[0].title"),
        (OWN | {"sections": OWN["sections"] * 2}, "all"),  # type: ignore[operator]
        (OWN | {"colour": "red"}, "colour"),
        (OWN | {"sections": [{"key": "A b", "title": "x", "description": "x"}]}, "sections[0].key"),
    ],
)
async def test_a_template_that_is_wrong_is_refused_with_what_is_wrong(ann: Caller, body: Any, named: str) -> None:
    reply = await ann("PUT", "/note-templates/wrong", json=body)
    assert reply.refused() == "invalid"
    assert named in reply.json["error"]["message"]
    assert (await ann("PUT", "/note-templates/No%20Id", json=OWN)).refused() == "invalid"


async def test_nothing_of_anybody_is_in_the_log(installation: Installation) -> None:
    assert SECRET not in installation.said()
