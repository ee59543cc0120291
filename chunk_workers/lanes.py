"""Lanes: how many windows this worker has in hand at once, each on its way from its claim to its words.

A lane takes closed windows, or provisional ones, or both; see ``recognisers`` for how many there are of each.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from typing import Protocol, TypeAlias

from chunk_workers.transcribing import Recogniser
from session_core.storage.windows import CLOSED, PROVISIONAL

Kinds: TypeAlias = tuple[str, ...]
"""The kinds of windows that a lane takes."""


class Transcriber(Protocol):
    """``chunk_workers.transcribing`` is the real one."""

    async def transcribe_next(self, recogniser: Recogniser, kinds: Sequence[str]) -> bool: ...


class Lanes:
    def __init__(
        self,
        recogniser: Recogniser,
        transcriber: Transcriber,
        spawn: Callable[[Coroutine[object, object, None]], asyncio.Task[None]],
        transcribed: Callable[[], None],
    ) -> None:
        """None are open at first. ``transcribed`` is called after each window: it may have been the last one of its
        session."""
        self._recogniser = recogniser
        self._transcriber = transcriber
        self._spawn = spawn
        self._transcribed = transcribed
        self._idle: list[Kinds] = []
        self._idle_for_tails: list[Kinds] = []
        self._freed = asyncio.Event()
        self._wakes = 0

    def open(self, kinds: Kinds, count: int) -> None:
        """As many lanes more for these kinds."""
        self._place(kinds).extend([kinds] * count)
        self._freed.set()

    def wake(self, closed: int) -> int:
        """Set idle lanes to work: as many as there are ``closed`` windows, and one for provisional words.
        Returns how many closed windows are taken care of; the others are for other workers."""
        self._wakes += 1
        taken = min(closed, len(self._idle))
        for _ in range(taken):
            self._begin(self._idle)
        if self._idle_for_tails:
            self._begin(self._idle_for_tails)
        elif self._idle and PROVISIONAL in self._idle[-1]:
            self._begin(self._idle)
        return taken

    async def free(self) -> None:
        """Wait until a lane for closed windows is idle."""
        while not self._idle:
            self._freed.clear()
            await self._freed.wait()

    def _place(self, kinds: Kinds) -> list[Kinds]:
        return self._idle if CLOSED in kinds else self._idle_for_tails

    def _begin(self, idle: list[Kinds]) -> None:
        self._spawn(self._work(idle.pop()))

    async def _work(self, kinds: Kinds) -> None:
        """Transcribe until nothing is due. A window that came while the last look into Postgres was under way is
        looked for once more."""
        seen = None
        try:
            while seen != self._wakes:
                seen = self._wakes
                while await self._transcriber.transcribe_next(self._recogniser, kinds):
                    self._transcribed()
        finally:
            self._place(kinds).append(kinds)
            self._freed.set()
