"""The reconciler: finds in Postgres what no hint told of, and what a worker left behind.

Without Redis it is how all work is found, a few seconds later than with it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from uuid import UUID

from chunk_workers.lanes import Lanes
from session_core.errors import HearkenError
from session_core.log import where
from session_core.storage import sessions, windows, workers
from session_core.storage.database import Database
from session_core.storage.workers import Identity

log = logging.getLogger(__name__)

MOST_SESSIONS = 100


class Reconciler:
    def __init__(
        self,
        database: Database,
        lanes: Lanes,
        wake_steps: Callable[[], None],
        plan: Callable[[UUID, UUID], Coroutine[object, object, None]],
        spawn: Callable[[Coroutine[object, object, None]], asyncio.Task[None]],
        identity: Callable[[], Identity],
        every_s: float,
        interrupted_s: float,
        abandoned_s: float,
    ) -> None:
        self._database = database
        self._lanes = lanes
        self._wake_steps = wake_steps
        self._plan = plan
        self._spawn = spawn
        self._identity = identity
        self._every_s = every_s
        self._interrupted_s = interrupted_s
        self._abandoned_s = abandoned_s

    async def run(self) -> None:
        while True:
            try:
                await self.reconcile()
            except HearkenError as error:
                log.warning("nothing reconciled: %s", where(error))
            await asyncio.sleep(self._every_s)

    async def reconcile(self) -> None:
        """One look: windows that are due, sessions that planning has not seen or that time has changed."""
        async with self._database.single() as connection:
            await workers.seen(connection, self._identity())
            waiting = await windows.due(connection)
            due = await sessions.due(
                connection,
                interrupted_s=self._interrupted_s,
                abandoned_s=self._abandoned_s,
                limit=MOST_SESSIONS,
            )
        self._lanes.wake(waiting)
        self._wake_steps()
        for session in due:
            self._spawn(self._plan(session.org_id, session.session_id))
