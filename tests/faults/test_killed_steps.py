"""A worker is killed in the middle of what it does after Stop: the next one makes the same, once."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio

from hearken.embedded import Services
from tests.caller import Caller
from tests.clients import Chunk
from tests.faults.scene import QUICK
from tests.installation import Installation, Part, installation_on, until
from tests.postgres_wire import SOCKET, Hold, PostgresWire

pytestmark = pytest.mark.asyncio(loop_scope="module")

CHUNKS = 5
"""Of the conversation: both have spoken."""

FINAL_WRITE = "UPDATE steps SET state = $4"


@dataclass(frozen=True)
class Made:
    """What steps left in the database. ``told``: how often a viewer was told that something is ready."""

    artifacts: set[tuple[str, int]]
    told: int
    passages: list[tuple[Any, ...]]
    vectors: int


@dataclass
class Ward:
    """A session that is ready, and one worker, whose final write of a step can be held."""

    installation: Installation
    wire: PostgresWire
    caller: Caller
    session: str
    worker: Part

    async def new_worker(self) -> None:
        self.worker = await on(self.installation, self.wire)

    async def transcript(self) -> Any:
        return (await self.caller("GET", f"/sessions/{self.session}/transcript")).ok()

    async def said(self) -> list[tuple[str | None, str]]:
        return [(segment["speaker"], segment["text"]) for segment in (await self.transcript())["segments"]]

    async def finished(self) -> bool:
        transcript = await self.transcript()
        done = {each["step"] for each in transcript["steps"] if each["state"] == "done"}
        return transcript["state"] == "ready" and done >= {"label", "note", "index"}

    async def made(self) -> Made:
        artifacts = await self._rows("SELECT kind, generation FROM artifacts WHERE session_id = $1")
        told = await self._rows("SELECT version FROM events WHERE session_id = $1 AND type = 'artifact.ready'")
        passages = await self._rows(
            "SELECT number, start_ms, end_ms, speaker, words::text FROM passages WHERE session_id = $1 ORDER BY number"
        )
        vectors = await self._rows("SELECT number FROM passage_vectors WHERE session_id = $1")
        return Made(set(artifacts), len(told), passages, len(vectors))

    async def claim(self, step: str) -> tuple[str, int]:
        """The step's state, and how often it was ever taken."""
        rows = await self._rows(f"SELECT state, attempt FROM steps WHERE session_id = $1 AND step = '{step}'")
        state, attempt = rows[0]
        return state, attempt

    async def _rows(self, query: str) -> list[Any]:
        return [tuple(row) for row in await self.installation.fetch(query, UUID(self.session))]


async def on(installation: Installation, wire: PostgresWire) -> Part:
    return await installation.start_worker(database_url=wire.url(installation.settings.database_url))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def ward(
    services: Services, tmp_path_factory: pytest.TempPathFactory, chunks: list[Chunk]
) -> AsyncIterator[Ward]:
    folder = tmp_path_factory.mktemp("ward")
    async with (
        installation_on(services, folder, **QUICK) as installation,
        PostgresWire(services.cluster.sockets / SOCKET, folder, FINAL_WRITE).listening() as wire,
    ):
        node = await installation.start_node()
        caller = Caller(installation, node, await installation.token(node, installation.ann))
        session = await recorded(caller, chunks[:CHUNKS])
        made = Ward(installation, wire, caller, session, await on(installation, wire))
        await until(made.finished)
        yield made


async def recorded(caller: Caller, chunks: list[Chunk]) -> str:
    session = await caller.session(media_type="audio/flac")
    for chunk in chunks:
        query = {"first_sample": chunk.first_sample, "sample_count": chunk.sample_count}
        headers = {"Content-Type": "audio/flac"}
        (await caller.put(session, chunk.seq, chunk.audio, query=query, headers=headers)).ok()
    (await caller("POST", f"/sessions/{session}/stop", json={"last_seq": chunks[-1].seq})).ok()
    return session


@asynccontextmanager
async def held(wire: PostgresWire) -> AsyncIterator[None]:
    """The next final write of a step is carried out and never committed."""
    caught = wire.caught
    wire.hold = Hold.ANSWER
    try:
        yield
        await until(lambda: wire.caught > caught)
    finally:
        wire.hold = Hold.NOTHING


@pytest.mark.parametrize(
    ("step", "artifacts", "told"), [("label", {"labels", "notes"}, 3), ("note", {"notes"}, 1), ("index", set(), 1)]
)
async def test_a_worker_killed_in_a_step_leaves_nothing_and_the_next_one_makes_the_same_once(
    ward: Ward, step: str, artifacts: set[str], told: int
) -> None:
    """``artifacts`` and as many tidings are what the step and those that follow it make anew."""
    before, said = await ward.made(), await ward.said()
    assert len({speaker for speaker, _ in said}) == 2
    assert 0 < len(before.passages) == before.vectors
    _, first = await ward.claim(step)

    async with held(ward.wire):
        (await ward.caller("POST", f"/sessions/{ward.session}/retry", json={"step": step})).ok()
    ward.worker.kill()
    state, second = await ward.claim(step)
    assert (state, second > first) == ("running", True)
    assert await ward.made() == before

    await ward.new_worker()
    await until(ward.finished)
    state, third = await ward.claim(step)
    assert (state, third > second) == ("done", True)
    anew = {(kind, max(each for name, each in before.artifacts if name == kind) + 1) for kind in artifacts}
    assert await ward.made() == replace(before, artifacts=before.artifacts | anew, told=before.told + told)
    assert await ward.said() == said
