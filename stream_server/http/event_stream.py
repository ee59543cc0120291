"""Server-sent events: the same events as over Socket.IO, for viewers that speak HTTP alone."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from uuid import UUID

import orjson
from aiohttp import web

from session_core.errors import Invalid
from session_core.principal import Principal
from session_core.storage.events import StoredEvent
from stream_server.connection_limit import ConnectionLimit
from stream_server.feed import Feeds
from stream_server.http.route import Route
from stream_server.http.session import ONE, session_id_of
from stream_server.sessions import Sessions


class StreamViewer:
    """A viewer behind an HTTP response."""

    def __init__(self, most_queued: int, cut_off: Callable[[], None]) -> None:
        self._cut_off = cut_off
        self._queue: asyncio.Queue[bytes | None] = asyncio.Queue()
        self._most_queued = most_queued

    @property
    def room(self) -> int:
        return self._most_queued - self._queue.qsize()

    async def deliver(self, event: StoredEvent) -> None:
        data = orjson.dumps(event.to_wire())
        self._queue.put_nowait(b"id: %d\nevent: %s\ndata: %s\n\n" % (event.version, event.type.encode(), data))

    async def head(self, session_id: UUID, version: int) -> None:
        """The beacon keeps proxies from closing a quiet stream, and finds out who is gone."""
        if self.room > 0:
            data = orjson.dumps({"session_id": str(session_id), "version": version})
            self._queue.put_nowait(b"event: head\ndata: %s\n\n" % data)

    async def drop(self) -> None:
        self._cut_off()
        self.end()

    def end(self) -> None:
        self._queue.put_nowait(None)

    async def copy_to(self, response: web.StreamResponse) -> None:
        while (message := await self._queue.get()) is not None:
            await response.write(message)


class EventStreamRoutes:
    def __init__(self, sessions: Sessions, feeds: Feeds, connections: ConnectionLimit, most_queued: int) -> None:
        self._sessions = sessions
        self._feeds = feeds
        self._connections = connections
        self._most_queued = most_queued
        self._viewers: set[StreamViewer] = set()

    def routes(self) -> tuple[Route, ...]:
        return (
            Route("GET", ONE + "/events", self.stream, "Events after a version, then as they come",
                  query=("after",), headers=("Last-Event-ID",), produces="text/event-stream"),
        )  # fmt: skip

    async def stream(self, request: web.Request, principal: Principal) -> web.StreamResponse:
        session_id, after = session_id_of(request), _after(request)
        await self._sessions.watching(principal, session_id)
        with self._connections.one(principal):
            return await self._stream(request, principal, session_id, after)

    async def _stream(
        self, request: web.Request, principal: Principal, session_id: UUID, after: int
    ) -> web.StreamResponse:
        response = web.StreamResponse(
            headers={
                "Content-Type": "text/event-stream",
                "Cache-Control": "no-store",
                "X-Accel-Buffering": "no",
            }
        )
        await response.prepare(request)
        viewer = StreamViewer(self._most_queued, lambda: _cut_off(request))
        self._viewers.add(viewer)
        self._feeds.watch(viewer, principal.org_id, session_id, after)
        try:
            # A stream ends with the token it was opened with, like every other connection.
            async with asyncio.timeout_at(_loop_time(principal)):
                await viewer.copy_to(response)
        except (TimeoutError, ConnectionError):
            return response
        finally:
            self._feeds.leave(viewer)
            self._viewers.discard(viewer)
        return response

    def drain(self) -> None:
        for viewer in tuple(self._viewers):
            viewer.end()


def _cut_off(request: web.Request) -> None:
    """End the connection of a reader that does not read, whatever waits in its socket."""
    if request.transport is not None:
        request.transport.abort()


def _loop_time(principal: Principal) -> float:
    return asyncio.get_running_loop().time() + (principal.expires_at - datetime.now(UTC)).total_seconds()


def _after(request: web.Request) -> int:
    value = request.headers.get("Last-Event-ID") or request.query.get("after", "0")
    if not value.isascii() or not value.isdigit() or len(value) > 18:
        raise Invalid("after must be a version")
    return int(value)
