"""Doing the steps after Stop: claim one, prepare what it makes, publish it once.

Preparing takes as long as it takes and touches nothing; publishing is one transaction under the session row's lock,
fenced by the attempt number. However often a step is done, whoever finishes it first is the only one who publishes.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from chunk_workers.lease import LONGEST_PAUSE_S, Attempts, ClaimLost, WorkersLost, held
from chunk_workers.telling import TELL_EVERY_S, Tell, Telling
from session_core.after_stop import follow
from session_core.change import Change, Changes
from session_core.errors import HearkenError, Internal, NotFound, Unavailable
from session_core.log import where
from session_core.step import Step
from session_core.storage import steps
from session_core.storage.database import Database
from session_core.storage.steps import StepClaim

log = logging.getLogger(__name__)

Publication: TypeAlias = Callable[[Change], Awaitable[str | None]]
"""Writes what a step made. It runs within the transaction that ends the step, and must not wait for anything else. What
it returns is for the log, once that is committed."""


class StepWork(Protocol):
    """What one kind of step does.

    ``prepare`` may run several times for the same generation, also at the same time on two workers, and promises that
    what it makes is the same then. It raises :class:`HearkenError`; a ``retryable`` one is tried again. Meanwhile it
    may ``tell`` how far it is.
    """

    async def prepare(self, claim: StepClaim, tell: Tell) -> Publication: ...


@dataclass(slots=True)
class _Lane:
    """How many of a kind of step this worker does at once, and is doing."""

    work: StepWork
    most: int
    busy: int = 0


class StepRunner:
    def __init__(
        self,
        worker: str,
        database: Database,
        changes: Changes,
        works: Mapping[Step, tuple[StepWork, int]],
        attempts: Attempts,
        archive_after_s: float,
        spawn: Callable[[Coroutine[object, object, None]], asyncio.Task[None]],
        chance: Callable[[], float] = random.random,
        tell_every_s: float = TELL_EVERY_S,
    ) -> None:
        """``works``: what each kind of step does, and how many of the kind are done at once."""
        self._worker = worker
        self._database = database
        self._changes = changes
        self._lanes = {step: _Lane(work, most) for step, (work, most) in works.items()}
        self._attempts = attempts
        self._archive_after_s = archive_after_s
        self._spawn = spawn
        self._chance = chance
        self._tell_every_s = tell_every_s
        self._wakes = 0

    def wake(self) -> None:
        """There may be a step to do."""
        self._wakes += 1
        for step in self._lanes:
            self._begin(step)

    async def do_next(self, step: Step) -> bool:
        """Do the step of this kind that has been due for longest; False where there is none."""
        async with self._database.single() as connection:
            claim = await steps.claim(connection, self._worker, self._attempts.lease_s, step)
        if claim is None:
            return False
        self._begin(step)
        try:
            await self._do(claim)
        except ClaimLost:
            log.info("%s: the claim was lost, nothing published", _name(claim))
        except NotFound:
            log.info("%s: the session was deleted", _name(claim))
        except asyncio.CancelledError:
            await asyncio.shield(self._give_back(claim))
            raise
        except HearkenError as error:
            await self._failed(claim, error)
        except Exception as error:
            log.error("%s: unplanned %s", _name(claim), where(error))
            await self._failed(claim, Internal("unplanned"))
        return True

    def _begin(self, step: Step) -> None:
        lane = self._lanes[step]
        if lane.busy < lane.most:
            lane.busy += 1
            self._spawn(self._work(step, lane))

    async def _work(self, step: Step, lane: _Lane) -> None:
        """Until nothing is due. A step that was asked for while the last look was under way is looked for once more."""
        seen = None
        try:
            while seen != self._wakes:
                seen = self._wakes
                while await self.do_next(step):
                    pass
        finally:
            lane.busy -= 1

    async def _do(self, claim: StepClaim) -> None:
        if claim.tries > self._attempts.most:
            raise WorkersLost("the workers that took this step did not come back")

        async def renew() -> bool:
            async with self._database.organisation(claim.org_id) as connection:
                return await steps.renew(connection, claim, self._attempts.lease_s)

        async with held(renew, self._attempts.heartbeat_s):
            telling = Telling(claim, self._changes, self._tell_every_s)
            async with telling.aloud():
                publish = await self._lanes[claim.step].work.prepare(claim, telling)
            async with self._changes.of(claim.org_id, claim.session_id) as change:
                if not await steps.finish(change.connection, claim):
                    raise ClaimLost
                published = await publish(change)
                await follow(change, claim.step, self._archive_after_s)
        if published:
            log.info("%s: %s", _name(claim), published)
        self.wake()

    async def _failed(self, claim: StepClaim, error: HearkenError) -> None:
        """Try again later, or show the step as failed and go on with the next one."""
        try:
            if error.retryable and claim.tries < self._attempts.most:
                pause = self._attempts.pause(claim.tries, self._chance())
                # Who was turned away comes back when told to, not later than any other.
                pause = max(pause, min(error.retry_after_s or 0.0, LONGEST_PAUSE_S))
                async with self._database.organisation(claim.org_id) as connection:
                    await steps.give_back(connection, claim, pause, error.code)
                log.warning("%s: %s, again in %.1f s", _name(claim), where(error), pause)
                return
            log.error("%s: given up: %s", _name(claim), where(error))
            async with self._changes.of(claim.org_id, claim.session_id) as change:
                if await steps.fail(change.connection, claim, error.code):
                    change.event("step.failed", {"step": claim.step.value, "code": error.code})
                    await follow(change, claim.step, self._archive_after_s)
            self.wake()
        except (Unavailable, NotFound) as away:
            # The lease runs out and the step is claimed anew, or there is nothing left to write to.
            log.warning("%s: left to its lease: %s", _name(claim), where(away))

    async def _give_back(self, claim: StepClaim) -> None:
        """Hand the step over instead of leaving it to the lease."""
        try:
            async with self._database.organisation(claim.org_id) as connection:
                await steps.give_back(connection, claim, 0.0, None)
        except HearkenError as error:
            log.warning("%s: left to its lease: %s", _name(claim), where(error))


def _name(claim: StepClaim) -> str:
    return f"session {claim.session_id} {claim.step.value} {claim.generation} attempt {claim.attempt}"
