"""Lanes: the recognisers of this worker, each busy with one window or idle."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence

from chunk_workers.transcribing import RecogniserLane, Transcriber


class Lanes:
    def __init__(
        self,
        recognisers: Sequence[RecogniserLane],
        transcriber: Transcriber,
        spawn: Callable[[Coroutine[object, object, None]], asyncio.Task[None]],
    ) -> None:
        self._idle = list(recognisers)
        self._freed = asyncio.Semaphore(len(self._idle))
        self._transcriber = transcriber
        self._spawn = spawn

    @property
    def idle(self) -> int:
        return len(self._idle)

    def wake(self, count: int) -> int:
        """Set up to ``count`` idle lanes to work and return how many; what is left is for other workers."""
        woken = min(count, self.idle)
        for _ in range(woken):
            self._spawn(self.work())
        return woken

    async def work(self) -> None:
        """Take a lane, waiting for one if need be, and transcribe until nothing is due."""
        async with self._freed:
            lane = self._idle.pop()
            try:
                while await self._transcriber.transcribe_next(lane):
                    pass
            finally:
                self._idle.append(lane)
