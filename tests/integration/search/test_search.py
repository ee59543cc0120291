"""What was said is found by its words and by its meaning, in one's own organisation alone."""

from __future__ import annotations

import dataclasses
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import numpy as np
import pytest

from session_core.envelope import Key
from session_core.keyring import Keyring
from session_core.passage import Embedding, IndexedPassage, PassageBody, PassageFilter
from session_core.storage import passages
from session_core.storage.database import Database
from tests.installation import Installation, until
from tests.integration.search.hits import QUERY, hits
from tests.spoken import KNEE, lines
from tests.spoken_session import Speaking


async def test_a_passage_is_found_by_its_words_with_all_that_a_page_shows(ann: Speaking, knee: str, sleep: str) -> None:
    first = (await hits(ann, QUERY))[0]
    assert first["session_id"] == knee
    assert (first["title"], first["patient_id"]) == ("Left knee", "4711")
    assert [first["text"][start:end].casefold() for start, end in first["highlights"]][:1] in (
        ["penicillin"],
        ["allergies"],
    )
    said = {str(line.id): line for line in lines(*KNEE)}
    assert said[first["segment_id"]].text in first["text"]
    assert first["speaker"] == said[first["segment_id"]].role
    assert first["start_ms"] == said[first["segment_id"]].start_ms < first["end_ms"]


async def test_a_passage_is_found_by_its_meaning_without_any_of_its_words(ann: Speaking, knee: str, sleep: str) -> None:
    first = (await hits(ann, "insomnia, rumination"))[0]
    assert first["session_id"] == sleep
    assert "awake" in first["text"]
    assert (first["highlights"], first["matched"]) == ([], "meaning")


async def test_what_holds_the_words_is_told_from_what_is_only_like_them(ann: Speaking, knee: str, sleep: str) -> None:
    found = await hits(ann, "penicillin")
    assert {hit["matched"] for hit in found if hit["highlights"]} <= {"words", "both"}
    assert {hit["matched"] for hit in found if not hit["highlights"]} <= {"meaning"}
    assert found[0]["matched"] == "both"


async def test_nothing_is_found_where_nothing_was_said_about_it(ann: Speaking, knee: str, sleep: str) -> None:
    assert await hits(ann, "quarterly tax declaration of the brewery") == []


async def test_each_organisation_finds_its_own_alone(
    ann: Speaking, bob: Speaking, knee: str, sleep: str, elsewhere: str
) -> None:
    for query in (QUERY, "pain", "insomnia, rumination"):
        assert {hit["session_id"] for hit in await hits(bob, query)} <= {elsewhere}
        assert elsewhere not in {hit["session_id"] for hit in await hits(ann, query)}
    assert [hit["session_id"] for hit in await hits(bob, QUERY)]


@pytest.mark.parametrize(
    ("filters", "there"),
    [
        ({}, True),
        ({"patient_id": "4711"}, True),
        ({"patient_id": "4712"}, False),
        ({"patient_id": "471"}, False),
        ({"since": "2001-01-01", "until": "2999-12-31"}, True),
        ({"since": "2001-01-01T00:00:00+14:00", "until": "2999-12-31T00:00:00.000Z"}, True),
        ({"since": "2999-01-01"}, False),
        ({"since": "2999-01-01T00:00:00-05:00"}, False),
        ({"until": "2001-01-01"}, False),
        ({"speaker": "PATIENT"}, True),
        ({"speaker": "nobody"}, False),
    ],
)
async def test_filters_narrow_what_is_found(
    ann: Speaking, knee: str, sleep: str, filters: dict[str, str], there: bool
) -> None:
    found = await hits(ann, "sharp pain", filters=filters)
    assert (knee in {hit["session_id"] for hit in found}) is there
    if "patient_id" in filters:
        assert {hit["patient_id"] for hit in found} <= {filters["patient_id"]}
    if "speaker" in filters:
        assert {hit["speaker"] for hit in found} <= {filters["speaker"].casefold()}


