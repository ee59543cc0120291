"""A session under way, for something to happen to it: a recorder that sends, a viewer that comes back all the time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import psutil

from tests.checker import complaints, watched
from tests.clients import Chunk, Recorder, Watcher
from tests.installation import Installation, Node, Part, until

PACE_S = 0.25
RESTLESS = 3

QUICK = {"lease_s": 2.0, "reconcile_every_s": 0.5, "retry_base_s": 0.2, "seal_wait_s": 3.0, "database_timeout_s": 3.0}
"""Settings under which what takes half a minute elsewhere takes seconds."""


async def start(installation: Installation, *, sources: Path | None = None, database_url: str | None = None) -> Node:
    """A worker, and a node that may be of another build or reach Postgres another way."""
    url = database_url or installation.settings.database_url
    node, _ = await asyncio.gather(
        installation.start_node(sources=sources, database_url=url), installation.start_worker()
    )
    return node


@dataclass
class Scene:
    installation: Installation
    url: str
    chunks: list[Chunk]
    recorder: Recorder
    watcher: Watcher
    recording: asyncio.Task[None]
    restless: int | None

    async def acknowledged(self, count: int) -> None:
        """Return once so many chunks are acknowledged."""
        await until(lambda: len(self.recorder.acknowledged) >= count or self.recording.done())
        assert len(self.recorder.acknowledged) >= count, self.recording

    async def verdict(self, text: str | None = None) -> list[str]:
        """What the checker says once Stop is answered."""
        async with asyncio.timeout(60):
            await self.recording
        found = await complaints(self.installation, self.url, self.recorder, self.watcher, self.chunks, text)
        assert self.restless is None or self.watcher.connections > 1
        return found


@asynccontextmanager
async def session(
    installation: Installation,
    url: str,
    chunks: list[Chunk],
    *,
    pace_s: float = PACE_S,
    restless: int | None = RESTLESS,
    held_back: int = 0,
) -> AsyncIterator[Scene]:
    """A recorder that sends a chunk every ``pace_s`` seconds, and a viewer that hangs up after ``restless`` events."""
    recorder = Recorder(installation, url, chunks, pace_s=pace_s)
    recorder.held_back = held_back
    recording = asyncio.create_task(recorder.run())
    try:
        async with watched(installation, url, recorder, restless=restless) as watcher:
            yield Scene(installation, url, chunks, recorder, watcher, recording, restless)
    finally:
        recording.cancel()
        await asyncio.gather(recording, return_exceptions=True)


STANDING = """
SELECT count(*) FROM windows WHERE state = 'running' AND id = $1 AND worker = $2
  AND NOT EXISTS (SELECT FROM pg_stat_activity
                    WHERE xact_start IS NOT NULL AND pid <> pg_backend_pid() AND backend_type = 'client backend'
                      AND datname = current_database())
"""
"""Nobody is inside a transaction: who is stopped there keeps its locks, also between the messages of one statement,
where Postgres calls it active and lets no time run out."""


async def paused_in_a_window(installation: Installation) -> tuple[Part, UUID]:
    """SIGSTOP a worker while its recogniser works on a final window.

    A worker stopped while it waits for Postgres (for the answer to its claim, say) would find that the time of
    its statement is over when it goes on: it would write nothing, and prove nothing about the fence.
    """
    found: list[tuple[Part, UUID]] = []

    async def try_once() -> bool:
        rows = await installation.fetch(
            "SELECT id, worker FROM windows WHERE state = 'running' AND kind = 'final' LIMIT 1"
        )
        if not rows:
            return False
        worker = installation.worker_of(rows[0]["worker"])
        worker.pause()
        if _recognises(worker) and await installation.value(STANDING, rows[0]["id"], rows[0]["worker"]):
            found.append((worker, rows[0]["id"]))
        else:
            worker.resume()
        return bool(found)

    await until(try_once)
    return found[0]


def _recognises(worker: Part) -> bool:
    """Whether its only recogniser computes; an idle one sleeps until it is asked."""
    return any(
        "chunk_workers.recogniser_host" in child.cmdline() and child.status() == psutil.STATUS_RUNNING
        for child in psutil.Process(worker.pid).children()
    )
