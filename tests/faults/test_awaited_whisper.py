"""A worker whose Whisper is still to be downloaded: with `auto` the other engine hears meanwhile, without a word lost
when Whisper takes its place."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import numpy as np
import pytest
import pytest_asyncio

from hearken.embedded import Services
from tests.checker import log_final_writes
from tests.clients import Chunk, chunks_of
from tests.faults.scene import QUICK, session, start
from tests.hub_server import HubServer
from tests.installation import Installation, Node, installation_on, until
from tests.small_whisper import FOLDER
from tests.small_whisper.sentences import aloud, grammatical, held_back
from tests.small_whisper.voices import RATE, VOICES, say

pytestmark = pytest.mark.asyncio(loop_scope="module")

WHISPER, SPHINX = "whisper tiny int8", "pocketsphinx en-us"
CHUNK_S = 2.5


@pytest.fixture
def hub() -> Iterator[HubServer]:
    with HubServer("Systran/faster-whisper-tiny", FOLDER).running() as server:
        yield server


@pytest_asyncio.fixture(loop_scope="module")
async def installation(services: Services, hub: HubServer, tmp_path: Path) -> AsyncIterator[Installation]:
    settings = {"engine": "auto", "whisper_model": "tiny", "allow_download": True}
    async with installation_on(services, tmp_path, **QUICK, **settings) as made:
        made.environ |= {"HF_ENDPOINT": hub.url, "HF_HOME": str(tmp_path / "home")}
        await log_final_writes(made)
        yield made


@pytest.fixture(scope="session")
def told() -> list[Chunk]:
    pause = np.zeros(round(0.7 * RATE), dtype=np.int16)
    sentences = [text for text in held_back() if grammatical(text)][20:26]
    return chunks_of(
        np.concatenate([piece for text in sentences for piece in (say(aloud(text), VOICES[0]).pcm, pause)]), CHUNK_S
    )


async def runs(installation: Installation, node: Node, recogniser: str, says: str) -> bool:
    async with installation.http.get(f"{node.url}/readyz") as answer:
        engines = [(engine["recogniser"], engine["notice"]) for engine in (await answer.json())["engines"]]
    return [name == recogniser and says in notice for name, notice in engines] == [True]


async def test_pocketsphinx_hears_until_whisper_is_here_and_no_word_is_lost_when_it_comes(
    installation: Installation, hub: HubServer, told: list[Chunk]
) -> None:
    hub.status = 503
    node = await start(installation)
    await until(lambda: runs(installation, node, SPHINX, "could not be downloaded: the hub answered 503"))
    async with session(installation, node.url, told) as scene:
        await until(
            lambda: installation.value("SELECT count(*) FROM windows WHERE recogniser = $1", SPHINX),
        )
        hub.status = None
        await until(lambda: runs(installation, node, WHISPER, "the best engine present"), 300)
        assert await scene.verdict() == []
    async with session(installation, node.url, told) as scene:
        assert await scene.verdict() == []
        by = await installation.fetch(
            "SELECT DISTINCT recogniser FROM windows WHERE session_id = $1", scene.recorder.session_id
        )
        assert [row["recogniser"] for row in by] == [WHISPER]


async def test_where_whisper_was_asked_for_the_worker_waits_for_it_and_may_be_stopped_meanwhile(
    installation: Installation, hub: HubServer
) -> None:
    hub.stops_at = 1000
    node = await installation.start_node()
    waiting = asyncio.create_task(installation.start_worker(engine="whisper"))
    await until(hub.stopped.is_set)
    worker = installation.parts[-1]
    assert await worker.terminate() == 0
    with pytest.raises(AssertionError, match="ended"):
        await waiting
    hub.stops_at = None
    await installation.start_worker(engine="whisper")
    await until(lambda: runs(installation, node, WHISPER, "runs, as set"))
