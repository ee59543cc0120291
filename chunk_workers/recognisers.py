"""The recognisers of a worker: processes of one engine, and the batcher that all windows go through.

An engine that hears many utterances at once is loaded once for each device and takes everything. One that hears them
one by one runs in a process for each processor, and in one more for provisional words, so that final ones do not wait
for those.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

from chunk_workers.batcher import Batcher
from chunk_workers.engines.choice import EngineSettings, instead_of_whisper
from chunk_workers.model_process import ModelCrashed
from chunk_workers.processors import usable_processors
from chunk_workers.recogniser_process import RecogniserProcess
from chunk_workers.recognition import NotYet, Recognition, UnsupportedLanguage, Utterance
from session_core.errors import EngineUnavailable
from session_core.storage.windows import AGAIN, CLOSED, FINAL, PROVISIONAL, TAIL, TAIL_OF_STOPPED

log = logging.getLogger(__name__)

MakeRecogniser: TypeAlias = Callable[[EngineSettings], RecogniserProcess]
"""A worker's recognisers are processes of the engine that is set; the bench puts others in their place."""

NICENESS, TAIL_NICENESS = 10, 19
"""Recognition lets everything else go first, and provisional words let final ones go first."""

_URGENCIES: Final = {CLOSED: (TAIL_OF_STOPPED, FINAL, AGAIN), PROVISIONAL: (TAIL,)}

_AHEAD: Final = 2
"""Batches of windows in hand for each process that hears batches: while it hears one, the next gathers."""


@dataclass(frozen=True, slots=True)
class _Served:
    """A process, and the kinds of windows that it takes."""

    process: RecogniserProcess
    kinds: tuple[str, ...]


class Recognisers:
    """``transcribing.Recogniser`` of this worker."""

    def __init__(
        self,
        make: MakeRecogniser,
        settings: EngineSettings,
        count: int,
        timeout_s: float,
        *,
        better_is_awaited: bool = False,
    ) -> None:
        """``count``: processes, 0 for as many as suit the engine. ``timeout_s``: the longest one batch may take.
        ``better_is_awaited``: what this engine does not know the language of waits for the next."""
        self._make = make
        self._settings = settings
        self._count = count
        self._better_is_awaited = better_is_awaited
        self._batcher = Batcher(timeout_s)
        self._notice: str | None = None
        self._first = make(replace(settings, niceness=NICENESS))
        self._served = [_Served(self._first, (CLOSED, PROVISIONAL))]

    @property
    def engine_name(self) -> str | None:
        """The engine and its model, None before it is loaded."""
        return self._first.engine_name

    @property
    def notice(self) -> str | None:
        """One sentence for people on which engine runs and why, None before it is loaded."""
        return self._notice or self._first.notice

    @property
    def trouble(self) -> str | None:
        """What is wrong and what to do, where none of the processes could load the engine any more."""
        troubles = [served.process.trouble for served in self._served]
        return troubles[0] if all(troubles) else None

    @property
    def languages(self) -> tuple[str, ...] | None:
        """Primary subtags of those that the engine knows, None before it is loaded, where it does not say, and where
        what it does not know waits for another."""
        return None if self._better_is_awaited else self._first.languages

    async def start(self) -> None:
        """Load the engine, in as many processes as suit it. Raises ``EngineUnavailable``."""
        try:
            await _load(self._first)
        except EngineUnavailable as error:
            if self._settings.engine != "auto":
                raise
            await self._do_without_whisper(error.message)
        if self._first.at_once > 1:
            self._served = self._batching()
            ran = await asyncio.gather(*(_runs(served.process) for served in self._served))
            self._served = [served for served, runs in zip(self._served, ran, strict=True) if runs]
        else:
            self._served = self._one_by_one()
            await asyncio.gather(*(_load(served.process) for served in self._served))

    async def _do_without_whisper(self, why: str) -> None:
        """A process that is killed or hangs while it loads Whisper cannot choose another engine itself."""
        log.warning("%s", why)
        await self._first.aclose()
        self._settings = replace(self._settings, engine="pocketsphinx")
        self._first = self._make(replace(self._settings, niceness=NICENESS))
        self._served = [_Served(self._first, (CLOSED, PROVISIONAL))]
        await _load(self._first)
        self._notice = instead_of_whisper(self._first.engine_name or "pocketsphinx", why)

    def _batching(self) -> list[_Served]:
        devices = self._first.devices
        # Free to choose, one on which Whisper does not run would hear with an engine that is much worse.
        settings = replace(self._settings, engine="whisper", niceness=NICENESS)
        others = [
            self._make(replace(settings, device_index=number % devices)) for number in range(1, self._count or devices)
        ]
        return [_Served(process, (CLOSED, PROVISIONAL)) for process in (self._first, *others)]

    def _one_by_one(self) -> list[_Served]:
        count = self._count or usable_processors() + 1
        if count == 1:
            return self._served
        others = [self._make(replace(self._settings, niceness=NICENESS)) for _ in range(count - 2)]
        tails = self._make(replace(self._settings, niceness=TAIL_NICENESS))
        return [*(_Served(process, (CLOSED,)) for process in (self._first, *others)), _Served(tails, (PROVISIONAL,))]

    async def recognise(
        self, utterance: Utterance, *, urgency: int, deadline: float, alone: bool = False
    ) -> Recognition:
        """See ``Batcher.recognise``. Raises ``NotYet`` where another engine is awaited that may know the language."""
        try:
            return await self._batcher.recognise(utterance, urgency=urgency, deadline=deadline, alone=alone)
        except UnsupportedLanguage as error:
            if self._better_is_awaited:
                raise NotYet from error
            raise

    def lanes(self) -> Iterator[tuple[tuple[str, ...], int]]:
        """How many windows of which kinds are to be in hand at once."""
        for served in self._served:
            if served.process.at_once == 1:
                yield served.kinds, 1
            else:
                yield from (((kind,), _AHEAD * served.process.at_once) for kind in served.kinds)

    def serving(self) -> Iterator[Callable[[], Coroutine[object, object, None]]]:
        """What is to run for as long as the worker does, once the engine is loaded."""
        return (self._serving(served) for served in self._served)

    def _serving(self, served: _Served) -> Callable[[], Coroutine[object, object, None]]:
        urgencies: Sequence[int] = [urgency for kind in served.kinds for urgency in _URGENCIES[kind]]
        return lambda: self._batcher.serve(served.process, urgencies)

    async def aclose(self) -> None:
        await asyncio.gather(*(served.process.aclose() for served in self._served))


async def _load(process: RecogniserProcess) -> None:
    try:
        await process.start()
    except ModelCrashed as error:
        raise EngineUnavailable(f"the recogniser does not run: {error.message}") from error


async def _runs(process: RecogniserProcess) -> bool:
    """Whether it does. One that does not is done without: what it would hear waits for the others."""
    try:
        await _load(process)
    except EngineUnavailable as error:
        log.warning("one process less hears: %s", error.message)
        return False
    return True
