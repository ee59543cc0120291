"""The object store goes away, a worker is killed in the middle of archiving: nothing of the audio is lost."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from hearken.embedded import Services
from tests.caller import Caller
from tests.faults.scene import QUICK
from tests.installation import Installation, Node, installation_on, until
from tests.object_stores import BUCKET, Gate, gate_before, s3_server
from tests.sound import RATE, file_of, tone

SECONDS, CHUNKS = 2, 3


@dataclass(frozen=True)
class Clinic:
    installation: Installation
    gate: Gate

    async def caller(self, node: Node) -> Caller:
        return Caller(self.installation, node, await self.installation.token(node, self.installation.ann))

    async def fresh(self) -> Caller:
        """Somebody at a node that has no audio at hand."""
        return await self.caller(await self.installation.start_node())

    async def in_rows(self, session: str) -> int:
        return int(
            await self.installation.value(
                "SELECT count(*) FROM chunks WHERE session_id = $1::uuid AND audio IS NOT NULL", session
            )
        )


@pytest.fixture(scope="module")
def s3() -> Iterator[int]:
    with s3_server() as port:
        yield port


@pytest.fixture
async def clinic(services: Services, s3: int, tmp_path: Path) -> AsyncIterator[Clinic]:
    async with gate_before(s3) as gate:
        settings = {
            "archive_url": f"s3://{BUCKET}/audio",
            "archive_endpoint": f"http://127.0.0.1:{gate.port}",
            "archive_region": "us-east-1",
            "archive_access_key": "a-key",
            "archive_secret_key": "a-secret",
            "archive_after_s": 0.1,
        }
        async with installation_on(services, tmp_path / "clinic", **(QUICK | settings)) as installation:
            yield Clinic(installation, gate)


async def recorded(caller: Caller) -> str:
    """A session that was stopped; each chunk has another sound."""
    session = await caller.session()
    for seq in range(CHUNKS):
        pcm = tone(SECONDS, hertz=300.0 + 100 * seq)
        query = {"first_sample": seq * SECONDS * RATE, "sample_count": len(pcm)}
        (await caller.put(session, seq, file_of(pcm, "audio/wav"), query=query)).ok()
    (await caller("POST", f"/sessions/{session}/stop", json={"last_seq": CHUNKS - 1})).ok()
    return session


async def heard(caller: Caller, session: str) -> np.ndarray[tuple[int], np.dtype[np.int16]]:
    reply = await caller("GET", f"/sessions/{session}/audio")
    assert reply.status == 200, reply.body
    return np.frombuffer(reply.body[-CHUNKS * SECONDS * RATE * 2 :], dtype="<i2")


async def state(caller: Caller, session: str) -> str:
    return str((await caller("GET", f"/sessions/{session}")).ok()["state"])


async def test_a_worker_killed_while_it_writes_loses_nothing_and_the_next_one_archives(clinic: Clinic) -> None:
    first = await clinic.fresh()
    worker = await clinic.installation.start_worker()
    clinic.gate.shut()
    session = await recorded(first)
    before = await heard(first, session)
    assert np.abs(before).max() > 0
    running = "SELECT count(*) FROM steps WHERE step = 'archive' AND state = 'running'"
    await until(lambda: clinic.installation.value(running))
    await until(lambda: clinic.gate.held)
    worker.kill()
    assert await clinic.in_rows(session) == CHUNKS
    assert np.array_equal(await heard(await clinic.fresh(), session), before)
    clinic.gate.open()
    await clinic.installation.start_worker()

    async def is_archived() -> bool:
        return await clinic.in_rows(session) == 0

    await until(is_archived)
    assert np.array_equal(await heard(await clinic.fresh(), session), before)
    assert await state(first, session) == "ready"


async def test_audio_in_a_store_that_is_away_is_unavailable_until_it_is_back(clinic: Clinic) -> None:
    first = await clinic.fresh()
    await clinic.installation.start_worker()
    session = await recorded(first)
    before = await heard(first, session)

    async def is_archived() -> bool:
        return await clinic.in_rows(session) == 0

    await until(is_archived)
    clinic.gate.shut()
    listener = await clinic.fresh()
    reply = await listener("GET", f"/sessions/{session}/audio")
    assert reply.refused() == "unavailable"
    assert reply.json["error"]["retryable"]
    assert (await listener("GET", f"/sessions/{session}/transcript")).status == 200
    clinic.gate.open()
    assert np.array_equal(await heard(listener, session), before)
    said = clinic.installation.said()
    assert BUCKET not in said
    assert "a-secret" not in said
