"""Tasks that run beside the requests: none is lost sight of, none ends unseen."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine

from session_core.log import where

log = logging.getLogger(__name__)

RESTART_S = 1.0


class Background:
    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    def spawn(self, work: Coroutine[object, object, None]) -> asyncio.Task[None]:
        """A short task; its exception is logged unless somebody else takes it."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    def forever(self, name: str, loop: Callable[[], Awaitable[None]]) -> None:
        """A loop that is begun again, a moment later, whenever it ends."""
        self.spawn(self._repeat(name, loop))

    async def _repeat(self, name: str, loop: Callable[[], Awaitable[None]]) -> None:
        while True:
            try:
                await loop()
            except Exception as error:
                log.error("%s broke off and is begun again: %s", name, where(error))
            await asyncio.sleep(RESTART_S)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("a background task failed: %s", where(error))

    async def close(self) -> None:
        # Until they are gone: a library may swallow a cancellation that meets the end of what it waits for.
        while self._tasks:
            for task in tuple(self._tasks):
                task.cancel()
            await asyncio.wait(tuple(self._tasks), timeout=1.0)


async def first_of(*works: Coroutine[object, object, object]) -> None:
    """Until one of them has ended; the others are cancelled then, as all are with their caller. Raises what that one
    raises."""
    tasks = [asyncio.ensure_future(work) for work in works]
    try:
        ended, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    for task in ended:
        task.result()
