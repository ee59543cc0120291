"""Lanes: the recognisers of this worker, each busy with one window or idle.

Words that are final must not wait for words that are provisional: one lane takes both, the others take
closed windows alone.
"""

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
        self._transcriber = transcriber
        self._spawn = spawn
        self._mixed = recognisers[0]
        self._mixed_is_idle = True
        self._idle = list(recognisers[1:])
        self._freed = asyncio.Event()
        self._wakes = 0

    def wake(self, closed: int) -> int:
        """Set idle lanes to work: as many as there are ``closed`` windows, and the one that takes provisional ones
        too. Returns how many closed windows are taken care of; the others are for other workers."""
        self._wakes += 1
        taken = min(closed, len(self._idle))
        for _ in range(taken):
            self._spawn(self._work(self._idle.pop()))
        if self._mixed_is_idle:
            self._mixed_is_idle = False
            self._spawn(self._work_mixed())
            taken += 1
        return min(closed, taken)

    async def free(self) -> None:
        """Wait until a lane is idle."""
        while not (self._idle or self._mixed_is_idle):
            self._freed.clear()
            await self._freed.wait()

    async def _work(self, lane: RecogniserLane) -> None:
        try:
            await self._until_nothing_is_due(lane, provisional=False)
        finally:
            self._idle.append(lane)
            self._freed.set()

    async def _work_mixed(self) -> None:
        try:
            await self._until_nothing_is_due(self._mixed, provisional=True)
        finally:
            self._mixed_is_idle = True
            self._freed.set()

    async def _until_nothing_is_due(self, lane: RecogniserLane, *, provisional: bool) -> None:
        """A window that came while the last look into Postgres was under way is looked for once more."""
        seen = None
        while seen != self._wakes:
            seen = self._wakes
            while await self._transcriber.transcribe_next(lane, provisional=provisional):
                pass
