"""Without Redis nobody announces anything: the beacon brings viewers what they miss, within its five seconds."""

from __future__ import annotations

from itertools import pairwise

import pytest
import redis.asyncio

from hearken.embedded import Services
from hearken.embedded_redis import EmbeddedRedis
from session_core.names import ANNOUNCE_CHANNEL
from stream_server.feed import BEACON_S
from tests.clients import Chunk, Watcher
from tests.faults.scene import session, start
from tests.installation import Installation, until

pytestmark = pytest.mark.asyncio(loop_scope="module")

PROMPT_S = BEACON_S / 2
"""An event that takes longer has waited for the beacon."""

TOGETHER_S = 0.05


async def delays(installation: Installation, watcher: Watcher) -> list[float]:
    """Seconds from each event's being written to its arrival."""
    rows = await installation.fetch("SELECT version, extract(epoch FROM at)::float8 AS at FROM events")
    at = {row["version"]: row["at"] for row in rows}
    return [seen - at[version] for version, _, seen in watcher.seen]


def rounds(watcher: Watcher) -> int:
    """How many times events came, where what came together counts once."""
    seen = sorted(seen for _, _, seen in watcher.seen)
    return 1 + sum(later - earlier > TOGETHER_S for earlier, later in pairwise(seen))


async def listeners(services: Services) -> int:
    """How many nodes hear announcements."""
    async with redis.asyncio.Redis.from_url(services.redis_url) as client:
        ((_, count),) = await client.pubsub_numsub(ANNOUNCE_CHANNEL)
    return int(count)


async def test_viewers_catch_up_by_the_beacon_while_redis_is_away(
    services: Services, installation: Installation, chunks: list[Chunk]
) -> None:
    node = await start(installation)
    await services.redis.stop()
    try:
        async with session(installation, node.url, chunks, restless=None) as scene:
            assert await scene.verdict() == []
            latest = max(await delays(installation, scene.watcher))
            together = len(scene.watcher.seen) / rounds(scene.watcher)
    finally:
        await services.redis.start(EmbeddedRedis(services.cluster.sockets, services.cluster.user).is_ready)
    assert latest < BEACON_S + PROMPT_S
    # However the beacon falls, it brings many at once; what is announced comes by ones and twos.
    assert together > 5


async def test_announcements_are_heard_again_once_redis_is_back(
    services: Services, installation: Installation, chunks: list[Chunk]
) -> None:
    node = await start(installation)
    await until(lambda: listeners(services))
    await services.redis.stop()
    await services.redis.start(EmbeddedRedis(services.cluster.sockets, services.cluster.user).is_ready)
    await until(lambda: listeners(services))
    async with session(installation, node.url, chunks, restless=None) as scene:
        assert await scene.verdict() == []
        assert max(await delays(installation, scene.watcher)) < PROMPT_S
