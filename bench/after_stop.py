"""After Stop: how soon a session of an hour is a labelled transcript, and what telling its speakers apart costs.

Consultations joined to an hour are recorded, session after session, and stopped. The last half minute comes at the
speed of life and is recognised; the time before it comes as fast as it is taken, and the recogniser is spared it: it
answers with what was voiced (see ``bench.hour_worker``). Everything else runs as always, voiceprints included. Each
session is stopped once all but its last half minute has its words, as in life.

The time asked about ends when ``artifact.ready`` of the labels reaches a viewer on a connection of its own, and begins
when the words of the last window are written, or with Stop's answer where that is later. Processor time of diarization
is all that the speaker embedder used for the session, its own start included, and all that the worker's own process
used between Stop's answer and the labels, whatever for.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import asyncpg

from bench.client import Client, client
from bench.consultation import CHUNK_SECONDS
from bench.delivery import as_spoken, deliver
from bench.hour import HOUR_S, LIVE_S, hour_of
from bench.installation import Installation, installation, pid_of
from bench.machine import Machine, this_machine
from bench.outcome import Measure, Outcome, percentile
from bench.processes import SPEAKERS, cpu_s, running
from hearken.recording import Cut

SESSIONS = 5
LONGEST_S = 900.0
LOOK_S = 0.25
LABELLED_S = 2.0
MOST_CPU = 0.02


@dataclass(frozen=True, slots=True)
class Stopped:
    """Times in seconds. ``beyond_s`` is from the last window's words to the labels, the others are from Stop.
    ``embedding`` and ``labelling`` are processor time, as shares of the audio's length."""

    beyond_s: float
    labelled_s: float
    ready_s: float
    embedding: float
    labelling: float
    lines: int
    labelled: int


class Arrivals:
    """When a viewer saw that the labels are made and that the session is ready (Unix time), and the processor seconds
    that the worker had used by the former."""

    def __init__(self, worker: int) -> None:
        self._worker = worker
        self.labelled_at = self.ready_at = self.worker_s = float("nan")

    def message(self, name: str, payload: object) -> None:
        if name != "event" or not isinstance(payload, Mapping):
            return
        if payload["type"] == "artifact.ready" and payload["data"]["kind"] == "labels":
            self.labelled_at, self.worker_s = time.time(), cpu_s(self._worker)
        elif payload["type"] == "session.state" and payload["data"]["state"] == "ready":
            self.ready_at = time.time()


async def measure_after_stop(folder: Path, sessions: int = SESSIONS) -> Outcome:
    cuts = hour_of(folder).cuts()
    machine = this_machine()
    async with (
        installation(worker=True, work=("bench.hour_worker", str(folder.resolve()))) as system,
        system.owner() as owner,
    ):
        stopped = [await _stopped(system, owner, cuts) for _ in range(sessions)]
    return _outcome(machine, stopped)


async def _stopped(system: Installation, owner: asyncpg.Connection[asyncpg.Record], cuts: list[Cut]) -> Stopped:
    worker, account = pid_of(system.worker), await system.new_account()
    arrivals = Arrivals(worker)
    before = _embedder_s(worker)
    live = LIVE_S // CHUNK_SECONDS
    async with client(account) as recorder, client(account, arrivals.message) as viewer:
        session_id = await recorder.start()
        await viewer.watch(session_id)
        for cut in cuts[:-live]:
            await recorder.send(session_id, cut)
        await _heard(owner, UUID(session_id))
        await deliver(recorder, session_id, as_spoken(cuts[-live:], 1.0))
        stopped_at, used = time.time(), cpu_s(worker)
        await _ready(recorder, session_id, arrivals)
        segments = await recorder.segments(session_id)
    written_at = await owner.fetchval(
        "SELECT max(finished_at) FROM windows WHERE session_id = $1 AND kind = 'final' AND planned", UUID(session_id)
    )
    return Stopped(
        beyond_s=arrivals.labelled_at - max(stopped_at, written_at.timestamp()),
        labelled_s=arrivals.labelled_at - stopped_at,
        ready_s=arrivals.ready_at - stopped_at,
        embedding=(_embedder_s(worker) - before) / HOUR_S,
        labelling=(arrivals.worker_s - used) / HOUR_S,
        lines=len(segments),
        labelled=sum(segment.speaker is not None for segment in segments),
    )


async def _heard(owner: asyncpg.Connection[asyncpg.Record], session_id: UUID) -> None:
    """Wait until what was sent so far is planned and has its words."""
    async with asyncio.timeout(LONGEST_S):
        while not await owner.fetchval(
            """
            SELECT revision = planned_revision AND NOT EXISTS (
              SELECT FROM windows
              WHERE session_id = $1 AND kind = 'final' AND planned AND state IN ('pending', 'running'))
            FROM sessions WHERE id = $1
            """,
            session_id,
        ):
            await asyncio.sleep(LOOK_S)


async def _ready(recorder: Client, session_id: str, arrivals: Arrivals) -> None:
    if (state := await recorder.finished(session_id, LONGEST_S)) != "ready":
        raise RuntimeError(f"a session of an hour ended {state}")
    async with asyncio.timeout(LONGEST_S):
        while arrivals.ready_at != arrivals.ready_at:  # The viewer may hear of it a moment later.
            await asyncio.sleep(LOOK_S)


def _embedder_s(worker: int) -> float:
    """Processor seconds of the speaker embedder so far; 0 before it was needed."""
    return sum(map(cpu_s, running(worker, SPEAKERS)))


def _outcome(machine: Machine, stopped: list[Stopped]) -> Outcome:
    def at(share: float, name: str) -> float:
        return percentile([getattr(each, name) for each in stopped], share)

    total = [each.embedding + each.labelling for each in stopped]
    return Outcome(
        "after-stop",
        machine,
        (
            Measure("sessions of an hour", len(stopped), least=1),
            Measure("labelled after the last window's words, p50", at(0.5, "beyond_s"), "s"),
            Measure("labelled after the last window's words, p95", at(0.95, "beyond_s"), "s", most=LABELLED_S),
            Measure("labelled after Stop, p95", at(0.95, "labelled_s"), "s"),
            Measure("ready, with notes, after Stop, p95", at(0.95, "ready_s"), "s"),
            Measure("CPU of the speaker embedder / length, p95", at(0.95, "embedding"), ""),
            Measure("CPU of the worker from Stop to the labels / length, p95", at(0.95, "labelling")),
            Measure("CPU of diarization / length of the audio, p95", percentile(total, 0.95), most=MOST_CPU),
        ),
        (
            f"the first {HOUR_S - LIVE_S} s come as fast as they are taken and the recogniser is spared them; the last "
            f"{LIVE_S} s come as spoken and are recognised by pocketsphinx",
            "after the last window's words, each, s: " + " ".join(f"{each.beyond_s:.2f}" for each in stopped),
            "after Stop, each, s: " + " ".join(f"{each.labelled_s:.2f}" for each in stopped),
            "lines with a speaker: " + " ".join(f"{each.labelled} of {each.lines}" for each in stopped),
        ),
    )
