"""Viewers of a node: long replays, several cursors, one that does not read, and a node that stops."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from uuid import UUID

import aiohttp
import asyncpg
import orjson
import pytest

from hearken.embedded import Services
from session_core import hints as hinting
from session_core.announcement import Announcement, Announcements
from session_core.background import Background
from session_core.change import Changes
from session_core.envelope import Key
from session_core.keyring import Keyring
from session_core.storage.database import Connection, Database
from session_core.storage.events import StoredEvent
from stream_server.feed import Feeds
from stream_server.measure import Measures
from tests.changes import changes_on
from tests.installation import PASSWORD, Installation, Node, installation_on, until
from tests.peer import Peer, header, peer
from tests.sound import file_of, tone

SECOND = file_of(tone(1.0), "audio/wav")
MOST_QUEUED = 250


class Events:
    """Puts events into sessions, as a worker does."""

    def __init__(self, changes: Changes, org_id: UUID) -> None:
        self._changes = changes
        self._org_id = org_id

    async def add(self, session: str, count: int, size: int = 0) -> None:
        async with self._changes.of(self._org_id, UUID(session)) as change:
            for number in range(count):
                change.event("session.progress", {"step": "test", "percent": number, "message": "x" * size})


@pytest.fixture(scope="module")
async def installation(services: Services, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Installation]:
    async with installation_on(services, tmp_path_factory.mktemp("feeds"), logins_per_minute=1000) as own:
        yield own


@pytest.fixture(scope="module")
async def node(installation: Installation) -> Node:
    return await installation.start_node(max_queued_events=MOST_QUEUED)


@pytest.fixture(scope="module")
async def events(installation: Installation) -> AsyncIterator[Events]:
    org_id = await installation.value("SELECT org_id FROM users WHERE email = $1", installation.ann.email)
    async with changes_on(installation) as changes:
        yield Events(changes, org_id)


@asynccontextmanager
async def viewer(installation: Installation, node: Node) -> AsyncIterator[Peer]:
    async with peer(node.url, await installation.token(node, installation.ann)) as connected:
        yield connected


def versions(one: Peer, session: str) -> list[int]:
    return [event["version"] for event in one.events(session)]


async def watch(one: Peer, session: str, after: int) -> int:
    head: int = (await one.ok("session.watch", {"session_id": session, "after": after}))["head"]
    return head


async def test_a_long_replay_arrives_whole_and_in_order_and_goes_on_live(
    installation: Installation, node: Node, events: Events
) -> None:
    async with viewer(installation, node) as one:
        session = await one.start()
        await events.add(session, 1_249)
        assert await watch(one, session, 0) == 1_250
        await events.add(session, 50)
        await until(lambda: len(versions(one, session)) >= 1_300)
        await events.add(session, 3)
        await until(lambda: len(versions(one, session)) >= 1_303)
        assert versions(one, session) == list(range(1, 1_304))


async def test_each_viewer_gets_what_is_after_its_own_cursor(
    installation: Installation, node: Node, events: Events
) -> None:
    cursors = (0, 490, 500)
    async with AsyncExitStack() as stack:
        viewers = [await stack.enter_async_context(viewer(installation, node)) for _ in cursors]
        session = await viewers[0].start()
        await events.add(session, 499)
        for one, after in zip(viewers, cursors, strict=True):
            await watch(one, session, after)
        await events.add(session, 5)
        await until(lambda: all(505 in versions(one, session) for one in viewers))
        assert [versions(one, session) for one in viewers] == [list(range(after + 1, 506)) for after in cursors]


class Pauses:
    """Holds up whoever passes next, until it is let go."""

    def __init__(self) -> None:
        self._next = False
        self.held: asyncio.Event | None = None

    def hold_next(self) -> None:
        self._next = True

    async def passing(self) -> None:
        if self._next:
            self._next, self.held = False, asyncio.Event()
            await self.held.wait()

    def let_go(self) -> None:
        assert self.held is not None
        self.held.set()


class PausedKeyring(Keyring):
    """Every reading of the log begins with the session's key."""

    def __init__(self, database: Database, master: Key) -> None:
        super().__init__(database, master)
        self.pauses = Pauses()

    async def session(self, org_id: UUID, session_id: UUID) -> Key:
        await self.pauses.passing()
        return await super().session(org_id, session_id)


