"""Hints to the workers: "look at this session", "there is a window". Any of them may be lost.

They wait in memory, the newest of each session only, and Redis gets them when it can: a hint never holds
up or fails what it follows. What is dropped is found by the workers' reconciler in Postgres.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Any
from uuid import UUID

import orjson
from arq.connections import ArqRedis
from redis.asyncio import ConnectionPool
from redis.exceptions import RedisError

from session_core.log import Outage
from session_core.names import (
    PLAN_JOB,
    PLAN_QUEUE,
    RECOGNISE_JOB,
    RECOGNISE_QUEUE,
    plan_job_id,
    recognise_job_id,
)

log = logging.getLogger(__name__)

HINT_LIFE_S = 60
"""A hint that nobody took by then is worthless: the reconciler has found the work."""

GATHER_S = 0.01
"""Chunks of one session that arrive within this time make one hint."""

MOST_WAITING = 10_000


def serialise(job: dict[str, Any]) -> bytes:
    """JSON instead of pickle: what comes out of Redis is never executed. Results are not kept, so an
    exception in one needs no more than its type."""
    return orjson.dumps(job, default=lambda value: type(value).__name__)


def deserialise(job: bytes) -> dict[str, Any]:
    opened: dict[str, Any] = orjson.loads(job)
    return opened


def connect(redis_url: str) -> ArqRedis:
    """Connects when first used, so that a program can start while Redis is away."""
    pool = ConnectionPool.from_url(redis_url, socket_connect_timeout=2.0, socket_timeout=5.0, health_check_interval=10)
    return ArqRedis(pool, job_serializer=serialise, job_deserializer=deserialise, default_queue_name=PLAN_QUEUE)


class Hints:
    def __init__(self, redis: ArqRedis) -> None:
        self._redis = redis
        self._sessions: dict[UUID, tuple[UUID, int]] = {}
        self._windows: dict[UUID, int] = {}
        self._any = asyncio.Event()
        self.lost = 0
        self._outage = Outage(log, "hints not taken by Redis, the reconciler finds the work", "hints reach Redis again")

    def plan(self, org_id: UUID, session_id: UUID, revision: int) -> None:
        """The session has something that planning has not seen."""
        if len(self._sessions) < MOST_WAITING:
            self._sessions[session_id] = (org_id, revision)
            self._any.set()

    def recognise(self, window_id: UUID, attempt: int) -> None:
        """Wakes one recogniser. Which window it takes is decided in Postgres, by urgency."""
        if len(self._windows) < MOST_WAITING:
            self._windows[window_id] = attempt
            self._any.set()

    async def run(self) -> None:
        while True:
            await self._any.wait()
            await asyncio.sleep(GATHER_S)
            self._any.clear()
            sessions, self._sessions = self._sessions, {}
            windows, self._windows = self._windows, {}
            try:
                for session_id, (org_id, revision) in sessions.items():
                    await self._enqueue(
                        PLAN_QUEUE, PLAN_JOB, plan_job_id(session_id, revision), str(org_id), str(session_id)
                    )
                for window_id, attempt in windows.items():
                    await self._enqueue(RECOGNISE_QUEUE, RECOGNISE_JOB, recognise_job_id(window_id, attempt))
            except (RedisError, OSError) as error:
                self.lost += len(sessions) + len(windows)
                self._outage.began(error)
            else:
                self._outage.ended()

    async def _enqueue(self, queue: str, job: str, job_id: str, *arguments: str) -> None:
        await self._redis.enqueue_job(job, *arguments, _job_id=job_id, _queue_name=queue, _expires=HINT_LIFE_S)
