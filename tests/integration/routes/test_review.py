"""What people do to a transcript over HTTP: corrections, typed notes, exports."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID, uuid4

import pytest
from jsonschema import Draft202012Validator

from session_core.messages.segment import wire_segment
from session_core.schema import wire_schema
from tests.caller import Caller
from tests.installation import Installation
from tests.integration.routes.heard_session import SECRET, HeardSession, sentence


async def test_a_corrected_text_is_shown_told_and_kept_with_who_wrote_it_and_when(
    installation: Installation, heard: HeardSession
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


async def test_the_last_one_to_correct_a_text_wins_and_saying_it_again_is_no_change(heard: HeardSession) -> None:
    await heard.edit(0, text="good evening")
    await asyncio.gather(*(heard.edit(0, text=f"good night {number}") for number in range(8)))
    log = await heard.log()
    assert len(log) == 9
    assert (await heard.texts())[0] == log[-1][1]["text"]
    await heard.edit(0, text=log[-1][1]["text"])
    assert len(await heard.log()) == 9


async def test_a_text_that_is_taken_back_is_the_recognisers_again(
    installation: Installation, heard: HeardSession
) -> None:
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
    installation: Installation, heard: HeardSession
) -> None:
    await heard.edit(1, text="something else")
    await installation.fetch("UPDATE windows SET planned = false WHERE session_id = $1", UUID(heard.id))
    gone = await heard.edit(1, text=None)
    assert (gone["text"], gone["words"], gone["edited"]) == ("", [], False)
    assert await heard.texts() == ["good morning", "yes"]
    assert await heard.refused("PATCH", f"/segments/{heard.segments[1]}", {"text": "x"}) == "not_found"


async def test_a_segment_that_a_person_removed_is_gone_until_it_is_taken_back(heard: HeardSession) -> None:
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
async def test_a_correction_that_is_wrong_is_refused(heard: HeardSession, body: object) -> None:
    assert await heard.refused("PATCH", f"/segments/{heard.segments[0]}", body) == "invalid"
    assert await heard.log() == []


async def test_what_is_no_segment_is_not_found(heard: HeardSession, bob: Caller) -> None:
    assert await heard.refused("PATCH", f"/segments/{uuid4()}", {"text": "x"}) == "not_found"
    assert await heard.refused("PATCH", "/segments/first", {"text": "x"}) == "invalid"
    path = f"/sessions/{heard.id}/segments/{heard.segments[0]}"
    assert (await bob("PATCH", path, json={"text": "x"})).refused() == "not_found"
    assert await heard.texts() == ["good morning", "the patience is ill", "yes"]


async def test_typed_notes_are_written_changed_and_removed(installation: Installation, heard: HeardSession) -> None:
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
async def test_a_note_that_is_wrong_is_refused(heard: HeardSession, body: object) -> None:
    assert await heard.refused("PUT", f"/typed-notes/{uuid4()}", body) == "invalid"
    assert await heard.refused("PUT", "/typed-notes/first", {"at_ms": 0, "text": "x"}) == "invalid"


async def test_the_notes_of_a_session_are_limited(installation: Installation, heard: HeardSession) -> None:
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


async def test_a_transcript_is_taken_along_in_the_form_that_is_asked_for(heard: HeardSession) -> None:
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


async def test_the_transcript_tells_each_warning_once_and_what_is_still_a_guess(heard: HeardSession) -> None:
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
    installation: Installation, heard: HeardSession
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


async def test_deleting_a_session_deletes_what_people_did_to_it(
    installation: Installation, heard: HeardSession
) -> None:
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
