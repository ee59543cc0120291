"""The measure of ingest: the same bytes into the same database by asyncpg alone, in one process.

``python -m bench.bare_inserts`` takes a job as JSON on its input and answers with what it did.
"""

from __future__ import annotations

import asyncio
import sys
import time
from dataclasses import dataclass

import asyncpg
import orjson
import uvloop
from pydantic import TypeAdapter

from bench.helper_process import run_helper
from bench.load import WARM_UP_S
from bench.noise import Noise

TABLE = "bench_bare"
MAKE = (
    f"CREATE TABLE IF NOT EXISTS {TABLE} (audio bytea NOT NULL); ALTER TABLE {TABLE} ALTER audio SET STORAGE EXTERNAL"
)
INSERT = f"INSERT INTO {TABLE} (audio) VALUES ($1)"


@dataclass(frozen=True, slots=True)
class Job:
    url: str
    connections: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Result:
    """``rate`` is inserts a second after the warm-up, each committed by itself; ``inserts`` and ``cpu_s``
    (of this process) are of the whole time."""

    rate: float
    inserts: int
    cpu_s: float


async def main(job: Job) -> Result:
    begin = time.monotonic() + WARM_UP_S
    end = begin + job.seconds
    noise = Noise()

    async def insert(connection: asyncpg.Connection[asyncpg.Record]) -> list[float]:
        committed = []
        while time.monotonic() < end:
            await connection.execute(INSERT, b"".join(noise.chunk().pieces))
            committed.append(time.monotonic())
        return committed

    connections = [await asyncpg.connect(job.url) for _ in range(job.connections)]
    used = time.process_time()
    committed = [at for each in await asyncio.gather(*map(insert, connections)) for at in each]
    used = time.process_time() - used
    for connection in connections:
        await connection.close()
    return Result(sum(begin <= at < end for at in committed) / job.seconds, len(committed), used)


async def run_bare_inserts(job: Job) -> Result:
    """Run a job in a process of its own."""
    return TypeAdapter(Result).validate_json(await run_helper("bench.bare_inserts", job))


if __name__ == "__main__":
    asked = TypeAdapter(Job).validate_json(sys.stdin.buffer.read())
    sys.stdout.buffer.write(orjson.dumps(uvloop.run(main(asked))))
