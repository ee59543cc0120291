"""The load generator, a process of its own: ``python -m bench.load`` takes a job as JSON on its input.

Two jobs. ``flood``: so many recorders send one chunk after the other, each as soon as the one before it is
acknowledged, for so many seconds. ``pace``: each recorder sends a chunk every ``period_s``, at a time of its
own within it, whether or not the one before was acknowledged.
"""

from __future__ import annotations

import asyncio
import random
import resource
import sys
import time
import uuid
from dataclasses import dataclass, field
from typing import Any, Literal

import orjson
import uvloop
from pydantic import TypeAdapter

from bench.helper_process import run_helper
from bench.noise import RATE, SAMPLES, Noise
from bench.wire import RecorderLost, WireRecorder, connect

WARM_UP_S = 1.0
OPENED_AT_ONCE = 40


@dataclass(frozen=True, slots=True)
class Job:
    """``tokens`` are shared out among the recorders in turn."""

    kind: Literal["flood", "pace", "idle"]
    url: str
    tokens: list[str]
    recorders: int
    seconds: float
    period_s: float = 15.0


@dataclass(slots=True)
class Result:
    """``stored`` lists session, seq and digest of every acknowledged chunk; ``acks_s`` the time of each from
    the first byte sent to the answer read. ``counted`` acknowledgements fell into ``seconds`` after the warm-up.
    ``late_s`` is how far the generator fell behind its own clock at worst."""

    stored: list[tuple[str, int, str]] = field(default_factory=list)
    acks_s: list[float] = field(default_factory=list)
    refused: dict[str, int] = field(default_factory=dict)
    unanswered: int = 0
    counted: int = 0
    seconds: float = 0.0
    late_s: float = 0.0
    cpu_s: float = 0.0

    @property
    def rate(self) -> float:
        return self.counted / self.seconds


@dataclass(slots=True)
class Session:
    recorder: WireRecorder
    id: str
    seq: int = 0


async def send_next(session: Session, noise: Noise, result: Result) -> float:
    """Send the session's next chunk and wait for its answer; the time at which that came."""
    chunk, seq = noise.chunk(), session.seq
    session.seq += 1
    began = time.monotonic()
    answer = await session.recorder.chunk(chunk.header(session.id, seq), chunk.pieces)
    now = time.monotonic()
    result.acks_s.append(now - began)
    if answer.get("ok") is True and answer.get("seq") == seq and answer.get("sha256") == chunk.sha256:
        result.stored.append((session.id, seq, chunk.sha256))
    else:
        code = str(answer.get("error", {}).get("code", "no answer"))
        result.refused[code] = result.refused.get(code, 0) + 1
    return now


async def flood(sessions: list[Session], job: Job) -> Result:
    result, noise = Result(seconds=job.seconds), Noise()
    begin = time.monotonic() + WARM_UP_S
    end = begin + job.seconds

    async def send(session: Session) -> None:
        while time.monotonic() < end:
            answered = await send_next(session, noise, result)
            result.counted += begin <= answered < end

    await asyncio.gather(*(send(session) for session in sessions))
    return result


async def pace(sessions: list[Session], job: Job) -> Result:
    result, noise = Result(seconds=job.seconds), Noise()
    begin = time.monotonic()
    under_way: set[asyncio.Task[float]] = set()

    async def record(session: Session, offset_s: float) -> None:
        for number in range(int(job.seconds / job.period_s)):
            due = begin + offset_s + number * job.period_s
            await asyncio.sleep(due - time.monotonic())
            result.late_s = max(result.late_s, time.monotonic() - due)
            task = asyncio.create_task(send_next(session, noise, result))
            under_way.add(task)
            task.add_done_callback(under_way.discard)

    await asyncio.gather(*(record(session, random.random() * job.period_s) for session in sessions))
    if under_way:
        _, unanswered = await asyncio.wait(under_way, timeout=30.0)
        result.unanswered = len(unanswered)
    result.counted = len(result.acks_s)
    return result


async def open_sessions(job: Job) -> list[Session]:
    """Connect and start one session for each recorder, a few at a time."""
    turn = asyncio.Semaphore(OPENED_AT_ONCE)

    async def open_one(number: int) -> Session:
        async with turn:
            recorder = await connect(job.url, job.tokens[number % len(job.tokens)])
            start = {
                "client_ref": str(uuid.uuid4()),
                "media_type": "audio/wav",
                "sample_rate": RATE,
                "chunk_seconds": SAMPLES / RATE,
            }
            answer = await recorder.request("session.start", start)
            if answer.get("ok") is not True:
                raise RecorderLost(f"session.start was refused: {answer}")
            return Session(recorder, answer["session_id"])

    return await asyncio.gather(*(open_one(number) for number in range(job.recorders)))


async def main(job: Job) -> Result:
    sessions = await open_sessions(job)
    used = _cpu_s()
    if job.kind == "idle":
        print("idle", flush=True)
        await asyncio.sleep(job.seconds)
        result = Result(seconds=job.seconds)
    else:
        result = await (flood if job.kind == "flood" else pace)(sessions, job)
    result.cpu_s = _cpu_s() - used
    for session in sessions:
        session.recorder.close()
    return result


def _cpu_s() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


async def run_load(job: Job) -> Result:
    """Run a job in a process of its own."""
    return TypeAdapter(Result).validate_json(await run_helper("bench.load", job))


if __name__ == "__main__":
    asked: Any = TypeAdapter(Job).validate_json(sys.stdin.buffer.read())
    sys.stdout.buffer.write(orjson.dumps(uvloop.run(main(asked))))
