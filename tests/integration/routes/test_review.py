"""What people do to a transcript over HTTP: corrections, speakers, typed notes, exports."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4, uuid5

import pytest
from jsonschema import Draft202012Validator

from session_core.envelope import Key
from session_core.keyring import Keyring
from session_core.messages.segment import wire_segment
from session_core.schema import wire_schema
from session_core.segment import Segment, Word
from session_core.storage import events, segments
from session_core.storage.database import Database
from stream_server.speakers import UNMERGES_PER_MINUTE
from tests.caller import Caller
from tests.installation import Installation

SECRET = "Zebedee"
"""What must not be seen outside of sealed bytes."""


@pytest.fixture(scope="module")
async def database(installation: Installation) -> AsyncIterator[Database]:
    opened = await Database.connect(installation.settings.database_url, connections=2, timeout_s=10)
    yield opened
    await opened.close()


class Heard:
    """A session of Ann's in which three sentences were heard, as a worker would leave it."""

    def __init__(self, installation: Installation, database: Database, ann: Caller) -> None:
        self._installation = installation
        self._database = database
        self._keyring = Keyring(database, Key(installation.settings.master_key_bytes))
        self.ann = ann

    async def start(self) -> None:
        self.id = await self.ann.session(title="First visit")
        session_id = UUID(self.id)
        self.org_id = await self._installation.value("SELECT org_id FROM sessions WHERE id = $1", session_id)
        self.window_id = uuid4()
        await self._installation.fetch(
            """
            INSERT INTO windows (org_id, session_id, id, kind, cut_sample, start_sample, end_sample, next_cut_sample,
                                 overlaps_previous, overlaps_next, generation, priority, state)
            VALUES ($1, $2, $3, 'final', 0, 0, 160000, 160000, false, false, 0, 1, 'done')
            """,
            self.org_id,
            session_id,
            self.window_id,
        )
        made = [
            sentence(session_id, number, text)
            for number, text in enumerate(("good morning", "the patience is ill", "yes"))
        ]
        key = await self._keyring.session(self.org_id, session_id)
        async with self._database.organisation(self.org_id) as connection:
            pairs = [(self.window_id, segment) for segment in made]
            await segments.save(connection, self.org_id, session_id, key, pairs)
        self.segments = [str(segment.id) for segment in made]

    async def log(self) -> list[tuple[str, dict[str, Any]]]:
        session_id = UUID(self.id)
        key = await self._keyring.session(self.org_id, session_id)
        async with self._database.organisation(self.org_id) as connection:
            found = await events.after(connection, session_id, key, 1, 10_000)
        assert [event.version for event in found] == list(range(2, len(found) + 2))
        return [(event.type, event.data) for event in found]

    async def happened(self, *changes: tuple[str, dict[str, Any]]) -> None:
        """As a worker tells it."""
        session_id = UUID(self.id)
        key = await self._keyring.session(self.org_id, session_id)
        async with self._database.organisation(self.org_id) as connection:
            await events.append(connection, self.org_id, session_id, key, changes)

    async def __call__(self, method: str, path: str, body: object = None, status: int = 200) -> Any:
        options = {} if body is None else {"json": body}
        return (await self.ann(method, f"/sessions/{self.id}{path}", **options)).ok(status)

    async def refused(self, method: str, path: str, body: object) -> str:
        return (await self.ann(method, f"/sessions/{self.id}{path}", json=body)).refused()

    async def edit(self, number: int, **changes: str | None) -> dict[str, Any]:
        edited: dict[str, Any] = await self("PATCH", f"/segments/{self.segments[number]}", changes)
        return edited

    async def texts(self) -> list[str]:
        return [segment["text"] for segment in (await self("GET", "/transcript"))["segments"]]


def sentence(session_id: UUID, number: int, text: str) -> Segment:
    at = number * 3_000
    words = tuple(Word(word, at + n * 500, at + n * 500 + 400, 0.5) for n, word in enumerate(text.split()))
    return Segment(uuid5(session_id, str(number)), at, words[-1].end_ms, text, words)


@pytest.fixture
async def heard(installation: Installation, database: Database, ann: Caller) -> Heard:
    session = Heard(installation, database, ann)
    await session.start()
    return session


