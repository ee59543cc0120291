"""Speakers over HTTP: labelled, named, merged, and taken apart again."""

from __future__ import annotations

from uuid import UUID

import pytest

from session_core.storage.database import Database
from stream_server.speakers import UNMERGES_PER_MINUTE
from tests.caller import Caller
from tests.installation import Installation
from tests.integration.routes.heard_session import SECRET, HeardSession


async def test_speakers_are_labelled_named_and_merged(installation: Installation, heard: HeardSession) -> None:
    for number, speaker in enumerate(("S1", "S2", "S3")):
        assert (await heard.edit(number, speaker=speaker))["speaker"] == speaker
    assert (await heard.edit(1, text="corrected"))["speaker"] == "S2"
    named = await heard("PUT", "/speakers/S1", {"name": f" Dr {SECRET} "})
    assert named == {"id": "S1", "name": f"Dr {SECRET}", "merged_into": None, "recognised": False}
    merged = await heard("POST", "/speakers/S2/merge", {"into": "S1"})
    assert merged == {"id": "S2", "name": None, "merged_into": "S1", "recognised": False}
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


async def told_speakers(heard: HeardSession) -> list[str | None]:
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


async def test_a_merge_is_taken_back_with_everything_that_was_said_since(heard: HeardSession) -> None:
    for number, speaker in enumerate(("S1", "S2", "S3")):
        await heard.edit(number, speaker=speaker)
    await heard("POST", "/speakers/S3/merge", {"into": "S2"})
    await heard("POST", "/speakers/S2/merge", {"into": "S1"})
    assert (await heard.edit(1, text="corrected"))["speaker"] == "S1"
    assert await told_speakers(heard) == ["S1", "S1", "S1"]
    before = len(await heard.log())
    separated = await heard("DELETE", "/speakers/S2/merge")
    assert separated == {"id": "S2", "name": None, "merged_into": None, "recognised": False}
    view = await heard("GET", "/transcript")
    assert [segment["speaker"] for segment in view["segments"]] == ["S1", "S2", "S2"]
    assert await told_speakers(heard) == ["S1", "S2", "S2"]
    news = (await heard.log())[before:]
    assert news == [("speaker.updated", separated), *(("segment.edited", each) for each in view["segments"][1:])]
    assert await heard("DELETE", "/speakers/S2/merge") == separated
    assert len(await heard.log()) == before + 3
    await heard("DELETE", "/speakers/S3/merge")
    assert await told_speakers(heard) == ["S1", "S2", "S3"]


async def test_a_merged_speaker_merged_into_somebody_else_is_told_anew(heard: HeardSession) -> None:
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


async def test_only_the_merge_is_taken_back_that_is_meant(heard: HeardSession) -> None:
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
    heard = HeardSession(installation, database, ann)
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


async def test_taking_back_a_merge_leaves_what_was_removed_away(heard: HeardSession) -> None:
    await heard.edit(0, speaker="S1")
    await heard.edit(1, speaker="S2", text="")
    await heard("POST", "/speakers/S2/merge", {"into": "S1"})
    await heard("DELETE", "/speakers/S2/merge")
    assert [type_ for type_, _ in (await heard.log())[-2:]] == ["speaker.updated", "speaker.updated"]
    assert len(await heard.texts()) == 2


async def test_a_speaker_may_be_named_before_anybody_is_labelled_and_lose_the_name(heard: HeardSession) -> None:
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
    heard: HeardSession, method: str, path: str, body: object, code: str
) -> None:
    await heard.edit(0, speaker="S1")
    assert await heard.refused(method, path, body) == code


async def test_the_speakers_of_a_session_are_limited(installation: Installation, heard: HeardSession) -> None:
    await installation.fetch(
        "INSERT INTO speakers (org_id, session_id, id) SELECT $1, $2, 'x' || n FROM generate_series(1, 200) n",
        heard.org_id,
        UUID(heard.id),
    )
    assert await heard.refused("PUT", "/speakers/S1", {"name": "x"}) == "invalid"
    await heard("PUT", "/speakers/x1", {"name": "x"})


async def test_no_name_of_anybody_is_in_the_log(installation: Installation) -> None:
    assert SECRET not in installation.said()
