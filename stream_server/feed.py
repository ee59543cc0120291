"""Feeds: one for each session that somebody watches on this node, from the event log to the viewers.

An announcement, a beacon or a new viewer is only a reason to look into the log. Every viewer gets every
event after its cursor, in order: first a replay of its own, then the feed that all caught-up viewers of
the session share, read once for all of them. A viewer that does not read is dropped; it comes back with
its cursor and misses nothing.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Protocol
from uuid import UUID

from session_core.announcement import Announcement
from session_core.errors import HearkenError
from session_core.keyring import Keyring
from session_core.log import where
from session_core.storage import events, sessions
from session_core.storage.database import Database
from session_core.storage.events import StoredEvent
from stream_server.measure import Measures

log = logging.getLogger(__name__)

PAGE = 200
"""Events read and handed on at once; a replaying viewer must have taken a page before it gets the next."""

BEACON_S = 5.0
PATIENCE_S = 30.0
"""How long a replaying viewer may take for one page."""


class Viewer(Protocol):
    """Whoever an edge delivers to. ``deliver`` never waits: what is not read yet queues up, and
    ``room`` says how many more events may."""

    @property
    def room(self) -> int: ...

    async def deliver(self, event: StoredEvent) -> None: ...

    async def head(self, session_id: UUID, version: int) -> None: ...

    async def drop(self) -> None:
        """End the connection of a viewer that does not read."""


class Feed:
    """One session's viewers, each with the version it was last given."""

    def __init__(self, org_id: UUID, session_id: UUID) -> None:
        self.org_id = org_id
        self.session_id = session_id
        self.cursors: dict[Viewer, int] = {}
        self.lock = asyncio.Lock()
        self.waking = False
        """Somebody is about to look for what is new."""

    @property
    def behind(self) -> int:
        """The least version that any viewer has."""
        return min(self.cursors.values())


class Feeds:
    def __init__(
        self,
        database: Database,
        keyring: Keyring,
        measures: Measures,
        spawn: Callable[[Coroutine[object, object, None]], asyncio.Task[None]],
    ) -> None:
        self._database = database
        self._keyring = keyring
        self._measures = measures
        self._spawn = spawn
        self._feeds: dict[UUID, Feed] = {}
        self._replays: dict[tuple[Viewer, UUID], asyncio.Task[None]] = {}

    def watch(self, viewer: Viewer, org_id: UUID, session_id: UUID, after: int) -> None:
        """Begin to deliver the session's events after version ``after``. The caller has checked that the
        viewer may see the session."""
        self.unwatch(viewer, session_id)
        task = self._spawn(self._replay(viewer, org_id, session_id, after))
        self._replays[viewer, session_id] = task
        task.add_done_callback(lambda done: self._replay_ended(viewer, session_id, done))

    def unwatch(self, viewer: Viewer, session_id: UUID) -> None:
        task = self._replays.pop((viewer, session_id), None)
        if task is not None:
            task.cancel()
        feed = self._feeds.get(session_id)
        if feed is not None:
            feed.cursors.pop(viewer, None)
            if not feed.cursors:
                del self._feeds[session_id]

    def leave(self, viewer: Viewer) -> None:
        for session_id in [session for watcher, session in self._replays if watcher is viewer]:
            self.unwatch(viewer, session_id)
        for session_id in [feed.session_id for feed in self._feeds.values() if viewer in feed.cursors]:
            self.unwatch(viewer, session_id)

    def announced(self, announcement: Announcement) -> None:
        feed = self._feeds.get(announcement.session_id)
        if feed is not None and announcement.version > feed.behind:
            self._wake(feed)

    async def beacon(self) -> None:
        """Tell viewers the head version every few seconds, and catch up where an announcement was lost."""
        while True:
            await asyncio.sleep(BEACON_S)
            by_organisation: dict[UUID, list[Feed]] = {}
            for feed in self._feeds.values():
                by_organisation.setdefault(feed.org_id, []).append(feed)
            for org_id, feeds in by_organisation.items():
                try:
                    await self._beacon_of(org_id, feeds)
                except HearkenError as error:
                    log.warning("no beacon: %s", where(error))

    async def _beacon_of(self, org_id: UUID, feeds: list[Feed]) -> None:
        async with self._database.organisation(org_id) as connection:
            heads = await sessions.heads(connection, [feed.session_id for feed in feeds])
        for feed in feeds:
            version = heads.get(feed.session_id)
            if version is None:
                continue
            if feed.cursors and version > feed.behind:
                self._wake(feed)
            for viewer in tuple(feed.cursors):
                await viewer.head(feed.session_id, version)

    def _wake(self, feed: Feed) -> None:
        if not feed.waking:
            feed.waking = True
            self._spawn(self._advance(feed))

    async def _advance(self, feed: Feed) -> None:
        """Read what is new, once, for all viewers who have caught up."""
        try:
            async with feed.lock:
                feed.waking = False
                while feed.cursors:
                    after = feed.behind
                    if not (page := await self._page(feed.org_id, feed.session_id, after)):
                        break
                    for viewer in tuple(feed.cursors):
                        await self._deliver(feed, viewer, after, page)
        except HearkenError as error:
            log.warning("a feed waits for the beacon: %s", where(error))

    async def _deliver(self, feed: Feed, viewer: Viewer, after: int, page: list[StoredEvent]) -> None:
        """Give a viewer what it lacks of the events that follow version ``after``. One that came meanwhile
        with less than that would miss what lies between: it waits for the next page."""
        cursor = feed.cursors.get(viewer)
        if cursor is None or cursor < after:
            return
        new = [event for event in page if event.version > cursor]
        if viewer.room < len(new):
            self.unwatch(viewer, feed.session_id)
            self._measures.dropped_viewers.inc()
            await viewer.drop()
            return
        for event in new:
            if feed.cursors.get(viewer) != cursor:
                return  # It left, or watches anew from where it says.
            feed.cursors[viewer] = cursor = event.version
            await viewer.deliver(event)
            self._measures.events.inc()

    async def _replay(self, viewer: Viewer, org_id: UUID, session_id: UUID, cursor: int) -> None:
        """Page by page at the viewer's own pace, until less than a page separates it from the feed."""
        while len(page := await self._page(org_id, session_id, cursor)) == PAGE:
            await self._room_for(viewer, len(page))
            for event in page:
                await viewer.deliver(event)
            cursor = page[-1].version
        feed = self._feeds.setdefault(session_id, Feed(org_id, session_id))
        feed.cursors[viewer] = cursor
        self._wake(feed)

    async def _room_for(self, viewer: Viewer, count: int) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while viewer.room < count:
                await asyncio.sleep(0.02)

    def _replay_ended(self, viewer: Viewer, session_id: UUID, task: asyncio.Task[None]) -> None:
        if self._replays.get((viewer, session_id)) is task:
            del self._replays[viewer, session_id]
        if not task.cancelled() and (error := task.exception()) is not None:
            # Whatever kept the viewer from catching up, it must not sit there believing that it has.
            log.warning("a viewer could not catch up: %s", where(error))
            self._measures.dropped_viewers.inc()
            self._spawn(viewer.drop())

    async def _page(self, org_id: UUID, session_id: UUID, cursor: int) -> list[StoredEvent]:
        key = await self._keyring.session(org_id, session_id)
        async with self._database.organisation(org_id) as connection:
            return await events.after(connection, session_id, key, cursor, PAGE)
