"""Live: how long after its last sample is safe a closed window's words reach a viewer.

For each window: from the acknowledgement of the chunk that brings the last sample which closing it needs, to
its last ``segment.final`` at a viewer on a connection of its own, less the recogniser's own time for that
window. Which chunk that is follows from the stored voice tracks: the planner, a pure function, is
run on the first chunk, the first two, and so on; the window closes with the first that makes it so. Windows
that only Stop closes count from Stop's answer.

The recogniser's own time is by the clock, from when a window is handed to it to when it answers: on a busy
machine others take the processor from it, which no system can help. Time that a window waits because the
recognisers work on something else counts against the system.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import asyncpg

from bench.client import client
from bench.consultation import consultations
from bench.delivery import as_spoken, deliver
from bench.installation import installation
from bench.machine import Machine, this_machine
from bench.outcome import Measure, Outcome, percentile
from chunk_workers.plan import Stretch, plan
from chunk_workers.voice import VoiceTrack

SECONDS, SPEED = 180.0, 1.0
LONGEST_S = 900.0
TARGET_MS = 300.0


@dataclass(frozen=True, slots=True)
class Heard:
    """A closed window: where it begins and ends at 16 kHz, what its recognition took, and when (Unix time) it
    was planned and its words were written."""

    start: int
    end: int
    cpu_s: float
    own_s: float
    planned_at: float
    written_at: float
    segments: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Timed:
    """``all_ms`` from the closing chunk's acknowledgement to the words at the viewer; of these, until the window
    was planned, until the recogniser had it and was done, and from the written words to the viewer."""

    at_stop: bool
    all_ms: float
    own_ms: float
    cpu_ms: float
    planning_ms: float
    showing_ms: float

    @property
    def beyond_ms(self) -> float:
        return self.all_ms - self.own_ms

    @property
    def waiting_ms(self) -> float:
        """For the recogniser to be free, mostly: what is none of the others."""
        return self.beyond_ms - self.planning_ms - self.showing_ms


class Arrivals:
    """When each segment was first seen as final (``time.monotonic``)."""

    def __init__(self) -> None:
        self.at: dict[str, float] = {}

    def message(self, name: str, payload: object) -> None:
        if name == "event" and isinstance(payload, Mapping) and payload["type"] == "segment.final":
            self.at.setdefault(payload["data"]["id"], time.monotonic())


async def measure_live(folder: Path) -> Outcome:
    cuts = consultations(folder)[0].cuts(SECONDS)
    machine, arrivals = this_machine(), Arrivals()
    async with installation(worker=True) as system:
        account = await system.new_account()
        async with (
            client(account) as recorder,
            client(account, arrivals.message) as viewer,
        ):
            session_id = await recorder.start()
            await viewer.watch(session_id)
            acknowledged = await deliver(recorder, session_id, as_spoken(cuts, SPEED))
            stopped = time.monotonic()
            await recorder.finished(session_id, LONGEST_S)
        async with system.owner() as owner:
            windows = await _windows(owner, UUID(session_id))
            closing = await _closing(owner, UUID(session_id))
    timed = []
    unix = time.time() - time.monotonic()
    for window in windows:
        if window.segments:  # others are without a word
            seq = closing.get((window.start, window.end))
            since = stopped if seq is None else acknowledged[seq]
            seen = max(arrivals.at[segment] for segment in window.segments)
            parts = (
                seen - since,
                window.own_s,
                window.cpu_s,
                window.planned_at - unix - since,
                seen - window.written_at + unix,
            )
            timed.append(Timed(seq is None, *(1000 * part for part in parts)))
    return _outcome(machine, timed)


def _outcome(machine: Machine, timed: list[Timed]) -> Outcome:
    def p95(name: str) -> float:
        return percentile([getattr(each, name) for each in timed], 0.95)

    beyond = [each.beyond_ms for each in timed]
    return Outcome(
        "live",
        machine,
        (
            Measure("windows with words", len(timed), least=1),
            Measure("recogniser's own time, p50", percentile([each.own_ms for each in timed], 0.5), "ms"),
            Measure("recogniser's CPU, p50", percentile([each.cpu_ms for each in timed], 0.5), "ms"),
            Measure("words at the viewer, p95", p95("all_ms"), "ms"),
            Measure("beyond its own time, p50", percentile(beyond, 0.5), "ms"),
            Measure("beyond its own time, p95", p95("beyond_ms"), "ms", most=TARGET_MS),
            Measure("of it, until planned, p95", p95("planning_ms"), "ms"),
            Measure("of it, until recognised, p95", p95("waiting_ms"), "ms"),
            Measure("of it, from written to shown, p95", p95("showing_ms"), "ms"),
        ),
        (
            f"{SECONDS:g} s of a consultation at {SPEED:g} times its speed, provisional words on",
            "beyond, each, ms: "
            + " ".join(f"{each.beyond_ms:.0f}{'s' * each.at_stop}" for each in timed)
            + " (s: closed by Stop)",
        ),
    )


async def _windows(owner: asyncpg.Connection[asyncpg.Record], session_id: UUID) -> list[Heard]:
    rows = await owner.fetch(
        """
        SELECT w.start_sample, w.end_sample, w.cpu_ms, w.took_ms, w.due_at, w.finished_at,
               array_remove(array_agg(s.id::text), NULL) AS segments
        FROM windows w LEFT JOIN segments s ON s.session_id = w.session_id AND s.window_id = w.id
        WHERE w.session_id = $1 AND w.kind = 'final' AND w.planned AND w.state = 'done'
        GROUP BY w.start_sample, w.end_sample, w.cpu_ms, w.took_ms, w.due_at, w.finished_at ORDER BY 1
        """,
        session_id,
    )
    return [
        Heard(
            row["start_sample"],
            row["end_sample"],
            row["cpu_ms"] / 1000,
            row["took_ms"] / 1000,
            row["due_at"].timestamp(),
            row["finished_at"].timestamp(),
            tuple(row["segments"]),
        )
        for row in rows
    ]


async def _closing(owner: asyncpg.Connection[asyncpg.Record], session_id: UUID) -> dict[tuple[int, int], int]:
    """By extent, the number of the chunk with which each window closes; those that Stop closes are missing."""
    rows = await owner.fetch(
        "SELECT seq, first_sample, sample_count, voice FROM chunks WHERE session_id = $1 ORDER BY seq", session_id
    )
    stretches = [Stretch(row["first_sample"], row["sample_count"], VoiceTrack.unpack(row["voice"])) for row in rows]
    closed: dict[tuple[int, int], int] = {}
    for count, row in enumerate(rows, 1):
        planned = plan(stretches[:count], cut=0, overlaps_previous=False, ended=False)
        for window in planned.windows:
            closed.setdefault((window.start, window.end), row["seq"])
    return closed
