"""The batcher: windows of all sessions wait here for the models of this worker and are recognised in batches."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from chunk_workers.batch import Queue, Waiting
from chunk_workers.model_process import ModelCrashed
from chunk_workers.recognition import Doubted, Heard, Recognition, Utterance
from session_core.errors import HearkenError

LINGER_S = 0.05
"""So long an utterance waits for others to be recognised with, where there are fewer than are best at once."""


class BatchRecogniser(Protocol):
    """An engine in a process of its own; ``chunk_workers.recogniser_process`` is the real one."""

    @property
    def at_once(self) -> int: ...

    async def recognise(self, utterances: Sequence[Utterance], timeout_s: float) -> list[Heard]: ...


@dataclass(frozen=True, slots=True, eq=False)
class _Asked:
    utterance: Utterance
    answer: asyncio.Future[Recognition] = field(default_factory=asyncio.Future)


class Batcher:
    """Any number of callers ask; one task for each recogniser serves them.

    A batch whose process died or hung is asked again one by one: what killed it is found, and the others have words. So
    is what is doubted, once the others of its batch have theirs.
    """

    def __init__(self, timeout_s: float, clock: Callable[[], float] = time.monotonic) -> None:
        """``timeout_s``: the longest that one batch may take."""
        self._timeout_s = timeout_s
        self._clock = clock
        self._queue: Queue[_Asked] = Queue(LINGER_S)
        self._came = asyncio.Condition()

    async def recognise(
        self, utterance: Utterance, *, deadline: float, urgency: int, alone: bool = False
    ) -> Recognition:
        """Words, once it is this utterance's turn; see ``batch.Waiting``. A cancelled caller's is not taken any more.
        ``alone``: with no other, for it may be what killed a batch before.

        Raises ``UnsupportedLanguage``, ``ModelCrashed`` (try again) and ``EngineUnavailable``.
        """
        asked = _Asked(utterance)
        await self._put([Waiting(asked, deadline, urgency, since_s=self._clock(), alone=alone)])
        try:
            return await asked.answer
        finally:
            self._queue.withdraw(asked)

    async def serve(self, recogniser: BatchRecogniser, urgencies: Collection[int]) -> None:
        """Recognise what waits, with this recogniser, for ever."""
        while True:
            batch = await self._next(recogniser, urgencies)
            try:
                await self._answer(batch, recogniser)
            except BaseException:
                # Whoever asked finds out here what the task that serves finds out at its end.
                for each in batch:
                    each.item.answer.cancel()
                raise

    async def _next(self, recogniser: BatchRecogniser, urgencies: Collection[int]) -> list[Waiting[_Asked]]:
        async with self._came:
            while True:
                due = self._queue.due_s(recogniser.at_once, urgencies)
                if due is not None and due <= self._clock():
                    return self._queue.take(recogniser.at_once, urgencies)
                try:
                    async with asyncio.timeout(None if due is None else due - self._clock()):
                        await self._came.wait()
                except TimeoutError:
                    continue

    async def _answer(self, batch: Sequence[Waiting[_Asked]], recogniser: BatchRecogniser) -> None:
        try:
            heard = await recogniser.recognise([each.item.utterance for each in batch], self._timeout_s)
        except ModelCrashed as error:
            if len(batch) > 1:
                await self._put_alone(batch)
            else:
                _settle(batch[0].item, error)
        except HearkenError as error:
            for each in batch:
                _settle(each.item, error)
        else:
            doubted = []
            for each, what in zip(batch, heard, strict=True):
                if isinstance(what, Doubted):
                    doubted.append(each)
                else:
                    _settle(each.item, what)
            if doubted:
                await self._put_alone(doubted)

    async def _put_alone(self, batch: Sequence[Waiting[_Asked]]) -> None:
        await self._put([replace(each, alone=True) for each in batch if not each.item.answer.done()])

    async def _put(self, waiting: Sequence[Waiting[_Asked]]) -> None:
        async with self._came:
            for each in waiting:
                self._queue.put(each)
            self._came.notify_all()


def _settle(asked: _Asked, what: Recognition | HearkenError) -> None:
    if asked.answer.done():
        return
    if isinstance(what, Recognition):
        asked.answer.set_result(what)
    else:
        asked.answer.set_exception(what)