async def test_a_corrected_text_is_shown_told_and_kept_with_who_wrote_it_and_when(
    installation: Installation, heard: Heard
) -> None:
    edited = await heard.edit(1, text=f"  The patient {SECRET} is ill. ")
    assert (edited["text"], edited["edited"]) == (f"The patient {SECRET} is ill.", True)
    assert [(word["w"], word["s"], word["p"]) for word in edited["words"]] == [
        ("The", 3_000, 0.5), ("patient", 3_400, 1.0), (SECRET, 3_700, 1.0), ("is", 4_000, 0.5), ("ill.", 4_500, 0.5),
    ]  # fmt: skip
    assert await heard.texts() == ["good morning", f"The patient {SECRET} is ill.", "yes"]
    assert await heard.log() == [("segment.edited", edited)]
    (row,) = await installation.fetch(
        "SELECT edited_by, edited_at > now() - interval '1 minute' AS now, body FROM corrections WHERE session_id = $1",
        UUID(heard.id),
    )
    assert row["edited_by"] == await installation.value("SELECT id FROM users WHERE email = $1", installation.ann.email)
    assert row["now"]
    assert SECRET.encode() not in row["body"]


async def test_the_last_one_to_correct_a_text_wins_and_saying_it_again_is_no_change(heard: Heard) -> None:
    await heard.edit(0, text="good evening")
    await asyncio.gather(*(heard.edit(0, text=f"good night {number}") for number in range(8)))
    log = await heard.log()
    assert len(log) == 9
    assert (await heard.texts())[0] == log[-1][1]["text"]
    await heard.edit(0, text=log[-1][1]["text"])
    assert len(await heard.log()) == 9


async def test_a_text_that_is_taken_back_is_the_recognisers_again(installation: Installation, heard: Heard) -> None:
    before = (await heard("GET", "/transcript"))["segments"]
    await heard.edit(1, text="something else")
    await heard.edit(1, text="something else again")
    assert await heard.edit(1, text=None) == before[1]
    assert (await heard("GET", "/transcript"))["segments"] == before
    assert (await heard.log())[-1] == ("segment.edited", before[1])
    due = "SELECT plan_due_at <= clock_timestamp() AND NOT settled FROM sessions WHERE id = $1"
    assert await installation.value(due, UUID(heard.id)) is True
    assert await heard.edit(1, text=None) == before[1]
    assert len(await heard.log()) == 3


async def test_a_text_taken_back_after_its_window_left_the_plan_is_withdrawn(
    installation: Installation, heard: Heard
) -> None:
    await heard.edit(1, text="something else")
    await installation.fetch("UPDATE windows SET planned = false WHERE session_id = $1", UUID(heard.id))
    gone = await heard.edit(1, text=None)
    assert (gone["text"], gone["words"], gone["edited"]) == ("", [], False)
    assert await heard.texts() == ["good morning", "yes"]
    assert await heard.refused("PATCH", f"/segments/{heard.segments[1]}", {"text": "x"}) == "not_found"


async def test_a_segment_that_a_person_removed_is_gone_until_it_is_taken_back(heard: Heard) -> None:
    removed = await heard.edit(1, text=" ")
    assert (removed["text"], removed["words"], removed["edited"]) == ("", [], True)
    assert await heard.texts() == ["good morning", "yes"]
    view = await heard("GET", "/transcript")
    assert view["removed"] == [{name: removed[name] for name in ("id", "start_ms", "end_ms")}]
    assert (await heard.edit(1, text=None))["text"] == "the patience is ill"
    assert len(await heard.texts()) == 3
    assert (await heard("GET", "/transcript"))["removed"] == []


@pytest.mark.parametrize(
    "body",
    [{"text": "x" * 10_001}, {"text": 7}, {"text": ["x"]}, {"speaker": ""}, {"speaker": "x" * 33}, {"speaker": "Dr No"},
     {"speaker": 1}, [], None],
)  # fmt: skip
async def test_a_correction_that_is_wrong_is_refused(heard: Heard, body: object) -> None:
    assert await heard.refused("PATCH", f"/segments/{heard.segments[0]}", body) == "invalid"
    assert await heard.log() == []


async def test_what_is_no_segment_is_not_found(heard: Heard, bob: Caller) -> None:
    assert await heard.refused("PATCH", f"/segments/{uuid4()}", {"text": "x"}) == "not_found"
    assert await heard.refused("PATCH", "/segments/first", {"text": "x"}) == "invalid"
    path = f"/sessions/{heard.id}/segments/{heard.segments[0]}"
    assert (await bob("PATCH", path, json={"text": "x"})).refused() == "not_found"
    assert await heard.texts() == ["good morning", "the patience is ill", "yes"]


