"""Whether the node lives, whether it can do its job and with which engines, and what it has counted."""

from __future__ import annotations

import asyncio

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from redis.asyncio import Redis
from redis.exceptions import RedisError

from session_core.errors import HearkenError
from session_core.storage import workers
from session_core.storage.database import Database
from session_core.storage.workers import ALIVE_S, TOLD_S
from stream_server.edge import json_response
from stream_server.http.route import Route
from stream_server.measure import Measures

PATIENCE_S = 2.0


class HealthRoutes:
    def __init__(self, database: Database, redis: Redis, measures: Measures) -> None:
        self._database = database
        self._redis = redis
        self._measures = measures
        self.draining = False

    def routes(self) -> tuple[Route, ...]:
        return (
            Route("GET", "/healthz", self.health, "The process lives", open=True),
            Route("GET", "/readyz", self.ready, "The node can do its job, and with which engines", open=True),
            Route("GET", "/metrics", self.metrics, "Prometheus metrics", open=True, produces="text/plain"),
        )

    async def health(self, _request: web.Request) -> web.Response:
        return json_response({"alive": True})

    async def ready(self, _request: web.Request) -> web.Response:
        """Ready means that chunks are kept. Without Redis they are, and words come a little later; without a
        worker they are, and words come once there is one."""
        engines: list[workers.Engine] = []
        unable: list[str] = []
        database = "ok"
        try:
            async with asyncio.timeout(PATIENCE_S), self._database.single() as connection:
                engines = await workers.engines(connection, ALIVE_S)
                unable = await workers.unable(connection, TOLD_S)
        except (HearkenError, TimeoutError):
            database = "away"
        ready = database == "ok" and not self.draining
        return json_response(
            {
                "ready": ready,
                "draining": self.draining,
                "database": database,
                "redis": await self._redis_state(),
                "engines": [
                    {
                        "recogniser": engine.recogniser,
                        "notice": engine.notice,
                        "note_writer": engine.note_writer,
                        "note_leaves": engine.note_leaves,
                        "diarizer": engine.diarizer,
                        "embedder": engine.embedder,
                        "embedder_leaves": engine.embedder_leaves,
                        "workers": engine.workers,
                    }
                    for engine in engines
                ],
                "unable": unable,
            },
            200 if ready else 503,
        )

    async def metrics(self, _request: web.Request) -> web.Response:
        return web.Response(
            body=generate_latest(self._measures.registry), headers={"Content-Type": CONTENT_TYPE_LATEST}
        )

    async def _redis_state(self) -> str:
        try:
            async with asyncio.timeout(PATIENCE_S):
                await self._redis.ping()
        except (RedisError, OSError, TimeoutError):
            return "away"
        return "ok"
