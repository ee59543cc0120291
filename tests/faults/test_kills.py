"""Programs are killed, frozen and wiped in the middle of a session: nothing acknowledged is lost, nothing doubled,
and every viewer ends with what Postgres holds."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path
from uuid import UUID

import psutil
import pytest
import pytest_asyncio
import redis.asyncio

from hearken.embedded import Services
from hearken.supervisor import Program
from tests.checker import log_final_writes
from tests.clients import Chunk, Recorder
from tests.faults.scene import QUICK, paused_in_a_window, session, start
from tests.installation import Installation, installation_on, until
from tests.postgres_wire import SOCKET, Hold, PostgresWire

pytestmark = pytest.mark.asyncio(loop_scope="module")

REST = 4
"""Chunks at the end, without which the first window of the speech is closed all the same."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def text(services: Services, tmp_path_factory: pytest.TempPathFactory, chunks: list[Chunk]) -> str:
    """What the speech gives when nothing happens."""
    async with installation_on(services, tmp_path_factory.mktemp("undisturbed"), **QUICK) as installation:
        await log_final_writes(installation)
        node = await start(installation)
        async with session(installation, node.url, chunks, pace_s=0) as scene:
            assert await scene.verdict() == []
            return scene.watcher.viewer.view.text()


def wire(services: Services, folder: Path, statement: str) -> PostgresWire:
    return PostgresWire(services.cluster.sockets / SOCKET, folder, statement)


async def killed_and_back(program: Program) -> None:
    restarts = program.restarts
    assert program.pid is not None
    os.kill(program.pid, signal.SIGKILL)
    await until(lambda: program.restarts > restarts and program.pid is not None)


@pytest.mark.parametrize("hold", [Hold.STATEMENT, Hold.ANSWER], ids=["before_commit", "between_commit_and_ack"])
async def test_a_killed_node(
    services: Services, installation: Installation, chunks: list[Chunk], text: str, tmp_path: Path, hold: Hold
) -> None:
    async with wire(services, tmp_path, "store_chunks(").listening() as between:
        node = await start(installation, database_url=between.url(installation.settings.database_url))
        async with session(installation, node.url, chunks) as scene:
            await scene.acknowledged(4)
            between.hold = hold
            await until(lambda: between.caught)
            unanswered = int(hold is Hold.ANSWER)
            await until(lambda: all_answered_but(unanswered, installation, scene.recorder))
            node.kill()
            assert await all_answered_but(unanswered, installation, scene.recorder)
            await installation.start_node(port=node.port)
            assert await scene.verdict(text) == []
            assert scene.recorder.connections > 1


async def all_answered_but(count: int, installation: Installation, recorder: Recorder) -> bool:
    """Whether so many stored chunks are not acknowledged."""
    stored = await installation.value("SELECT count(*) FROM chunks")
    return bool(stored == len(recorder.acknowledged) + count)


async def test_a_worker_killed_in_the_middle_of_a_window(
    installation: Installation, chunks: list[Chunk], text: str
) -> None:
    node = await start(installation)
    async with session(installation, node.url, chunks) as scene:
        worker, window_id = await paused_in_a_window(installation)
        children = psutil.Process(worker.pid).children(recursive=True)
        assert len(children) >= 2  # the recogniser, and what decodes
        worker.kill()
        await until(lambda: not any(child.is_running() for child in children))
        await installation.start_worker()
        assert await scene.verdict(text) == []
        assert await attempts_of(installation, window_id) == [2]


async def test_a_worker_that_slept_through_its_lease(
    installation: Installation, chunks: list[Chunk], text: str
) -> None:
    node, _ = await asyncio.gather(start(installation), installation.start_worker())
    async with session(installation, node.url, chunks) as scene:
        worker, window_id = await paused_in_a_window(installation)
        await until(lambda: attempts_of(installation, window_id))
        worker.resume()
        await until(lambda: f"window {window_id} attempt 1: the claim was lost" in worker.said())
        assert await scene.verdict(text) == []
        assert await attempts_of(installation, window_id) == [2]


async def attempts_of(installation: Installation, window_id: UUID) -> list[int]:
    """The attempts that wrote a final transcription of the window."""
    rows = await installation.fetch("SELECT attempt FROM final_writes WHERE window_id = $1", window_id)
    return [row["attempt"] for row in rows]


async def test_a_worker_frozen_in_the_middle_of_its_final_write(
    services: Services, installation: Installation, chunks: list[Chunk], text: str, tmp_path: Path
) -> None:
    """It holds the session's lock: chunks must be stored all the same, and not only after it has woken."""
    async with wire(services, tmp_path, "UPDATE windows SET state = 'done'").listening() as between:
        through = between.url(installation.settings.database_url)
        node, frozen = await asyncio.gather(
            installation.start_node(), installation.start_worker(database_url=through, provisional=False)
        )
        between.hold = Hold.ANSWER
        async with session(installation, node.url, chunks, held_back=REST) as scene:
            await until(lambda: between.caught)
            frozen.pause()
            scene.recorder.held_back = 0
            await installation.start_worker()
            await scene.acknowledged(len(chunks))
            assert await scene.verdict(text) == []
            before = len(frozen.said())
            frozen.resume()
            await until(lambda: "the claim was lost" in frozen.said()[before:] or "left to its lease" in frozen.said())
            assert await scene.verdict(text) == []


async def test_a_killed_redis(services: Services, installation: Installation, chunks: list[Chunk], text: str) -> None:
    node = await start(installation)
    async with session(installation, node.url, chunks) as scene:
        await scene.acknowledged(3)
        await killed_and_back(services.redis)
        await scene.acknowledged(8)
        await killed_and_back(services.redis)
        assert await scene.verdict(text) == []


async def test_a_redis_that_is_wiped_all_the_time(
    services: Services, installation: Installation, chunks: list[Chunk], text: str
) -> None:
    node = await start(installation)

    async def wipe() -> None:
        async with redis.asyncio.Redis.from_url(services.redis_url) as client:
            while True:
                await client.flushall()
                await asyncio.sleep(0.01)

    wiping = asyncio.create_task(wipe())
    async with session(installation, node.url, chunks) as scene:
        assert await scene.verdict(text) == []
    assert not wiping.done()
    wiping.cancel()


async def test_a_killed_postgres(
    services: Services, installation: Installation, chunks: list[Chunk], text: str
) -> None:
    node = await start(installation)
    async with session(installation, node.url, chunks, held_back=REST) as scene:
        running = "SELECT count(*) FROM windows WHERE state = 'running' AND kind = 'final'"
        await until(lambda: installation.value(running))
        scene.recorder.held_back = 0
        await killed_and_back(services.postgres)
        await until(services.cluster.is_ready)
        assert await scene.verdict(text) == []
