"""Claims of windows: which one comes first, and what it costs to find out."""

from __future__ import annotations

from collections.abc import AsyncIterator
from uuid import UUID, uuid4

import pytest

from hearken.embedded import Services
from session_core.messages.session import SessionStart
from session_core.storage import claims
from session_core.storage.claims import Claim
from session_core.storage.windows import CLOSED, PROVISIONAL
from tests.installation import installation_on
from tests.scripted_clinic import Clinic

MANY, FEW = 5_000, 50

WINDOWS = """
    INSERT INTO windows (org_id, session_id, id, kind, cut_sample, start_sample, end_sample, next_cut_sample,
                         overlaps_previous, overlaps_next, generation, priority, wanted_at)
    SELECT org_id, id, gen_random_uuid(), $2, 0, 0, 1, 1, false, false, 0, 2,
           clock_timestamp() + make_interval(secs => $4 + place)
    FROM sessions, generate_series(1, $3) AS place WHERE id = $1
"""
READ = """
    SELECT seq_tup_read + coalesce(idx_tup_fetch, 0) FROM pg_stat_xact_user_tables WHERE relname = 'windows'
"""


class Waiting:
    """Windows that wait, without their audio."""

    def __init__(self, clinic: Clinic, session: UUID) -> None:
        self._clinic = clinic
        self._session = session

    async def plan(self, kind: str, count: int, wanted_in_s: float) -> None:
        await self._clinic.installation.fetch(WINDOWS, self._session, kind, count, wanted_in_s)

    async def claim(self, *kinds: str, lease_s: float = 60.0) -> Claim | None:
        async with self._clinic.database.single() as connection:
            return await claims.take(connection, "worker", lease_s, kinds)

    async def rows_read(self, *kinds: str) -> int:
        """By a claim that is found, and then not taken after all."""
        await self._clinic.installation.execute("ANALYZE windows")
        async with self._clinic.database.single() as connection:
            claiming = connection.transaction()
            await claiming.start()
            assert await claims.take(connection, "worker", 60.0, kinds)
            read: int = await connection.fetchval(READ)
            await claiming.rollback()
        return read


@pytest.fixture
async def waiting(services: Services, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Waiting]:
    async with (
        installation_on(services, tmp_path_factory.mktemp("claims")) as installation,
        Clinic.on(installation) as clinic,
    ):
        wanted = SessionStart(client_ref=str(uuid4()), media_type="audio/wav", sample_rate=16_000, chunk_seconds=15)
        yield Waiting(clinic, (await clinic.sessions.start(clinic.principal, wanted)).session_id)


async def test_what_is_wanted_first_is_claimed_first_of_whatever_kind(waiting: Waiting) -> None:
    for kind, wanted_in_s in ((CLOSED, 3), (PROVISIONAL, 1), (CLOSED, 2)):
        await waiting.plan(kind, 1, wanted_in_s)
    claimed = [await waiting.claim(PROVISIONAL, CLOSED) for _ in range(3)]
    assert all(claimed)
    order = [claim.wanted_s for claim in claimed if claim]
    assert order == sorted(order)
    assert await waiting.claim(PROVISIONAL, CLOSED) is None


async def test_each_kind_is_claimed_by_who_takes_it(waiting: Waiting) -> None:
    await waiting.plan(CLOSED, 1, 0)
    assert await waiting.claim(PROVISIONAL) is None
    assert await waiting.claim(CLOSED)


async def test_a_lease_that_has_run_out_makes_a_window_due_in_its_old_place(waiting: Waiting) -> None:
    await waiting.plan(CLOSED, 1, 0)
    first = await waiting.claim(CLOSED, lease_s=0.0)
    await waiting.plan(CLOSED, 1, 0)
    again = await waiting.claim(CLOSED)
    assert first
    assert again
    assert (again.window_id, again.attempt) == (first.window_id, first.attempt + 1)


@pytest.mark.parametrize("kinds", [(CLOSED,), (PROVISIONAL,), (CLOSED, PROVISIONAL)])
async def test_a_claim_reads_few_rows_however_many_wait(waiting: Waiting, kinds: tuple[str, ...]) -> None:
    await waiting.plan(CLOSED, MANY, 100)
    await waiting.plan(PROVISIONAL, 1, 200)
    assert await waiting.rows_read(*kinds) < FEW
