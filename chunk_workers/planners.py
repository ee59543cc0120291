"""The planners of a worker: a few sessions are planned at once, each by one of them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from uuid import UUID

from chunk_workers.lanes import Lanes
from chunk_workers.planning import SessionPlanner
from session_core.errors import HearkenError, NotFound
from session_core.hints import Hints
from session_core.log import where

log = logging.getLogger(__name__)

AT_ONCE = 4


class Planners:
    """Plan sessions, then see that their new windows find a recogniser: here, or by a hint elsewhere."""

    def __init__(self, planner: SessionPlanner, lanes: Lanes, wake_steps: Callable[[], None], hints: Hints) -> None:
        self._planner = planner
        self._lanes = lanes
        self._wake_steps = wake_steps
        self._hints = hints
        self._places = asyncio.Semaphore(AT_ONCE)
        self._under_way: set[UUID] = set()
        self._again: set[UUID] = set()

    async def __call__(self, org_id: UUID, session_id: UUID) -> None:
        """One planning of a session at a time in this worker; a call during it makes it look once more.

        Whatever is wrong with one session is nothing to the others: it is logged, and the reconciler comes back.
        """
        if session_id in self._under_way:
            self._again.add(session_id)
            return
        self._under_way.add(session_id)
        try:
            async with self._places:
                await self._until_settled(org_id, session_id)
        except NotFound:
            log.info("session %s was deleted before it was planned", session_id)
        except HearkenError as error:
            log.warning("session %s is left to the reconciler: %s", session_id, where(error))
        except Exception as error:
            log.error("session %s cannot be planned: unplanned %s", session_id, where(error))
        finally:
            self._under_way.discard(session_id)

    async def _until_settled(self, org_id: UUID, session_id: UUID) -> None:
        while True:
            self._again.discard(session_id)
            planned = await self._planner.plan(org_id, session_id)
            # What was said may all have its words by now; or somebody has asked for a step.
            self._wake_steps()
            taken = self._lanes.wake(len(planned.closed))
            for window_id in planned.closed[taken:]:
                self._hints.recognise(window_id, 0)
            if session_id not in self._again:
                return