class CountedDatabase(Database):
    """Says how often it was read."""

    reads = 0

    @asynccontextmanager
    async def organisation(self, org_id: UUID, *, snapshot: bool = False) -> AsyncIterator[Connection]:
        async with super().organisation(org_id, snapshot=snapshot) as connection:
            yield connection
        self.reads += 1


class Listener:
    """A viewer that writes down the versions it is given."""

    room = 10_000

    def __init__(self) -> None:
        self.versions: list[int] = []
        self.pauses = Pauses()

    async def deliver(self, event: StoredEvent) -> None:
        await self.pauses.passing()
        self.versions.append(event.version)

    async def head(self, session_id: UUID, version: int) -> None: ...

    async def drop(self) -> None: ...


class FeedScene:
    """Feeds by themselves, over a session of 300 events that the first listener has seen to the end."""

    def __init__(
        self,
        feeds: Feeds,
        database: CountedDatabase,
        keyring: PausedKeyring,
        events: Events,
        org_id: UUID,
        session: UUID,
    ) -> None:
        self.database, self.keyring = database, keyring
        self.first, self.second = Listener(), Listener()
        self._feeds, self._events, self._org_id, self._session = feeds, events, org_id, session

    def watch(self, listener: Listener, after: int) -> None:
        self._feeds.watch(listener, self._org_id, self._session, after)

    async def five_more(self) -> None:
        await self._events.add(str(self._session), 5)
        self.announce()

    def announce(self) -> None:
        self._feeds.announced(Announcement(self._session, 305))


@pytest.fixture
async def scene(installation: Installation, node: Node, events: Events) -> AsyncIterator[FeedScene]:
    settings = installation.settings
    org_id = await installation.value("SELECT org_id FROM users WHERE email = $1", installation.ann.email)
    async with viewer(installation, node) as starter:
        session = await starter.start()
    await events.add(session, 299)
    database = await CountedDatabase.connect(settings.database_url, connections=2, timeout_s=20)
    assert isinstance(database, CountedDatabase)
    background = Background()
    keyring = PausedKeyring(database, Key(settings.master_key_bytes))
    feeds = Feeds(database, keyring, Measures(), background.spawn)
    scene = FeedScene(feeds, database, keyring, events, org_id, UUID(session))
    scene.watch(scene.first, 299)
    await until(lambda: scene.first.versions == [300])
    yield scene
    await background.close()
    await database.close()


async def test_a_viewer_that_comes_while_the_log_is_read_for_others_misses_nothing(scene: FeedScene) -> None:
    scene.keyring.pauses.hold_next()
    await scene.five_more()
    await until(lambda: scene.keyring.pauses.held)
    # What is being read begins after 300; the newcomer's own replay ends with a whole page, before that.
    scene.watch(scene.second, 50)
    await until(lambda: len(scene.second.versions) >= 200)
    scene.keyring.pauses.let_go()
    await until(lambda: 305 in scene.first.versions and 305 in scene.second.versions)
    assert scene.first.versions == [*range(300, 306)]
    assert scene.second.versions == [*range(51, 306)]


async def test_a_viewer_that_watches_anew_while_others_are_given_a_page_misses_nothing(scene: FeedScene) -> None:
    scene.watch(scene.second, 299)
    await until(lambda: scene.second.versions == [300])
    scene.first.pauses.hold_next()
    await scene.five_more()
    await until(lambda: scene.first.pauses.held)
    scene.second.versions.clear()
    scene.watch(scene.second, 50)
    await until(lambda: len(scene.second.versions) >= 200)
    scene.first.pauses.let_go()
    await until(lambda: 305 in scene.first.versions and 305 in scene.second.versions)
    assert scene.first.versions == [*range(300, 306)]
    assert scene.second.versions == [*range(51, 306)]


