"""Keeping a claim: the lease on the database's clock is renewed while the work goes on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

from session_core.errors import HearkenError, Unavailable

LONGEST_PAUSE_S = 300.0


@dataclass(frozen=True, slots=True)
class Attempts:
    """How often a piece of work is tried, and how long a worker may be silent about it."""

    lease_s: float
    heartbeat_s: float
    most: int
    pause_base_s: float

    def pause(self, tries: int, chance: float) -> float:
        """Seconds before the next attempt: doubling, with ``chance`` in [0, 1) spreading it over 50 to 150 %."""
        return min(LONGEST_PAUSE_S, self.pause_base_s * 2.0 ** (tries - 1)) * (0.5 + chance)


class ClaimLost(Exception):
    """The work was given to another worker, or is not wanted any more: nothing of it may be written."""


@asynccontextmanager
async def held(renew: Callable[[], Awaitable[bool]], every_s: float) -> AsyncIterator[None]:
    """Renew while the block runs. Where the claim is lost the block is left to finish: the fence keeps out what it
    makes, and ending a model in the middle would mean to load it anew."""

    async def beat() -> None:
        kept = True
        while kept:
            await asyncio.sleep(every_s)
            with suppress(Unavailable):  # The lease may well still stand when Postgres is back.
                kept = await renew()

    heartbeat = asyncio.create_task(beat())
    try:
        yield
    finally:
        heartbeat.cancel()


class WorkersLost(HearkenError):
    code, status, retryable = "internal", 500, False