async def test_a_day_is_whole_and_a_moment_is_not_included(
    installation: Installation, ann: Speaking, knee: str
) -> None:
    began = await installation.value("SELECT created_at FROM sessions WHERE id = $1", UUID(knee))
    day, later = began.date().isoformat(), began + timedelta(microseconds=1)

    async def there(**filters: str) -> bool:
        return knee in {hit["session_id"] for hit in await hits(ann, "sharp pain", filters=filters)}

    assert await there(since=day, until=day)
    assert not await there(until=began.isoformat())
    assert await there(since=began.isoformat(), until=later.isoformat())
    assert not await there(since=later.isoformat())


async def test_no_more_is_answered_than_was_asked_for(ann: Speaking, knee: str, sleep: str) -> None:
    assert len(await hits(ann, "pain knee morning weeks", limit=2)) == 2


@pytest.mark.parametrize(
    "body",
    [
        {}, {"query": ""}, {"query": "x" * 401}, {"query": "x", "limit": 0}, {"query": "x", "limit": 51},
        {"query": "x", "filters": {"since": "2026-13-01"}}, {"query": "x", "filters": {"until": "yesterday"}},
        {"query": "x", "filters": {"until": "9999-12-31"}}, {"query": "x", "filters": {"since": "2026-11-22T00:00"}},
        {"query": "x", "filters": {"since": "0001-01-01T00:00+14:00"}},
        {"query": "x", "filters": {"until": "2026-11-22T24:30Z"}},
        {"query": "x", "filters": {"speaker": "  "}},
    ],
)  # fmt: skip
async def test_what_cannot_be_looked_for_is_refused(ann: Speaking, body: dict[str, object]) -> None:
    assert (await ann.caller("POST", "/search", json=body)).refused() == "invalid"


async def test_what_people_change_is_found_and_what_they_replaced_is_not(ann: Speaking) -> None:
    spoken = [dataclasses.replace(line, id=uuid4()) for line in lines("patient: My cat is called Agamemnon.")]
    session = await ann.session(spoken, title="Before")
    body = {"text": "My cat is called Clytemnestra."}
    (await ann.caller("PATCH", f"/sessions/{session}/segments/{spoken[0].id}", json=body)).ok()
    (await ann.caller("PUT", f"/sessions/{session}/speakers/patient", json={"name": "Iphigenia"})).ok()
    (await ann.caller("PATCH", f"/sessions/{session}", json={"title": "After"})).ok()
    await ann.indexed(session, 2)
    (found,) = [hit for hit in await hits(ann, "Clytemnestra") if hit["session_id"] == session]
    assert (found["text"], found["speaker"], found["title"]) == (body["text"], "Iphigenia", "After")
    assert [found["text"][start:end] for start, end in found["highlights"]] == ["Clytemnestra"]
    assert all(hit["highlights"] == [] for hit in await hits(ann, "Agamemnon"))
    assert await hits(ann, "cat", filters={"speaker": "iphigenia"})


async def test_who_has_no_name_is_found_and_quoted_by_the_number_that_pages_show(ann: Speaking) -> None:
    spoken = [
        dataclasses.replace(line, id=uuid4(), role="Hypatia" if line.speaker == "S9" else None)
        for line in lines("S9: Have you seen the walrus?", "S4: My walrus is called Berenice.")
    ]
    session = await ann.session(spoken)
    (found,) = await hits(ann, "Berenice", filters={"speaker": "speaker 2"})
    assert (found["session_id"], found["speaker"]) == (session, "Speaker 2")
    body = {"question": "What is the walrus called?"}
    (quote, *_) = (await ann.caller("POST", f"/sessions/{session}/ask", json=body)).ok()["quotes"]
    assert quote["speaker"] in ("Hypatia", "Speaker 2")
    text = (await ann.caller("GET", f"/sessions/{session}/transcript", params={"format": "txt"})).body.decode()
    assert "Hypatia: Have you" in text
    assert "Speaker 2: My walrus" in text


async def test_a_deleted_session_is_found_no_more_and_leaves_nothing(installation: Installation, ann: Speaking) -> None:
    session = await ann.session(lines("patient: The zeppelin hangar burned."))
    assert await hits(ann, "zeppelin")
    assert (await ann.caller("DELETE", f"/sessions/{session}")).status == 204
    assert session not in {hit["session_id"] for hit in await hits(ann, "zeppelin")}
    for table in ("passages", "passage_vectors", "indexings"):
        assert await installation.value(f"SELECT count(*) FROM {table} WHERE session_id = $1", UUID(session)) == 0