async def test_a_session_that_is_watched_anew_while_it_was_to_be_read_for_nobody_is_read(scene: FeedScene) -> None:
    scene.keyring.pauses.hold_next()
    await scene.five_more()
    await until(lambda: scene.keyring.pauses.held)
    scene.announce()
    # The only viewer comes anew: who reads for it as it was, and who waits to read after that, have nobody any more.
    reads = scene.database.reads
    scene.watch(scene.first, 300)
    await until(lambda: scene.database.reads > reads)
    scene.keyring.pauses.let_go()
    await until(lambda: 305 in scene.first.versions, within_s=10)
    assert scene.first.versions == [*range(300, 306)]


async def test_watching_again_takes_the_place_of_the_watch_before_and_unwatch_ends_it(
    installation: Installation, node: Node, events: Events
) -> None:
    async with viewer(installation, node) as one, viewer(installation, node) as other:
        session = await one.start()
        await watch(one, session, 1)
        await watch(one, session, 0)
        await watch(other, session, 1)
        await until(lambda: versions(one, session) == [1])
        await events.add(session, 2)
        await until(lambda: versions(one, session) == [1, 2, 3])
        await one.ok("session.unwatch", {"session_id": session})
        await events.add(session, 1)
        await until(lambda: versions(other, session) == [2, 3, 4])
        assert versions(one, session) == [1, 2, 3]


async def test_what_nobody_announced_arrives_with_the_beacon(installation: Installation, node: Node) -> None:
    async with viewer(installation, node) as one:
        session = await one.start()
        await watch(one, session, 0)
        await until(lambda: versions(one, session) == [1])
        await one.ok("session.pause", {"session_id": session, "at_sample": 0})
        await until(lambda: versions(one, session) == [1, 2])
        database = await Database.connect(installation.settings.database_url, connections=1, timeout_s=10)
        # Nobody sends these.
        silent = Announcements(hinting.connect(installation.settings.redis_url))
        keyring = Keyring(database, Key(installation.settings.master_key_bytes))
        org_id = await installation.value("SELECT org_id FROM sessions WHERE id = $1", UUID(session))
        await Events(Changes(database, keyring, silent), org_id).add(session, 1)
        await database.close()
        await until(lambda: versions(one, session) == [1, 2, 3])
        assert {"session_id": session, "version": 3} in [data for event, data in one.heard if event == "head"]


async def counted(installation: Installation, node: Node, what: str) -> float:
    async with installation.http.get(f"{node.url}/metrics") as answer:
        found = re.search(rf"^hearken_{what}_total ([\d.]+)$", await answer.text(), re.MULTILINE)
    assert found is not None
    return float(found[1])


async def dropped(installation: Installation, node: Node) -> float:
    return await counted(installation, node, "dropped_viewers")


async def test_nothing_is_delivered_to_a_viewer_that_was_signed_out_while_it_asked_to_watch(
    installation: Installation, node: Node, events: Events
) -> None:
    login = {"email": installation.ann.email, "password": PASSWORD}
    async with installation.http.post(f"{node.url}/api/v1/auth/login", json=login) as answer:
        token = (await answer.json())["access_token"]
    async with viewer(installation, node) as one, peer(node.url, token) as gone:
        session = await one.start()
        await watch(one, session, 1)
        holding = await asyncpg.connect(installation.owner_url)
        async with holding.transaction():
            await holding.execute("LOCK TABLE sessions IN ACCESS EXCLUSIVE MODE")
            asking = asyncio.create_task(gone.ask("session.watch", {"session_id": session, "after": 1}))
            waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'sessions'::regclass"
            await until(lambda: holding.fetchval(waiting))
            headers = {"Authorization": f"Bearer {token}"}
            async with installation.http.post(f"{node.url}/api/v1/auth/logout", headers=headers) as answer:
                assert answer.status == 204
            await until(lambda: not gone.connected)
            asking.cancel()
        await holding.close()
        before = await counted(installation, node, "events_delivered")
        for last in (11, 21):
            await events.add(session, 10)
            await until(lambda: last in versions(one, session))  # noqa: B023
        assert await counted(installation, node, "events_delivered") == before + 20


