"""Hints and announcements on a real Redis, and while it is away: nothing raises, nothing of a record goes through."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import orjson
import pytest
from arq.connections import ArqRedis

from hearken.embedded import socket_folder
from hearken.embedded_redis import EmbeddedRedis
from hearken.service_user import service_user
from hearken.supervisor import Program
from session_core import hints as hinting
from session_core.announcement import Announcement, Announcements, listen
from session_core.background import Background
from session_core.hints import Hints
from session_core.names import ANNOUNCE_CHANNEL, PLAN_JOB, PLAN_QUEUE, RECOGNISE_JOB, RECOGNISE_QUEUE, plan_job_id
from tests.installation import until

ORG = uuid4()


class Server:
    """A Redis that a test may stop and start again."""

    def __init__(self, folder: Path) -> None:
        self._redis = EmbeddedRedis(socket_folder(folder, service_user()), service_user())
        self._program = Program(self._redis.part(folder / "redis.log", folder / "redis"), print)
        self.url = self._redis.url()

    async def start(self) -> None:
        await self._program.start(self._redis.is_ready)

    async def stop(self) -> None:
        await self._program.stop()


@pytest.fixture(scope="module")
async def server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Server]:
    running = Server(tmp_path_factory.mktemp("redis"))
    await running.start()
    yield running
    await running.stop()


@pytest.fixture
async def redis(server: Server) -> AsyncIterator[ArqRedis]:
    connected = hinting.connect(server.url)
    await connected.flushall()
    yield connected
    await connected.aclose(close_connection_pool=True)


@pytest.fixture
async def background() -> AsyncIterator[Background]:
    tasks = Background()
    yield tasks
    await tasks.close()


async def hear(redis: ArqRedis, heard: list[Announcement]) -> None:
    async for announcement in listen(redis):
        heard.append(announcement)  # noqa: PERF401


async def listeners(redis: ArqRedis, count: int) -> bool:
    subscribed: dict[bytes, int] = dict(await redis.pubsub_numsub(ANNOUNCE_CHANNEL))
    return subscribed[ANNOUNCE_CHANNEL.encode()] == count


async def queued(redis: ArqRedis, queue: str) -> list[dict[str, Any]]:
    """The jobs that wait in a queue, as they are stored."""
    jobs = []
    for job_id in await redis.zrange(queue, 0, -1):
        stored = await redis.get(b"arq:job:" + job_id)
        jobs.append(orjson.loads(stored))
    return jobs


async def test_a_hint_becomes_a_job_that_holds_ids_alone(redis: ArqRedis, background: Background) -> None:
    hints, session, window = Hints(redis), uuid4(), uuid4()
    background.forever("hints", hints.run)
    hints.plan(ORG, session, 3)
    hints.recognise(window, 1)

    async def both() -> bool:
        return bool(await queued(redis, PLAN_QUEUE)) and bool(await queued(redis, RECOGNISE_QUEUE))

    await until(both)
    (plan,), (recognise,) = await queued(redis, PLAN_QUEUE), await queued(redis, RECOGNISE_QUEUE)
    assert (plan["f"], plan["a"], plan["k"]) == (PLAN_JOB, [str(ORG), str(session)], {})
    assert (recognise["f"], recognise["a"], recognise["k"]) == (RECOGNISE_JOB, [], {})
    assert set(plan) == set(recognise) == {"t", "f", "a", "k", "et"}
    names = [key.decode() for key in await redis.keys()]
    assert sorted(names) == sorted(
        [PLAN_QUEUE, RECOGNISE_QUEUE, f"arq:job:plan:{session}:3", f"arq:job:recognise:{window}:1"]
    )
    assert [name for name in names if name.startswith("arq:job:") and await redis.pttl(name) <= 0] == []


async def test_repeated_hints_are_one_job_for_each_state_of_a_session(redis: ArqRedis, background: Background) -> None:
    hints, session, other = Hints(redis), uuid4(), uuid4()
    background.forever("hints", hints.run)
    for revision in (1, 2, 3, 3):
        hints.plan(ORG, session, revision)

    async def sent() -> int:
        return len(await queued(redis, PLAN_QUEUE))

    await until(sent)
    hints.plan(ORG, session, 3)
    hints.plan(ORG, other, 1)

    async def both() -> bool:
        return await sent() == 2

    await until(both)
    assert {tuple(job["a"]) for job in await queued(redis, PLAN_QUEUE)} == {
        (str(ORG), str(session)),
        (str(ORG), str(other)),
    }


async def test_while_redis_is_away_hints_are_lost_and_counted_and_later_ones_arrive(
    server: Server, redis: ArqRedis, background: Background
) -> None:
    hints, session = Hints(redis), uuid4()
    background.forever("hints", hints.run)
    await server.stop()
    try:
        hints.plan(ORG, uuid4(), 1)
        hints.recognise(uuid4(), 1)
        await until(lambda: hints.lost == 2)
    finally:
        await server.start()
    hints.plan(ORG, session, 1)

    async def arrived() -> bool:
        return [job["a"][1] for job in await queued(redis, PLAN_QUEUE)] == [str(session)]

    await until(arrived)
    assert hints.lost == 2


async def test_hints_that_nobody_sends_take_no_more_than_their_room(
    redis: ArqRedis, background: Background, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hinting, "MOST_WAITING", 30)
    hints = Hints(redis)
    for number in range(40):
        hints.plan(ORG, UUID(int=number), 1)
    for number in range(40):
        hints.recognise(UUID(int=number), 1)
    background.forever("hints", hints.run)
    await until(lambda: redis.zcard(RECOGNISE_QUEUE))  # which is filled after the other
    planned = [job["a"][1] for job in await queued(redis, PLAN_QUEUE)]
    assert sorted(planned) == [str(UUID(int=number)) for number in range(30)]
    hints.plan(ORG, UUID(int=50), 1)
    await until(lambda: redis.zscore(PLAN_QUEUE, plan_job_id(UUID(int=50), 1)))
    assert await redis.zcard(RECOGNISE_QUEUE) == 30


async def test_an_announcement_reaches_every_listener_with_the_newest_version(
    server: Server, redis: ArqRedis, background: Background
) -> None:
    announcements, session = Announcements(redis), uuid4()
    heard: list[list[Announcement]] = [[], []]
    others = [hinting.connect(server.url) for _ in heard]

    for other, kept in zip(others, heard, strict=True):
        background.spawn(hear(other, kept))

    await until(lambda: listeners(redis, 2))
    for version in (1, 3, 2):
        announcements.committed(session, version)
    background.forever("announcements", announcements.run)
    await until(lambda: all(heard))
    assert heard == [[Announcement(session, 3)]] * 2
    await background.close()
    for other in others:
        await other.aclose(close_connection_pool=True)


async def test_while_redis_is_away_announcements_are_dropped_and_later_ones_arrive(
    server: Server, redis: ArqRedis, background: Background, caplog: pytest.LogCaptureFixture
) -> None:
    announcements, lost, session = Announcements(redis), uuid4(), uuid4()
    background.forever("announcements", announcements.run)
    await server.stop()
    try:
        announcements.committed(lost, 1)
        await until(lambda: "announcements not taken" in caplog.text)
    finally:
        await server.start()
    heard: list[Announcement] = []
    other = hinting.connect(server.url)

    background.spawn(hear(other, heard))

    await until(lambda: listeners(redis, 1))
    announcements.committed(session, 7)
    await until(lambda: heard)
    assert heard == [Announcement(session, 7)]
    await background.close()
    await other.aclose(close_connection_pool=True)
