"""A session is asked, answers with what was said in it, and no question outlives its answer."""

from __future__ import annotations

import asyncio
import dataclasses
from typing import Any
from uuid import UUID, uuid4

from session_core.envelope import Key
from session_core.keyring import Keyring
from session_core.storage import questions
from session_core.storage.database import Database
from session_core.storage.questions import Question
from tests.installation import Installation, Part, until
from tests.integration.search.hits import QUERY, hits
from tests.spoken import KNEE, lines
from tests.spoken_session import Speaking


async def test_a_session_answers_with_what_was_said_in_it(ann: Speaking, knee: str, sleep: str) -> None:
    async def ask(session: str, question: str) -> list[dict[str, Any]]:
        answer = (await ann.caller("POST", f"/sessions/{session}/ask", json={"question": question})).ok()
        quotes: list[dict[str, Any]] = answer["quotes"]
        return quotes

    quotes = await ask(knee, "Does the patient have allergies?")
    said = {str(line.id): line for line in lines(*KNEE)}
    assert "Just penicillin." in quotes[0]["text"]
    for quote in quotes:
        cited = [said[segment] for segment in quote["segment_ids"]]
        assert quote["text"] in " ".join(line.text for line in cited)
        assert (quote["start_ms"], quote["end_ms"]) == (cited[0].start_ms, cited[-1].end_ms)
        assert quote["speaker"] == cited[0].role
    assert await ask(knee, "What is the capital of France?") == []
    assert await ask(sleep, "Does the patient have allergies?") == []


async def test_a_long_session_is_asked_by_way_of_its_passages(ann: Speaking) -> None:
    talk = [f"patient: On day {day} I walked to the harbour and counted {day} ships." for day in range(120)]
    talk[70:70] = ["clinician: Do you have any allergies?", "patient: Just penicillin."]
    session = await ann.session([dataclasses.replace(line, id=uuid4()) for line in lines(*talk)])
    reply = await ann.caller("POST", f"/sessions/{session}/ask", json={"question": "Any allergies to medicines?"})
    assert "Just penicillin." in reply.ok()["quotes"][0]["text"]


async def test_an_answer_joins_no_lines_that_were_minutes_apart(ann: Speaking) -> None:
    """What is near by its words ends with a question in one place, and begins with an answer in the other."""
    sad = [f"{who}: Were you moody in wintry weather after divorcing?" for who in ("patient", "clinician") * 45]
    story = "patient: I would rather speak of something else, it is long and difficult and I do not know how to begin."
    talk = [
        *sad[:20],
        "patient: I was very low after the divorce last winter.",
        "clinician: Did you think of ending your life when divorcing?",
        story,
        *sad[20:],
        "clinician: And do you smoke?",
        "patient: No, never.",
        "clinician: You told me about low mood in winter, is it better?",
        "patient: Yes, much.",
    ]
    spoken = [dataclasses.replace(line, id=uuid4()) for line in lines(*talk)]
    session = await ann.session(spoken)
    body = {"question": "Low mood, winter, divorce"}
    quotes = (await ann.caller("POST", f"/sessions/{session}/ask", json=body)).ok()["quotes"]
    assert any("low after the divorce" in quote["text"] for quote in quotes)
    places = {str(line.id): place for place, line in enumerate(spoken)}
    for quote in quotes:
        cited = [places[segment] for segment in quote["segment_ids"]]
        assert cited == list(range(cited[0], cited[0] + len(cited)))


async def test_another_organisations_session_cannot_be_asked(bob: Speaking, knee: str) -> None:
    reply = await bob.caller("POST", f"/sessions/{knee}/ask", json={"question": "Any allergies?"})
    assert reply.refused() == "not_found"


async def test_a_session_without_a_transcript_cannot_be_asked(ann: Speaking) -> None:
    session = await ann.caller.session()
    reply = await ann.caller("POST", f"/sessions/{session}/ask", json={"question": "Any allergies?"})
    assert reply.refused() == "invalid"


async def test_without_an_embedder_words_are_found_and_questions_refused(
    installation: Installation, ann: Speaking, worker: Part, knee: str
) -> None:
    worker.pause()
    try:
        found, asked = await asyncio.gather(
            ann.caller("POST", "/search", json={"query": QUERY}),
            ann.caller("POST", f"/sessions/{knee}/ask", json={"question": "Any allergies?"}),
        )
    finally:
        worker.resume()
    assert found.ok()["meaning"] is False
    assert knee in {hit["session_id"] for hit in found.json["hits"]}
    assert asked.refused() == "unavailable"
    assert await installation.value("SELECT count(*) FROM questions") == 0
    await until(lambda: _answers(ann))


async def _answers(one: Speaking) -> bool:
    return bool((await one.caller("POST", "/search", json={"query": QUERY})).ok()["meaning"])


async def test_no_word_is_stored_or_logged_and_no_question_outlives_its_answer(
    installation: Installation, ann: Speaking, knee: str
) -> None:
    await hits(ann, QUERY)
    stored = await installation.fetch(
        "SELECT words::text || ' ' || encode(body, 'escape') || coalesce(encode(speaker, 'escape'), '') FROM passages"
    )
    assert stored
    assert [row for row in stored if "penicillin" in row[0].casefold() or "patient" in row[0].casefold()] == []
    assert await installation.value("SELECT count(*) FROM questions") == 0
    assert "penicillin" not in installation.said().casefold()


async def test_what_nobody_fetched_is_swept(installation: Installation, ann: Speaking, knee: str) -> None:
    database = await Database.connect(installation.settings.database_url, connections=1, timeout_s=10)
    try:
        org_id = await installation.value("SELECT org_id FROM sessions WHERE id = $1", UUID(knee))
        key = await Keyring(database, Key(installation.settings.master_key_bytes)).organisation(org_id)
        old, new = Question(uuid4(), None, "one"), Question(uuid4(), None, "other")
        async with database.organisation(org_id) as connection:
            await questions.ask(connection, org_id, key, old)
            await questions.ask(connection, org_id, key, new)
        await installation.fetch("UPDATE questions SET asked_at = now() - interval '1 minute' WHERE id = $1", old.id)
        async with database.single() as connection:
            await questions.sweep(connection)
        left = await installation.fetch("SELECT id FROM questions")
        assert [row["id"] for row in left] == [new.id]
        async with database.organisation(org_id) as connection:
            await questions.take(connection, org_id, key, new.id)
    finally:
        await database.close()
