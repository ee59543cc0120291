"""Announcements: "session S has events up to version N", from whoever committed them to every node.

Only ids and numbers go through Redis. A lost announcement costs a viewer the time to the next beacon.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass
from uuid import UUID

import orjson
from redis.asyncio import Redis
from redis.exceptions import RedisError

from session_core.log import Outage
from session_core.names import ANNOUNCE_CHANNEL

log = logging.getLogger(__name__)

LISTEN_S = 10.0
"""Silence after which the connection is looked at."""


@dataclass(frozen=True, slots=True)
class Announcement:
    session_id: UUID
    version: int


class Announcements:
    """Sends announcements in the background, the newest of each session; what Redis does not take is dropped."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._waiting: dict[UUID, int] = {}
        self._outage = Outage(
            log, "announcements not taken by Redis, viewers catch up by the beacon", "announcements reach Redis again"
        )
        self._any = asyncio.Event()

    def committed(self, session_id: UUID, version: int) -> None:
        self._waiting[session_id] = max(version, self._waiting.get(session_id, 0))
        self._any.set()

    async def run(self) -> None:
        while True:
            await self._any.wait()
            self._any.clear()
            waiting, self._waiting = self._waiting, {}
            try:
                for session_id, version in waiting.items():
                    message = orjson.dumps({"session": str(session_id), "version": version})
                    await self._redis.publish(ANNOUNCE_CHANNEL, message)
            except (RedisError, OSError) as error:
                self._outage.began(error)
            else:
                self._outage.ended()


async def listen(redis: Redis) -> AsyncIterator[Announcement]:
    """Announcements as they come; raises redis' errors when the connection ends."""
    async with redis.pubsub(ignore_subscribe_messages=True) as subscription:
        await subscription.subscribe(ANNOUNCE_CHANNEL)
        while True:
            message = await subscription.get_message(timeout=LISTEN_S)
            if message is not None:
                opened = orjson.loads(message["data"])
                yield Announcement(UUID(opened["session"]), opened["version"])
