"""A worker with one Whisper for all sessions: what it hears together it hears as if alone, also when it breaks."""

from __future__ import annotations

import asyncio
import shutil
import signal
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import numpy as np
import psutil
import pytest
import pytest_asyncio

from hearken.embedded import Services
from session_core.settings import variable
from session_core.storage import workers
from tests.checker import log_final_writes
from tests.clients import Chunk, chunks_of
from tests.faults.scene import QUICK, Scene, session, start
from tests.installation import Installation, installation_on, until
from tests.small_whisper import FOLDER
from tests.small_whisper.measure import errors
from tests.small_whisper.sentences import aloud, grammatical, held_back
from tests.small_whisper.voices import RATE, VOICES, say

pytestmark = pytest.mark.asyncio(loop_scope="module")

CHUNK_S = 2.5
SENTENCES = 6
LONGEST_BATCH_S = 8.0
PAUSE = np.zeros(round(0.7 * RATE), dtype=np.int16)


@pytest.fixture(scope="session")
def sentences() -> list[str]:
    return [text for text in held_back() if grammatical(text)][20 : 20 + SENTENCES]


@pytest.fixture(scope="session")
def told(sentences: list[str]) -> list[list[Chunk]]:
    """The sentences as each of three voices says them."""
    return [
        chunks_of(
            np.concatenate([piece for text in sentences for piece in (say(aloud(text), voice).pcm, PAUSE)]), CHUNK_S
        )
        for voice in VOICES[:3]
    ]


@pytest_asyncio.fixture(loop_scope="module")
async def installation(services: Services, tmp_path: Path) -> AsyncIterator[Installation]:
    whisper = {"engine": "whisper", "whisper_model": FOLDER, "recognise_timeout_s": LONGEST_BATCH_S, "recognisers": 0}
    async with installation_on(services, tmp_path, **QUICK, **whisper) as made:
        await log_final_writes(made)
        yield made


@pytest_asyncio.fixture(loop_scope="module")
async def model(installation: Installation, tmp_path: Path) -> Path:
    """Its folder is the installation's own, to be broken."""
    copied = tmp_path / "trained"
    shutil.copytree(FOLDER, copied)
    installation.environ[variable("whisper_model")] = str(copied)
    return copied


async def engines(installation: Installation, url: str) -> list[tuple[str, str]]:
    async with installation.http.get(f"{url}/readyz") as answer:
        return [(engine["recogniser"], engine["notice"]) for engine in (await answer.json())["engines"]]


async def text_of(scene: Scene) -> str:
    assert await scene.verdict() == []
    path = f"/sessions/{scene.recorder.session_id}/transcript"
    transcript = await scene.installation.get(scene.url, scene.recorder.who, path)
    return "\n".join(segment["text"] for segment in transcript["segments"])


async def texts_at_once(installation: Installation, url: str, told: list[list[Chunk]]) -> list[str]:
    async with AsyncExitStack() as stack:
        scenes = [await stack.enter_async_context(session(installation, url, each)) for each in told]
        return list(await asyncio.gather(*(text_of(scene) for scene in scenes)))


def recogniser(installation: Installation) -> psutil.Process:
    """The one process that holds the model."""
    (worker,) = [part for part in installation.parts if part.name.startswith("work")]
    (found,) = [
        child for child in psutil.Process(worker.pid).children() if "chunk_workers.recogniser_host" in child.cmdline()
    ]
    return found


async def test_sessions_heard_together_have_the_words_they_have_alone(
    installation: Installation, told: list[list[Chunk]], sentences: list[str]
) -> None:
    node = await start(installation)
    together = await texts_at_once(installation, node.url, told)
    alone = [(await texts_at_once(installation, node.url, [each]))[0] for each in told]
    assert together == alone
    assert errors((" ".join(sentences), text.replace("\n", " ")) for text in together) < 0.15
    assert await installation.value("SELECT DISTINCT recogniser FROM windows") == "whisper trained int8"


@pytest.mark.parametrize("kind", [signal.SIGKILL, signal.SIGSTOP])
async def test_a_model_that_breaks_is_started_anew_and_every_session_has_its_words(
    kind: signal.Signals, installation: Installation, told: list[list[Chunk]]
) -> None:
    node = await start(installation)
    first = recogniser(installation)
    undisturbed = await texts_at_once(installation, node.url, told[:2])
    async with AsyncExitStack() as stack:
        scenes = [await stack.enter_async_context(session(installation, node.url, each)) for each in told[:2]]
        await until(lambda: installation.value("SELECT count(*) FROM windows WHERE state = 'running'"))
        first.send_signal(kind)
        assert list(await asyncio.gather(*(text_of(scene) for scene in scenes))) == undisturbed
    assert not first.is_running()
    assert recogniser(installation).pid != first.pid


async def test_a_model_that_cannot_be_loaded_again_is_told_and_what_was_recorded_is_heard_once_it_can(
    installation: Installation, model: Path, told: list[list[Chunk]]
) -> None:
    node = await start(installation)
    [(name, _)] = await engines(installation, node.url)
    hidden = model.with_name("hidden")
    model.rename(hidden)
    recogniser(installation).kill()
    async with session(installation, node.url, told[0]) as scene:
        await until(lambda: _told(installation, node.url, workers.STARTING, "does not exist"))
        hidden.rename(model)
        assert await text_of(scene)
    await until(lambda: _told(installation, node.url, name, "runs, as set"))


async def _told(installation: Installation, url: str, recogniser: str, says: str) -> bool:
    """Whether /readyz has one engine, which it calls so and of which it says so."""
    return [name == recogniser and says in notice for name, notice in await engines(installation, url)] == [True]