async def test_speakers_are_labelled_named_and_merged(installation: Installation, heard: Heard) -> None:
    for number, speaker in enumerate(("S1", "S2", "S3")):
        assert (await heard.edit(number, speaker=speaker))["speaker"] == speaker
    assert (await heard.edit(1, text="corrected"))["speaker"] == "S2"
    named = await heard("PUT", "/speakers/S1", {"name": f" Dr {SECRET} "})
    assert named == {"id": "S1", "name": f"Dr {SECRET}", "merged_into": None}
    merged = await heard("POST", "/speakers/S2/merge", {"into": "S1"})
    assert merged == {"id": "S2", "name": None, "merged_into": "S1"}
    await heard("POST", "/speakers/S3/merge", {"into": "S2"})
    view = await heard("GET", "/transcript")
    assert [segment["speaker"] for segment in view["segments"]] == ["S1", "S1", "S1"]
    assert view["speakers"] == (await heard("GET", "/speakers"))["items"]
    merges = {item["id"]: item["merged_into"] for item in view["speakers"]}
    assert merges == {"S1": None, "S2": "S1", "S3": "S2"}
    assert (await heard.edit(2, text="no"))["speaker"] == "S1"
    assert (await heard.edit(2, speaker=None))["speaker"] is None
    assert await heard.refused("POST", "/speakers/S1/merge", {"into": "S3"}) == "invalid"
    assert await heard.refused("POST", "/speakers/S1/merge", {"into": "S1"}) == "invalid"
    updated = [data for type_, data in await heard.log() if type_ == "speaker.updated"]
    assert [data["id"] for data in updated] == ["S1", "S2", "S3", "S1", "S2", "S3"]
    assert updated[3] == named
    name = await installation.value("SELECT name FROM speakers WHERE session_id = $1 AND id = 'S1'", UUID(heard.id))
    assert SECRET.encode() not in name


async def told_speakers(heard: Heard) -> list[str | None]:
    """Who speaks in each segment, for a viewer that heard all events and follows merges."""
    shown: dict[str, str | None] = {}
    merged: dict[str, str | None] = {}
    for type_, data in await heard.log():
        if type_ == "speaker.updated":
            merged[data["id"]] = data["merged_into"]
        elif type_ == "segment.edited":
            shown[data["id"]] = data["speaker"]
    said = [shown[segment] for segment in heard.segments]
    while any(speaker and merged.get(speaker) for speaker in said):
        said = [merged.get(speaker) or speaker if speaker else None for speaker in said]
    return said


async def test_a_merge_is_taken_back_with_everything_that_was_said_since(heard: Heard) -> None:
    for number, speaker in enumerate(("S1", "S2", "S3")):
        await heard.edit(number, speaker=speaker)
    await heard("POST", "/speakers/S3/merge", {"into": "S2"})
    await heard("POST", "/speakers/S2/merge", {"into": "S1"})
    assert (await heard.edit(1, text="corrected"))["speaker"] == "S1"
    assert await told_speakers(heard) == ["S1", "S1", "S1"]
    before = len(await heard.log())
    separated = await heard("DELETE", "/speakers/S2/merge")
    assert separated == {"id": "S2", "name": None, "merged_into": None}
    view = await heard("GET", "/transcript")
    assert [segment["speaker"] for segment in view["segments"]] == ["S1", "S2", "S2"]
    assert await told_speakers(heard) == ["S1", "S2", "S2"]
    news = (await heard.log())[before:]
    assert news == [("speaker.updated", separated), *(("segment.edited", each) for each in view["segments"][1:])]
    assert await heard("DELETE", "/speakers/S2/merge") == separated
    assert len(await heard.log()) == before + 3
    await heard("DELETE", "/speakers/S3/merge")
    assert await told_speakers(heard) == ["S1", "S2", "S3"]


async def test_a_merged_speaker_merged_into_somebody_else_is_told_anew(heard: Heard) -> None:
    for number, speaker in enumerate(("S1", "S2", "S3")):
        await heard.edit(number, speaker=speaker)
    await heard("POST", "/speakers/S2/merge", {"into": "S1"})
    await heard.edit(1, text="corrected")
    await heard("POST", "/speakers/S2/merge", {"into": "S3"})
    assert await told_speakers(heard) == ["S1", "S3", "S3"]
    shown = (await heard("GET", "/transcript"))["segments"]
    assert [segment["speaker"] for segment in shown] == ["S1", "S3", "S3"]
    before = await heard.log()
    await heard("POST", "/speakers/S2/merge", {"into": "S3"})
    assert await heard.log() == before


