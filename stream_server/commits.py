"""Commits: chunks that arrive while others are being committed share the next transaction.

A chunk that finds a writer free is committed at once and alone. Under load the chunks that have gathered
meanwhile go together: one round trip, one flush of the log for all of them. Each is answered after the COMMIT of
the transaction that holds it.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine
from dataclasses import dataclass

from session_core.errors import HearkenError, Internal, Unavailable
from session_core.storage import chunks
from session_core.storage.chunks import ChunkToStore, StoreOutcome
from session_core.storage.database import Database

WRITERS = 4
"""Transactions at once: enough for one to gather rows while another waits for the disk."""

MOST_CHUNKS, MOST_BYTES = 16, 4_000_000
"""What one transaction holds at most; a single chunk may be larger."""


BUSY_PAUSE_S = 0.005
"""Before a chunk whose session somebody else is changing tries again."""


@dataclass(frozen=True, slots=True)
class _Waiting:
    chunk: ChunkToStore
    outcome: asyncio.Future[StoreOutcome]
    give_up_at: float


class Commits:
    def __init__(
        self,
        database: Database,
        max_seconds: float,
        patience_s: float,
        spawn: Callable[[Coroutine[object, object, None]], asyncio.Task[None]],
    ) -> None:
        self._database = database
        self._max_seconds = max_seconds
        self._patience_s = patience_s
        self._spawn = spawn
        self._waiting: deque[_Waiting] = deque()
        self._writers = 0

    async def store(self, chunk: ChunkToStore) -> StoreOutcome:
        """What became of the chunk, once that is committed."""
        loop = asyncio.get_running_loop()
        outcome: asyncio.Future[StoreOutcome] = loop.create_future()
        self._line_up(_Waiting(chunk, outcome, loop.time() + self._patience_s))
        return await outcome

    def _line_up(self, one: _Waiting) -> None:
        self._waiting.append(one)
        if self._writers < WRITERS:
            self._writers += 1
            self._spawn(self._write())

    async def _write(self) -> None:
        try:
            while self._waiting:
                await self._commit(self._gather())
        finally:
            self._writers -= 1

    def _gather(self) -> list[_Waiting]:
        """The next chunks in line, sorted by session: writers take the rows' locks in the same order."""
        gathered = [self._waiting.popleft()]
        size = len(gathered[0].chunk.audio)
        while self._waiting and len(gathered) < MOST_CHUNKS:
            size += len(self._waiting[0].chunk.audio)
            if size > MOST_BYTES:
                break
            gathered.append(self._waiting.popleft())
        return sorted(gathered, key=lambda one: (one.chunk.chunk.session_id, one.chunk.chunk.seq))

    async def _commit(self, gathered: list[_Waiting]) -> None:
        try:
            outcomes = await self._store(gathered)
        except Unavailable as error:
            _fail(gathered, error)
        except Exception:
            # Something about one of them: the others must not suffer for it.
            await self._commit_alone(gathered)
        else:
            for one, outcome in zip(gathered, outcomes, strict=True):
                self._settle(one, outcome)

    def _settle(self, one: _Waiting, outcome: StoreOutcome) -> None:
        if one.outcome.done():
            return
        loop = asyncio.get_running_loop()
        if outcome.outcome != "busy":
            one.outcome.set_result(outcome)
        elif loop.time() < one.give_up_at:
            loop.call_later(BUSY_PAUSE_S, self._line_up, one)
        else:
            _fail([one], Unavailable("the session is being changed; the chunk was not taken", retry_after_s=1))

    async def _commit_alone(self, gathered: list[_Waiting]) -> None:
        for one in gathered:
            try:
                (outcome,) = await self._store([one])
            except HearkenError as error:
                _fail([one], error)
            except Exception as error:
                _fail([one], Internal("the chunk could not be stored"), error)
            else:
                self._settle(one, outcome)

    async def _store(self, gathered: list[_Waiting]) -> list[StoreOutcome]:
        async with self._database.single() as connection:
            return await chunks.store(connection, [one.chunk for one in gathered], self._max_seconds)


def _fail(gathered: list[_Waiting], error: HearkenError, cause: Exception | None = None) -> None:
    error.__cause__ = cause or error.__cause__
    for one in gathered:
        if not one.outcome.done():
            one.outcome.set_exception(error)
