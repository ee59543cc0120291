"""What a running installation made of a recording: its words, and the windows that they come from."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import asyncpg

from bench.client import Segment
from bench.reference import Said
from hearken.chunk_file import SAMPLE_RATE


@dataclass(frozen=True, slots=True)
class Heard:
    """``edges_s`` are where windows begin and end. ``cpu_s`` is the processor time of the recogniser for them,
    ``clock_s`` the time from the first chunk to the last window's words, and ``failed`` counts windows without words
    because the recogniser failed."""

    words: tuple[Said, ...]
    edges_s: tuple[float, ...]
    recognisers: frozenset[str]
    cpu_s: float
    clock_s: float
    failed: int = 0


async def heard_in(
    owner: asyncpg.Connection[asyncpg.Record], session_id: UUID, segments: Sequence[Segment], began: float
) -> Heard:
    """Read a session that is ready and whose first chunk was sent at ``began`` (Unix time)."""
    rows = await owner.fetch(
        """
        SELECT start_sample, end_sample, recogniser, coalesce(cpu_ms, 0) AS cpu_ms, finished_at, state
        FROM windows WHERE session_id = $1 AND kind = 'final' AND planned
        """,
        session_id,
    )
    words = (
        Said(text, (start / 1000, end / 1000), segment.speaker)
        for segment in segments
        for text, start, end in segment.words
    )
    finished = [row["finished_at"].timestamp() for row in rows if row["finished_at"]]
    return Heard(
        tuple(words),
        tuple(sorted({row[name] / SAMPLE_RATE for row in rows for name in ("start_sample", "end_sample")})),
        frozenset(row["recogniser"] for row in rows if row["recogniser"]),
        sum(row["cpu_ms"] for row in rows) / 1000,
        max(finished, default=time.time()) - began,
        sum(row["state"] == "failed" for row in rows),
    )
