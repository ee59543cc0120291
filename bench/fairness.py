"""Fairness: how long windows of sixteen sessions wait for one engine that hears eight at once.

Claims in Postgres, lanes, recognisers and the batcher are those of a worker. Windows without audio are planned as a
planner does it, and the engine takes the same time for every batch, so that what is measured is the order alone. A wait
is from the moment a window is planned until its words are written.

Three times: every session hands over as much at once; the next window of every session comes when its last one has
words; one session hands over ten minutes at once while the others speak, a window each second.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from itertools import accumulate, pairwise
from statistics import fmean
from uuid import UUID, uuid4

import numpy as np

from bench.client import client
from bench.installation import Installation, installation
from bench.machine import this_machine
from bench.outcome import Measure, Outcome
from chunk_workers.engines.choice import EngineSettings
from chunk_workers.lanes import Lanes
from chunk_workers.recogniser_process import RecogniserProcess
from chunk_workers.recognisers import Recognisers
from chunk_workers.recognition import Heard, Recognition, Utterance
from chunk_workers.transcribing import Recogniser
from session_core.background import Background
from session_core.decoding.pcm import SAMPLE_RATE
from session_core.envelope import Key
from session_core.keyring import Keyring
from session_core.storage import claims, windows
from session_core.storage.database import Database
from session_core.storage.windows import CLOSED, FINAL, Extent

SESSIONS, AT_ONCE, BATCH_S = 16, 8, 0.25
EACH, LONG, SPOKEN = 12, 600, 20
"""Windows of a session: where all are alike, of the one that hands over ten minutes, of those who speak meanwhile."""

MOST = 2.0
LEASE_S, LONGEST_S = 60.0, 120.0


class SteadyRecogniser(RecogniserProcess):
    """Hears nothing, and takes the same time for every batch."""

    @property
    def at_once(self) -> int:
        return AT_ONCE

    async def start(self) -> None:
        return

    async def recognise(self, utterances: Sequence[Utterance], timeout_s: float) -> list[Heard]:
        await asyncio.sleep(BATCH_S)
        return [Recognition((), "en", 0.0) for _ in utterances]


class Clinic:
    """Sessions whose windows are planned here and recognised by one worker's lanes."""

    def __init__(self, database: Database, keyring: Keyring, sessions: Sequence[tuple[UUID, UUID]]) -> None:
        """``sessions``: organisation and session of each."""
        self.sessions = sessions
        self._database = database
        self._keyring = keyring
        self._planned: dict[UUID, tuple[int, float]] = {}
        self._words = asyncio.Condition()
        self.waits: list[list[float]] = [[] for _ in sessions]
        self.wake: Callable[[int], int] = lambda closed: 0

    async def plan(self, number: int, lengths_s: Sequence[float]) -> None:
        """One window after another of this session."""
        cuts = [round(SAMPLE_RATE * until) for until in accumulate(lengths_s, initial=0.0)]
        extents = [Extent(uuid4(), start, start, end, end, False, False) for start, end in pairwise(cuts)]
        self._planned |= {extent.id: (number, time.monotonic()) for extent in extents}
        org_id, session_id = self.sessions[number]
        async with self._database.organisation(org_id) as connection:
            await windows.upsert(
                connection, org_id, session_id, extents, kind=CLOSED, generation=1, priority=FINAL, language="en"
            )
        self.wake(len(extents))

    async def transcribe_next(self, recogniser: Recogniser, kinds: Sequence[str]) -> bool:
        """As ``transcribing.Transcriber`` does it, without audio and without words."""
        async with self._database.single() as connection:
            claim = await claims.take(connection, "bench", LEASE_S, kinds)
        if claim is None:
            return False
        silence = Utterance(np.zeros(0, np.int16), "en")
        await recogniser.recognise(silence, urgency=claim.urgency, deadline=claim.wanted_s, alone=claim.tries > 1)
        key = await self._keyring.session(claim.org_id, claim.session_id)
        async with self._database.organisation(claim.org_id) as connection:
            await claims.finish(connection, claim, key, (), language="en", recogniser="bench", cpu_ms=0, took_ms=0)
        number, since = self._planned.pop(claim.window_id)
        self.waits[number].append(time.monotonic() - since)
        async with self._words:
            self._words.notify_all()
        return True

    async def heard(self, number: int, count: int) -> None:
        """Wait until so many windows of this session have their words."""
        async with self._words:
            await self._words.wait_for(lambda: len(self.waits[number]) >= count)