async def test_only_the_merge_is_taken_back_that_is_meant(heard: Heard) -> None:
    for number, speaker in enumerate(("S1", "S2", "S3")):
        await heard.edit(number, speaker=speaker)
    await heard("POST", "/speakers/S2/merge", {"into": "S3"})
    before = await heard.log()
    assert await heard.refused("DELETE", "/speakers/S2/merge?into=S1", None) == "invalid"
    assert await heard.log() == before
    assert (await heard("DELETE", "/speakers/S2/merge?into=S3"))["merged_into"] is None
    assert (await heard("DELETE", "/speakers/S2/merge?into=S3"))["merged_into"] is None


async def test_merges_are_taken_back_only_so_often(installation: Installation, database: Database) -> None:
    node = await installation.start_node()
    ann = Caller(installation, node, await installation.token(node, installation.ann))
    heard = Heard(installation, database, ann)
    await heard.start()
    for number, speaker in enumerate(("S1", "S2", "S3")):
        await heard.edit(number, speaker=speaker)
    undone = 0
    while True:
        into = ("S1", "S3")[undone % 2]
        reply = await ann("POST", f"/sessions/{heard.id}/speakers/S2/merge", json={"into": into})
        if reply.status != 200:
            break
        undone += 1
    assert reply.refused() == "rate_limited"
    assert reply.json["error"]["retry_after_s"] > 0
    # The first merge takes nothing back; the bucket may have filled a little meanwhile.
    assert UNMERGES_PER_MINUTE < undone <= UNMERGES_PER_MINUTE + 3
    before = await heard.log()
    assert await heard.refused("DELETE", "/speakers/S2/merge", None) == "rate_limited"
    assert await heard.log() == before
    await heard("POST", "/speakers/S1/merge", {"into": "S3"})
    await node.terminate()


async def test_taking_back_a_merge_leaves_what_was_removed_away(heard: Heard) -> None:
    await heard.edit(0, speaker="S1")
    await heard.edit(1, speaker="S2", text="")
    await heard("POST", "/speakers/S2/merge", {"into": "S1"})
    await heard("DELETE", "/speakers/S2/merge")
    assert [type_ for type_, _ in (await heard.log())[-2:]] == ["speaker.updated", "speaker.updated"]
    assert len(await heard.texts()) == 2


async def test_a_speaker_may_be_named_before_anybody_is_labelled_and_lose_the_name(heard: Heard) -> None:
    await heard("PUT", "/speakers/nurse", {"name": "Ann"})
    await heard("PUT", "/speakers/nurse", {"name": "Ann"})
    assert [type_ for type_, _ in await heard.log()] == ["speaker.updated"]
    assert (await heard("PUT", "/speakers/nurse", {"name": ""}))["name"] is None


@pytest.mark.parametrize(
    ("method", "path", "body", "code"),
    [
        ("PUT", "/speakers/S1", {}, "invalid"),
        ("PUT", "/speakers/S1", {"name": "x" * 101}, "invalid"),
        ("PUT", "/speakers/S%201", {"name": "x"}, "invalid"),
        ("PUT", f"/speakers/{'x' * 33}", {"name": "x"}, "invalid"),
        ("POST", "/speakers/S1/merge", {"into": "S9"}, "not_found"),
        ("POST", "/speakers/S9/merge", {"into": "S1"}, "not_found"),
        ("POST", "/speakers/S1/merge", {}, "invalid"),
        ("DELETE", "/speakers/S9/merge", None, "not_found"),
        ("DELETE", "/speakers/S%201/merge", None, "invalid"),
    ],
)
async def test_what_is_said_wrongly_of_a_speaker_is_refused(
    heard: Heard, method: str, path: str, body: object, code: str
) -> None:
    await heard.edit(0, speaker="S1")
    assert await heard.refused(method, path, body) == code


async def test_the_speakers_of_a_session_are_limited(installation: Installation, heard: Heard) -> None:
    await installation.fetch(
        "INSERT INTO speakers (org_id, session_id, id) SELECT $1, $2, 'x' || n FROM generate_series(1, 200) n",
        heard.org_id,
        UUID(heard.id),
    )
    assert await heard.refused("PUT", "/speakers/S1", {"name": "x"}) == "invalid"
    await heard("PUT", "/speakers/x1", {"name": "x"})


