"""Telling: how far a step is, for whoever waits for it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any, TypeAlias

from session_core.change import Changes
from session_core.errors import NotFound, Unavailable
from session_core.storage import steps
from session_core.storage.steps import StepClaim

TELL_EVERY_S = 1.0
"""A step that takes no longer is not told of at all."""

Tell: TypeAlias = Callable[[float, str], None]
"""Say which share of a step is done, 0 to 1, and in words for people what is being done. It costs nothing: of all that
is said within a second the last counts, and no share that is less than one before."""


class Telling:
    """What is said of one attempt at a step. It is a ``Tell``; :meth:`aloud` makes events of it."""

    def __init__(
        self, claim: StepClaim, changes: Changes, every_s: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """``clock`` gives seconds that only grow."""
        self._claim = claim
        self._changes = changes
        self._every_s = every_s
        self._clock = clock
        self._begun = clock()
        self._said: tuple[float, str] | None = None

    def __call__(self, share: float, message: str) -> None:
        before = self._said[0] if self._said else 0.0
        self._said = max(before, min(share, 1.0)), message

    @asynccontextmanager
    async def aloud(self) -> AsyncIterator[None]:
        """Tell of it while the block runs, and nothing after it."""
        telling = asyncio.create_task(self._go_on())
        try:
            yield
        finally:
            telling.cancel()
            await asyncio.wait([telling])

    def progress(self) -> dict[str, Any] | None:
        """As it would be told now; None before anything was said. The rest takes as long for its share as what is done
        took for its own."""
        if self._said is None:
            return None
        share, message = self._said
        told: dict[str, Any] = {
            "step": self._claim.step.value,
            "percent": min(99, int(100 * share)),
            "message": message,
        }
        if share > 0:
            told["eta_s"] = round((self._clock() - self._begun) * (1 - share) / share)
        return told

    async def _go_on(self) -> None:
        told = None
        with suppress(NotFound):  # There is nobody to tell any more.
            while True:
                await asyncio.sleep(self._every_s)
                if self._said is None or self._said == told:
                    continue
                saying = self._said
                with suppress(Unavailable):  # The step is what matters; the next second has newer news anyway.
                    if not await self._tell():
                        return
                    told = saying

    async def _tell(self) -> bool:
        """False where the claim is lost: another attempt tells of the step now, or none."""
        claim, progress = self._claim, self.progress()
        async with self._changes.of(claim.org_id, claim.session_id) as change:
            if not await steps.is_held(change.connection, claim):
                return False
            if progress is not None:
                change.event("session.progress", progress)
        return True
