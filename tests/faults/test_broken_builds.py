"""The checker is worth something: builds that break a promise on purpose do not get past it."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from hearken.embedded import Services
from tests.clients import Chunk, Recorder
from tests.faults.scene import paused_in_a_window, session, start
from tests.installation import ROOT, Installation, until
from tests.postgres_wire import SOCKET, Hold, PostgresWire

pytestmark = pytest.mark.asyncio(loop_scope="module")

PACKAGES = ("session_core", "stream_server", "chunk_workers", "hearken", "migrations")

COMMIT = """\
            outcome = await self._commits.store(ChunkToStore(principal.org_id, chunk, sealed))
"""
NO_COMMIT = """\
            from asyncio import create_task
            from session_core.storage.chunks import StoreOutcome
            self._late = create_task(self._commits.store(ChunkToStore(principal.org_id, chunk, sealed)))
            outcome = StoreOutcome("stored", chunk.seq, 0)
"""

FENCE = "AND attempt = $3 AND state = 'running' AND planned"
NO_FENCE = "AND $3::integer IS NOT NULL"


def broken(folder: Path, file: str, whole: str, hole: str, times: int) -> Path:
    """A copy of the packages in which ``whole``, found so many times in ``file``, is replaced."""
    for package in PACKAGES:
        shutil.copytree(ROOT / package, folder / package, ignore=shutil.ignore_patterns("__pycache__"))
    text = (folder / file).read_text()
    assert text.count(whole) == times, f"{file} has changed: this patch does not fit any more"
    (folder / file).write_text(text.replace(whole, hole))
    module = file.removesuffix(".py").replace("/", ".")
    told = [sys.executable, "-P", "-c", f"import {module}; print({module}.__file__)"]
    found = subprocess.run(told, env={"PYTHONPATH": str(folder)}, cwd="/", capture_output=True, text=True, check=True)
    assert found.stdout.strip() == str(folder / file)
    return folder


async def test_an_acknowledgement_before_the_commit_is_found_out(
    services: Services, installation: Installation, chunks: list[Chunk], tmp_path: Path
) -> None:
    sources = broken(tmp_path / "broken", "stream_server/ingest.py", COMMIT, NO_COMMIT, 1)
    async with PostgresWire(services.cluster.sockets / SOCKET, tmp_path, "store_chunks(").listening() as wire:
        through = wire.url(installation.settings.database_url)
        node = await start(installation, sources=sources, database_url=through)
        async with session(installation, node.url, chunks) as scene:
            await scene.acknowledged(3)
            wire.hold = Hold.STATEMENT
            await until(lambda: more_acknowledged_than_stored(installation, scene.recorder))
            node.kill()
            await installation.start_node(port=node.port)
            found = await scene.verdict()
            assert any("was acknowledged and is lost" in complaint for complaint in found), found


async def more_acknowledged_than_stored(installation: Installation, recorder: Recorder) -> bool:
    return bool(await installation.value("SELECT count(*) FROM chunks") < len(recorder.acknowledged))


async def test_a_final_write_without_a_fence_is_found_out(
    installation: Installation, chunks: list[Chunk], tmp_path: Path
) -> None:
    sources = broken(tmp_path / "broken", "session_core/storage/claims.py", FENCE, NO_FENCE, 4)
    node, _, _ = await asyncio.gather(
        installation.start_node(),
        installation.start_worker(sources=sources),
        installation.start_worker(sources=sources),
    )
    async with session(installation, node.url, chunks) as scene:
        worker, window_id = await paused_in_a_window(installation)
        writes = f"SELECT count(*) FROM final_writes WHERE window_id = '{window_id}'"
        await until(lambda: installation.value(writes))
        worker.resume()
        await until(lambda: written_twice(installation, writes))
        found = await scene.verdict()
        assert f"window {window_id} is done and has 2 final transcriptions" in found


async def written_twice(installation: Installation, writes: str) -> bool:
    return bool(await installation.value(writes) == 2)