async def test_typed_notes_are_written_changed_and_removed(installation: Installation, heard: Heard) -> None:
    first, second = str(uuid4()), str(uuid4())
    written = await heard("PUT", f"/typed-notes/{first}", {"at_ms": 5_000, "text": f" saw {SECRET} "})
    assert {name: written[name] for name in ("id", "at_ms", "text")} == {
        "id": first, "at_ms": 5_000, "text": f"saw {SECRET}",
    }  # fmt: skip
    assert await heard("PUT", f"/typed-notes/{first}", {"at_ms": 5_000, "text": f"saw {SECRET}"}) == written
    await heard("PUT", f"/typed-notes/{second}", {"at_ms": 1_000, "text": "earlier"})
    changed = await heard("PUT", f"/typed-notes/{first}", {"at_ms": 5_000, "text": "saw nobody"})
    listed = (await heard("GET", "/typed-notes"))["items"]
    assert [note["text"] for note in listed] == ["earlier", "saw nobody"]
    assert listed[1] == changed
    assert (await heard("GET", "/transcript"))["typed_notes"] == listed
    for _ in range(2):
        assert (await heard("PUT", f"/typed-notes/{first}", {"at_ms": 0, "text": " "}))["text"] == ""
    assert [note["id"] for note in (await heard("GET", "/typed-notes"))["items"]] == [second]
    log = await heard.log()
    assert [data["text"] for _, data in log] == [f"saw {SECRET}", "earlier", "saw nobody", ""]
    assert log[0] == ("note.typed", {"id": first, "at_ms": 5_000, "text": f"saw {SECRET}"})
    await heard("POST", "/stop", {"last_seq": -1})
    await heard("PUT", f"/typed-notes/{first}", {"at_ms": 0, "text": SECRET})
    bodies = await installation.fetch("SELECT body FROM typed_notes WHERE session_id = $1", UUID(heard.id))
    assert not any(SECRET.encode() in row["body"] for row in bodies)


@pytest.mark.parametrize(
    "body",
    [{"text": "x"}, {"at_ms": 0}, {"at_ms": -1, "text": "x"}, {"at_ms": 2**53, "text": "x"},
     {"at_ms": 0.5, "text": "x"}, {"at_ms": 0, "text": None}, {"at_ms": 0, "text": "x" * 10_001}],
)  # fmt: skip
async def test_a_note_that_is_wrong_is_refused(heard: Heard, body: object) -> None:
    assert await heard.refused("PUT", f"/typed-notes/{uuid4()}", body) == "invalid"
    assert await heard.refused("PUT", "/typed-notes/first", {"at_ms": 0, "text": "x"}) == "invalid"


async def test_the_notes_of_a_session_are_limited(installation: Installation, heard: Heard) -> None:
    first = str(uuid4())
    await heard("PUT", f"/typed-notes/{first}", {"at_ms": 0, "text": "first"})
    await installation.fetch(
        """
        INSERT INTO typed_notes (org_id, session_id, id, at_ms, written_by, written_at, body)
        SELECT org_id, session_id, gen_random_uuid(), at_ms, written_by, written_at, body
        FROM typed_notes, generate_series(1, 1999) WHERE session_id = $1
        """,
        UUID(heard.id),
    )
    assert await heard.refused("PUT", f"/typed-notes/{uuid4()}", {"at_ms": 0, "text": "x"}) == "invalid"
    await heard("PUT", f"/typed-notes/{first}", {"at_ms": 0, "text": "changed"})
    await heard("PUT", f"/typed-notes/{first}", {"at_ms": 0, "text": ""})
    await heard("PUT", f"/typed-notes/{uuid4()}", {"at_ms": 0, "text": "x"})