@asynccontextmanager
async def one_who_does_not_read(
    installation: Installation, node: Node, session: str
) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
    """A viewer that reads up to the answer to ``session.watch``, and then no more."""
    url = f"{node.url}/socket.io/?EIO=4&transport=websocket".replace("http", "ws", 1)
    token = await installation.token(node, installation.ann)
    async with aiohttp.ClientSession() as http, http.ws_connect(url, max_msg_size=0) as socket:
        assert (await socket.receive_str()).startswith("0")
        await socket.send_str("40/session," + orjson.dumps({"token": token}).decode())
        await socket.send_str(
            "42/session,1" + orjson.dumps(["session.watch", {"session_id": session, "after": 1}]).decode()
        )
        while not (await socket.receive_str()).startswith("43/session,1"):
            pass
        yield socket


async def test_a_viewer_that_does_not_read_is_dropped_and_the_others_miss_nothing(
    installation: Installation, node: Node, events: Events
) -> None:
    before = await dropped(installation, node)
    async with viewer(installation, node) as one:
        session = await one.start()
        await watch(one, session, 1)
        async with one_who_does_not_read(installation, node, session) as slow:
            sent = 1
            while await dropped(installation, node) == before:
                assert sent < 3_000, "what is queued for a viewer has no bound"
                await events.add(session, 50, size=40_000)
                sent += 50
                await until(lambda: len(versions(one, session)) == sent - 1)  # noqa: B023
            assert sent > MOST_QUEUED
            async with asyncio.timeout(10):
                while not slow.closed and (await slow.receive()).type is aiohttp.WSMsgType.TEXT:
                    pass
        assert versions(one, session) == list(range(2, sent + 1))
        assert await dropped(installation, node) == before + 1


async def test_a_node_that_stops_finishes_what_it_has_begun_and_begins_nothing(installation: Installation) -> None:
    node = await installation.start_node()
    async with viewer(installation, node) as recorder, viewer(installation, node) as other:
        session = await recorder.start()
        fields = header(session, 0, SECOND, first_sample=0, sample_count=16000)
        async with locked(installation, session):
            answer = asyncio.create_task(recorder.ask("chunk", fields, SECOND))
            await until(lambda: waits_for_lock(installation))
            stopping = asyncio.create_task(node.terminate())
            assert await recorder.wait_for("bye") == {"code": "drain"}
            assert await other.wait_for("bye") == {"code": "drain"}
            assert await other.refused("session.resume", {"session_id": session}) == "unavailable"
            async with aiohttp.ClientSession() as fresh:
                with pytest.raises(aiohttp.ClientError):
                    await fresh.get(f"{node.url}/healthz")
            assert not answer.done()
        assert (await answer)["ok"] is True
        assert await stopping == 0
        await until(lambda: not recorder.connected and not other.connected)
    assert await installation.value("SELECT count(*) FROM chunks WHERE session_id = $1", UUID(session)) == 1


async def test_a_node_that_cannot_finish_in_time_leaves_without_an_answer(installation: Installation) -> None:
    node = await installation.start_node(drain_s=0.5)
    async with viewer(installation, node) as recorder:
        session = await recorder.start()
        fields = header(session, 0, SECOND, first_sample=0, sample_count=16000)
        async with locked(installation, session):
            answer = asyncio.create_task(recorder.ask("chunk", fields, SECOND))
            await until(lambda: waits_for_lock(installation))
            assert await node.terminate() == 0
            await until(lambda: not recorder.connected)
            assert not answer.done() or answer.exception() is not None
        answer.cancel()
        await asyncio.gather(answer, return_exceptions=True)


@asynccontextmanager
async def locked(installation: Installation, session: str) -> AsyncIterator[None]:
    """Nobody can store a chunk meanwhile: one that has come waits for its commit."""
    connection = await asyncpg.connect(installation.owner_url)
    try:
        async with connection.transaction():
            await connection.execute("LOCK TABLE chunks IN EXCLUSIVE MODE")
            yield
    finally:
        await connection.close()


async def waits_for_lock(installation: Installation) -> bool:
    return bool(await installation.value("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"))