async def test_passages_of_another_model_are_not_compared_and_made_anew_by_the_next_worker(
    installation: Installation, ann: Speaking, knee: str, sleep: str
) -> None:
    await installation.execute("UPDATE passage_vectors SET model = 'older'; UPDATE indexings SET model = 'older'")
    answer = (await ann.caller("POST", "/search", json={"query": "insomnia, rumination"})).ok()
    assert (answer["meaning"], answer["hits"]) == (True, [])
    second = await installation.start_worker()
    try:
        await until(lambda: _all_of_one_model(installation))
    finally:
        await second.terminate()
    assert (await hits(ann, "insomnia, rumination"))[0]["session_id"] == sleep


async def _all_of_one_model(installation: Installation) -> bool:
    return not await installation.value("SELECT count(*) FROM indexings WHERE model = 'older'")


async def test_the_nearest_are_those_of_brute_force_and_never_another_organisations(
    installation: Installation, ann: Speaking, bob: Speaking
) -> None:
    """With vectors that lie as near to each other in the one organisation as in the other."""
    chance = np.random.default_rng(7)
    database = await Database.connect(installation.settings.database_url, connections=1, timeout_s=10)
    keyring = Keyring(database, Key(installation.settings.master_key_bytes))
    stored: dict[UUID, tuple[UUID, np.ndarray[Any, Any]]] = {}
    for one in (ann, bob):
        session = UUID(await one.caller.session())
        org_id = await installation.value("SELECT org_id FROM sessions WHERE id = $1", session)
        vectors = chance.normal(size=(300, 32)).astype(np.float32)
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        made = [
            IndexedPassage(0, 1, None, "", PassageBody("", (session,), None), Embedding("test", tuple(vector)))
            for vector in vectors.tolist()
        ]
        key = await keyring.session(org_id, session)
        async with database.organisation(org_id) as connection:
            await passages.replace(connection, org_id, session, key, "test", made)
        stored[org_id] = session, vectors
    try:
        for org_id, (session, vectors) in stored.items():
            for asked in vectors[:20]:
                async with database.organisation(org_id) as connection:
                    query = Embedding("test", tuple(asked.tolist()))
                    found = await passages.nearest(connection, org_id, query, 10)
                    none = PassageFilter(uuid4())
                    assert await passages.nearest(connection, org_id, query, 10, none) == []
                assert {each.session_id for each, _ in found} == {session}
                assert [each.number for each, _ in found] == np.argsort(-(vectors @ asked))[:10].tolist()
    finally:
        await database.close()


async def test_a_look_at_what_is_stale_reads_no_more_than_it_hands_out(
    installation: Installation, knee: str, sleep: str
) -> None:
    """By Postgres' own count, and though it would rather read tables as small as these from end to end."""
    reads = """
        SELECT sum(seq_tup_read + coalesce(idx_tup_fetch, 0))::bigint FROM pg_stat_xact_user_tables
        WHERE relname IN ('sessions', 'indexings', 'steps')
    """
    passed_over = """
        SELECT count(*) FROM indexings i JOIN sessions s ON s.id = i.session_id
        LEFT JOIN steps t ON t.session_id = s.id AND t.step = 'index'
        WHERE s.state <> 'ready' OR t.state IN ('pending', 'running', 'failed')
    """
    owner = await asyncpg.connect(installation.owner_url, timeout=10)
    try:
        model = await owner.fetchval("SELECT model FROM indexings WHERE session_id = $1", UUID(knee))
        long_ago = "indexed_at = now() - interval '11 minutes'"
        for changed, handed_out in (
            ("model = model", 0), ("model = 'older'", 1), ("model = ''", 1), ("model = NULL", 0),
            (f"model = NULL, {long_ago}", 1),
        ):  # fmt: skip
            change = owner.transaction()
            await change.start()
            await owner.execute(f"UPDATE indexings SET {changed} WHERE model = '{model}'")
            skipped = await owner.fetchval(passed_over)
            before = await owner.fetchval(reads)
            assert len(await owner.fetch("SELECT FROM stale_indexings($1, '10 minutes', 1)", model)) == handed_out
            assert await owner.fetchval(reads) - before <= 3 * (handed_out + skipped)
            await change.rollback()
    finally:
        await owner.close()
