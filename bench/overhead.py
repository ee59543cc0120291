"""Overhead: processor time of everything but the recogniser, divided by the recogniser's, for one session.

A consultation's first minutes are streamed at the speed of life, so that what polls and waits is counted as
it is. "Everything" is the node, the worker, the decoder with its children, Postgres and Redis, from the
moment before the session starts until it is ready. The recorder is not: it runs on another machine.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from bench.client import client
from bench.consultation import consultations
from bench.delivery import as_spoken, deliver
from bench.installation import Installation, installation, pid_of
from bench.machine import Machine, this_machine
from bench.outcome import Measure, Outcome
from bench.processes import RECOGNISER, WorkerWatch, cpu_s, running, tree_cpu_s, watched

SECONDS, SPEED = 180.0, 1.0
LONGEST_S = 900.0


@dataclass(frozen=True, slots=True)
class Used:
    """Processor seconds so far."""

    worker: float
    node: float
    postgres: float
    redis: float

    def __sub__(self, other: Used) -> Used:
        return Used(*(getattr(self, name) - getattr(other, name) for name in Used.__slots__))


async def measure_overhead(folder: Path) -> Outcome:
    cuts = consultations(folder)[0].cuts(SECONDS)
    machine = this_machine()
    async with installation(worker=True) as system, client(await system.new_account()) as recorder:
        idle = sum(map(cpu_s, running(pid_of(system.worker), RECOGNISER)))
        async with watched(pid_of(system.worker)) as watch:
            before = _used(system)
            session_id = await recorder.start()
            await deliver(recorder, session_id, as_spoken(cuts, SPEED))
            await recorder.finished(session_id, LONGEST_S)
            used = _used(system) - before
        async with system.owner() as owner:
            final_ms = await owner.fetchval("SELECT sum(cpu_ms) FROM windows WHERE kind = 'final' AND state = 'done'")
    return _outcome(machine, used, watch, watch.recogniser_s - idle, final_ms / 1000)


def _outcome(machine: Machine, used: Used, watch: WorkerWatch, recogniser: float, final_s: float) -> Outcome:
    beside = used.worker + watch.decoder_s + watch.decodes_s + used.node + used.postgres + used.redis
    return Outcome(
        "overhead",
        machine,
        (
            Measure("CPU, recogniser", recogniser, "s"),
            Measure("CPU, recogniser, final windows alone", final_s, "s"),
            Measure("CPU, worker", used.worker, "s"),
            Measure("CPU, decoder and its decodes", watch.decoder_s + watch.decodes_s, "s"),
            Measure("CPU, node", used.node, "s"),
            Measure("CPU, Postgres", used.postgres, "s"),
            Measure("CPU, Redis", used.redis, "s"),
            Measure("everything but the recogniser / recogniser", beside / recogniser, most=0.10),
            Measure("the same / its final windows alone", beside / final_s),
        ),
        (
            f"{SECONDS:g} s of a consultation at {SPEED:g} times its speed, {watch.decodes} decodes, "
            f"{watch.recognisers} recogniser process(es) in turn",
        ),
    )


def _used(system: Installation) -> Used:
    return Used(
        cpu_s(pid_of(system.worker)),
        tree_cpu_s(pid_of(system.node)),
        tree_cpu_s(pid_of(system.services.postgres)),
        tree_cpu_s(pid_of(system.services.redis)),
    )
