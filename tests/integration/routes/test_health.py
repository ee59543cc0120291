"""Metrics and readiness."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import Any

import pytest

from hearken.embedded import Services, embedded_services
from tests.caller import Caller
from tests.installation import Installation, until


@pytest.fixture(scope="module")
async def services(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Services]:
    """Of its own: one is stopped."""
    async with embedded_services(tmp_path_factory.mktemp("services")) as running:
        yield running


async def test_metrics_count_by_code_and_hold_no_id_and_no_name(
    installation: Installation, ann: Caller, nobody: Caller
) -> None:
    session = await ann.session(title="Zebra Quartz", patient_id="patient-4711")
    await ann.put(session, 0)
    await ann.put(session, 0)
    metrics = (await nobody("GET", "/metrics")).body.decode()
    counted = dict(re.findall(r'^hearken_chunks_total\{outcome="(\w+)"\} ([\d.]+)$', metrics, re.MULTILINE))
    assert float(counted["stored"]) > 0
    assert float(counted["duplicate"]) > 0
    assert not re.search(r"[0-9a-f]{8}-[0-9a-f]{4}-", metrics)
    for word in ("Zebra", "4711", installation.ann.email, installation.ann.organisation):
        assert word not in metrics
        assert word not in installation.said()


async def test_a_node_tells_what_can_be_heard_who_writes_notes_and_compares_meanings_and_whether_transcripts_leave(
    installation: Installation, ann: Caller, nobody: Caller
) -> None:
    assert (await ann("GET", "/api/v1/note-templates")).ok()["writers"] == []
    assert (await ann("GET", "/api/v1/search")).ok() == {"embedders": []}
    assert (await ann("GET", "/api/v1/languages")).ok() == {"items": None, "recogniser_runs": False}
    worker = await installation.start_worker(
        openai_url="http://model.invalid/v1", note_model="tiny", embedder="openai", embedding_model="small"
    )
    try:
        engines = (await nobody("GET", "/readyz")).ok()["engines"]
        assert [(engine["note_writer"], engine["note_leaves"]) for engine in engines] == [("openai tiny", True)]
        assert [(engine["embedder"], engine["embedder_leaves"]) for engine in engines] == [("openai small", True)]
        assert (await ann("GET", "/api/v1/search")).ok() == {"embedders": [{"name": "openai small", "leaves": True}]}
        assert (await ann("GET", "/api/v1/languages")).ok() == {"items": ["en"], "recogniser_runs": True}
        templates = (await ann("GET", "/api/v1/note-templates")).ok()
        assert templates["writers"] == [{"name": "openai tiny", "leaves": True}]
        assert "notes are written by openai tiny" in worker.said()
        assert [engine["diarizer"] for engine in engines] == ["resemblyzer 0.1.4"]
        assert "tells voices apart" in engines[0]["notice"]
    finally:
        assert await worker.terminate() == 0


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"diarizer": "pyannote", "diarizer_model": "/nowhere"}, "pyannote.audio is not installed"),
        (
            {"engine": "whisper", "whisper_model": "/nowhere"},
            "the folder that HEARKEN_WHISPER_MODEL names does not exist",
        ),
    ],
)
async def test_a_worker_does_not_run_without_what_was_asked_for_and_the_node_says_why(
    settings: dict[str, Any], says: str, installation: Installation, nobody: Caller
) -> None:
    with pytest.raises(AssertionError, match=re.escape(says)) as refused:
        await installation.start_worker(**settings)
    assert "Traceback" not in str(refused.value)
    ready = (await nobody("GET", "/readyz")).ok()
    assert ready["engines"] == []
    assert [notice for notice in ready["unable"] if says in notice] != []


async def test_why_a_worker_cannot_start_is_told_through_its_next_tries_until_one_of_its_host_can(
    installation: Installation, nobody: Caller
) -> None:
    async def unable() -> Any:
        return (await nobody("GET", "/readyz")).ok()["unable"]

    async def fail() -> None:
        with pytest.raises(AssertionError, match="does not exist"):
            await installation.start_worker(engine="whisper", whisper_model="/nowhere")

    await fail()
    await installation.execute("UPDATE workers SET seen_at = seen_at - interval '10 minutes'")
    assert len(await unable()) == 1
    worker = await installation.start_worker()
    try:
        assert await unable() == []
        await fail()
        last = await installation.value("SELECT max(seen_at) FROM workers")
        later = "SELECT count(*) FROM workers WHERE seen_at > $1"
        await until(lambda: installation.value(later, last))
        assert len(await unable()) == 1
        await installation.execute("UPDATE workers SET seen_at = seen_at - interval '20 minutes'")
        assert await unable() == []
    finally:
        assert await worker.terminate() == 0


async def test_a_node_lives_without_its_database_and_is_ready_again_when_it_is_back(
    installation: Installation, ann: Caller, nobody: Caller
) -> None:
    ready = (await nobody("GET", "/readyz")).ok()
    assert (ready["ready"], ready["database"], ready["redis"]) == (True, "ok", "ok")
    session = await ann.session()
    await installation.services.postgres.stop()
    try:
        away = await nobody("GET", "/readyz")
        assert away.status == 503
        assert (away.json["ready"], away.json["database"]) == (False, "away")
        assert (await nobody("GET", "/healthz")).ok() == {"alive": True}
        refused = await ann.put(session, 0)
        assert refused.refused() == "unavailable"
        assert refused.json["error"]["retryable"] is True
    finally:
        await installation.services.postgres.start(installation.services.cluster.is_ready)

    async def is_ready() -> bool:
        return (await nobody("GET", "/readyz")).status == 200

    await until(is_ready)
    (await ann.put(session, 0)).ok()