async def measure_fairness() -> Outcome:
    machine = this_machine()
    async with installation(worker=False) as system:
        together = await _waits(system, _together)
        in_turn = await _waits(system, _in_turn)
        long, *spoken = await _waits(system, _beside_a_long_one)
    rounds = [_unfairness(list(waits)) for waits in zip(*together, strict=True)]
    return Outcome(
        f"fairness, {SESSIONS} sessions",
        machine,
        (
            Measure("each hands over as much at once: longest wait / mean", _unfairness(_all(together)), most=MOST),
            Measure("the same of the first, second, ... window of each, worst", max(rounds), most=MOST),
            Measure("the same of the mean waits of sessions", _unfairness(list(map(fmean, together)))),
            Measure("next when the last has words: longest wait / mean", _unfairness(_all(in_turn)), most=MOST),
            Measure("the same of the mean waits of sessions", _unfairness(list(map(fmean, in_turn)))),
            Measure("beside one that hands over much: longest wait / mean", _unfairness(_all(spoken)), most=MOST),
            Measure("the same of the mean waits of sessions", _unfairness(list(map(fmean, spoken)))),
            Measure("longest wait beside it", max(_all(spoken)), "s"),
            Measure("longest wait of its own", max(long), "s"),
        ),
        (f"{AT_ONCE} at once, {BATCH_S:g} s a batch; {EACH} windows of each session, {LONG} of the one with much",),
    )


async def _waits(system: Installation, scene: Callable[[Clinic], Awaitable[object]]) -> list[list[float]]:
    """Of each session's windows, in the order in which they had words."""
    async with AsyncExitStack() as running:
        database = await Database.connect(system.settings.database_url, connections=8, timeout_s=30)
        running.push_async_callback(database.close)
        clinic = Clinic(database, Keyring(database, Key(system.settings.master_key_bytes)), await _sessions(system))
        background = Background()
        running.push_async_callback(background.close)
        recognisers = Recognisers(SteadyRecogniser, EngineSettings(), 0, LONGEST_S)
        await recognisers.start()
        lanes = Lanes(recognisers, clinic, background.spawn, lambda: None)
        for kinds, count in recognisers.lanes():
            lanes.open(kinds, count)
        for serve in recognisers.serving():
            background.forever("recognising", serve)
        clinic.wake = lanes.wake
        async with asyncio.timeout(LONGEST_S):
            await scene(clinic)
    return clinic.waits


async def _sessions(system: Installation) -> list[tuple[UUID, UUID]]:
    """New ones, each of an organisation of its own."""
    started = []
    for _ in range(SESSIONS):
        async with client(await system.new_account()) as recorder:
            started.append(UUID(await recorder.start(language="en")))
    async with system.owner() as owner:
        return [(await owner.fetchval("SELECT org_id FROM sessions WHERE id = $1", each), each) for each in started]


async def _together(clinic: Clinic) -> None:
    chance = random.Random(1)
    for number in range(SESSIONS):
        await clinic.plan(number, [chance.uniform(12, 28) for _ in range(EACH)])
    for number in range(SESSIONS):
        await clinic.heard(number, EACH)


async def _in_turn(clinic: Clinic) -> None:
    async def speak(number: int) -> None:
        chance = random.Random(number)
        for count in range(EACH):
            await clinic.plan(number, [chance.uniform(12, 28)])
            await clinic.heard(number, count + 1)

    await asyncio.gather(*map(speak, range(SESSIONS)))


async def _beside_a_long_one(clinic: Clinic) -> None:
    async def speak(number: int) -> None:
        await asyncio.sleep(number / SESSIONS)
        for _ in range(SPOKEN):
            await clinic.plan(number, [1.0])
            await asyncio.sleep(1.0)

    await clinic.plan(0, [1.0] * LONG)
    await asyncio.gather(*map(speak, range(1, SESSIONS)))
    for number in range(SESSIONS):
        await clinic.heard(number, SPOKEN if number else LONG)


def _unfairness(waits: list[float]) -> float:
    return max(waits) / fmean(waits)


def _all(waits: list[list[float]]) -> list[float]:
    return [wait for of_session in waits for wait in of_session]