async def test_a_transcript_is_taken_along_in_the_form_that_is_asked_for(heard: Heard) -> None:
    await heard.edit(0, speaker="S1")
    await heard("PUT", "/speakers/S1", {"name": "Ann"})
    await heard.edit(1, text="The patient is ill.")
    expected = {
        "json": ("application/json", b"The patient is ill."),
        "txt": ("text/plain", b"[00:00] Ann: good morning\n[00:03] The patient is ill.\n[00:06] yes\n"),
        "srt": ("application/x-subrip", b"1\n00:00:00,000 --> 00:00:00,900\nAnn: good morning\n\n2\n"),
        "vtt": ("text/vtt", b"WEBVTT\n\n00:00:00.000 --> 00:00:00.900\n<v Ann>good morning\n\n00:00:03.000"),
    }
    for name, (media_type, body) in expected.items():
        for options in ({"params": {"format": name}}, {"headers": {"Accept": f"{media_type}, */*;q=0.1"}}):
            reply = await heard.ann("GET", f"/sessions/{heard.id}/transcript", **options)
            assert reply.status == 200
            assert reply.headers["Content-Type"].partition(";")[0] == media_type
            assert reply.headers["Cache-Control"] == "no-store"
            assert reply.headers["Content-Disposition"] == f'attachment; filename="transcript-{heard.id[:8]}.{name}"'
            assert body in reply.body


UNREADABLE = {"code": "undecodable_chunk", "seq": 3, "start_ms": 24_000, "end_ms": 32_000}


async def test_the_transcript_tells_each_warning_once_and_what_is_still_a_guess(heard: Heard) -> None:
    async def told() -> Any:
        return await heard("GET", "/transcript")

    assert ((await told())["provisional"], (await told())["warnings"]) == (None, [])
    guess = wire_segment(sentence(UUID(heard.id), 3, "and then she"))
    warnings = [UNREADABLE, UNREADABLE | {"seq": 4}, UNREADABLE]
    await heard.happened(("segment.provisional", guess), *(("quality.warning", each) for each in warnings))
    view = await told()
    assert view["warnings"] == warnings[:2]
    assert view["provisional"] == guess
    assert view["head"] == 1 + len(await heard.log())
    behind = guess | {"words": [word | {"s": word["s"] - 9_000} for word in guess["words"]]}
    for gone in (behind, guess | {"text": "", "words": []}):
        await heard.happened(("segment.provisional", gone))
        assert (await told())["provisional"] is None


async def test_the_transcript_as_json_fits_the_schema_and_tells_what_failed(
    installation: Installation, heard: Heard
) -> None:
    await heard.edit(0, text="x", speaker="S1")
    await heard("PUT", f"/typed-notes/{uuid4()}", {"at_ms": 0, "text": "x"})
    await installation.fetch(
        """
        INSERT INTO windows (org_id, session_id, id, kind, cut_sample, start_sample, end_sample, next_cut_sample,
                             overlaps_previous, overlaps_next, generation, priority, state, error_code)
        VALUES ($1, $2, $2, 'final', 160000, 160000, 320000, 320000, false, false, 0, 1, 'failed', 'internal')
        """,
        heard.org_id,
        UUID(heard.id),
    )
    view = await heard("GET", "/transcript")
    assert view["failed"] == [{"window_id": heard.id, "start_ms": 10_000, "end_ms": 20_000, "code": "internal"}]
    definitions = wire_schema()["$defs"]
    Draft202012Validator({"$ref": "#/$defs/TranscriptView", "$defs": definitions}).validate(view)
    names = {"segment.edited": "WireSegment", "speaker.updated": "WireSpeaker", "note.typed": "NoteTyped"}
    log = await heard.log()
    assert {type_ for type_, _ in log} == set(names)
    for type_, data in log:
        Draft202012Validator({"$ref": f"#/$defs/{names[type_]}", "$defs": definitions}).validate(data)


async def test_deleting_a_session_deletes_what_people_did_to_it(installation: Installation, heard: Heard) -> None:
    await heard.edit(0, text="x", speaker="S1")
    await heard.edit(1, speaker="S2")
    await heard("POST", "/speakers/S1/merge", {"into": "S2"})
    await heard("PUT", f"/typed-notes/{uuid4()}", {"at_ms": 0, "text": "x"})
    await heard("DELETE", "", status=204)
    for table in ("corrections", "speakers", "speaker_labels", "typed_notes", "segments", "events"):
        assert await installation.value(f"SELECT count(*) FROM {table} WHERE session_id = $1", UUID(heard.id)) == 0
    assert (await heard.ann("GET", f"/sessions/{heard.id}/speakers")).refused() == "not_found"
    assert (await heard.ann("GET", f"/sessions/{heard.id}/typed-notes")).refused() == "not_found"


async def test_nothing_of_anybody_is_in_the_log(installation: Installation) -> None:
    assert SECRET not in installation.said()
