"""Lanes: the recognisers of this worker, each busy with one window or idle.

Words that are final must not wait for words that are provisional: the first lane takes provisional windows
and steps back on the processor, the others take closed ones. A worker of one lane does both, closed ones first.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from typing import TypeAlias

from chunk_workers.transcribing import RecogniserLane, Transcriber
from session_core.storage.windows import CLOSED, PROVISIONAL

_Lane: TypeAlias = tuple[RecogniserLane, tuple[str, ...]]
"""A recogniser and the kinds of windows it takes."""


class Lanes:
    def __init__(
        self,
        recognisers: Sequence[RecogniserLane],
        transcriber: Transcriber,
        spawn: Callable[[Coroutine[object, object, None]], asyncio.Task[None]],
        transcribed: Callable[[], None],
    ) -> None:
        """``transcribed`` is called after each window: it may have been the last one of its session."""
        self._transcriber = transcriber
        self._spawn = spawn
        self._transcribed = transcribed
        first, *others = recognisers
        self._idle: list[_Lane] = [(lane, (CLOSED,)) for lane in others] or [(first, (CLOSED, PROVISIONAL))]
        self._idle_for_tails: list[_Lane] = [(first, (PROVISIONAL,))] if others else self._idle
        self._freed = asyncio.Event()
        self._wakes = 0

    def wake(self, closed: int) -> int:
        """Set idle lanes to work: as many as there are ``closed`` windows, and the one for provisional words.
        Returns how many closed windows are taken care of; the others are for other workers."""
        self._wakes += 1
        taken = min(closed, len(self._idle))
        for _ in range(taken):
            self._begin(self._idle)
        if self._idle_for_tails:
            self._begin(self._idle_for_tails)
        return taken

    async def free(self) -> None:
        """Wait until a lane for closed windows is idle."""
        while not self._idle:
            self._freed.clear()
            await self._freed.wait()

    def _begin(self, idle: list[_Lane]) -> None:
        lane, kinds = idle.pop()
        self._spawn(self._work(idle, lane, kinds))

    async def _work(self, idle: list[_Lane], lane: RecogniserLane, kinds: tuple[str, ...]) -> None:
        """Transcribe until nothing is due. A window that came while the last look into Postgres was under way is
        looked for once more."""
        seen = None
        try:
            while seen != self._wakes:
                seen = self._wakes
                while await self._transcriber.transcribe_next(lane, kinds):
                    self._transcribed()
        finally:
            idle.append((lane, kinds))
            self._freed.set()
