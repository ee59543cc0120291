"""Engine.IO over aiohttp, held to this server's needs.

python-engineio's own driver offers compression (a deflate context of a hundred kilobytes for each
connection) and cannot end a connection whose peer does not read.
"""

from __future__ import annotations

import asyncio
import logging
import time
from typing import Any

import socketio
from aiohttp import web

from session_core.names import NAMESPACE
from stream_server.stranger import Strangers

log = logging.getLogger(__name__)

_OWN_EVENTS = frozenset({"connect", "disconnect"})
MOST_ATTACHMENTS = 4
"""A chunk has one; a few more can be refused with a word instead of a cut."""

PING_TIMEOUT_S = 120.0
"""How long a peer may say nothing once it was pinged. Its PONG waits behind the bytes of a chunk in the same socket,
and a chunk of 15 seconds in WAV takes two minutes at 4 KB/s, the slowest uplink that clients wait for. A peer that is
gone is let go this long and the time between two pings (25 s) after its last word."""

CLOSE_S = 2.0
"""How long a closing connection may take to read what is queued for it."""

WRITE_BUFFER = 1_000_000
"""Bytes that may wait in the socket of one peer before its writer waits."""


class WebSocket:
    """What ``engineio.AsyncServer`` expects of its driver."""

    def __init__(self, handler: Any, server: Any) -> None:
        self._handler = handler
        self._server = server
        self._socket: web.WebSocketResponse | None = None
        self.environ: dict[str, Any] = {}

    async def __call__(self, environ: dict[str, Any]) -> web.WebSocketResponse:
        self.environ = environ
        self._socket = web.WebSocketResponse(
            max_msg_size=self._server.max_http_buffer_size, compress=False, writer_limit=WRITE_BUFFER
        )
        await self._socket.prepare(environ["aiohttp.request"])
        await self._handler(self)
        return self._socket

    @property
    def _open(self) -> web.WebSocketResponse:
        if self._socket is None:
            raise OSError("the socket is not open yet")
        return self._socket

    async def close(self) -> None:
        await self._open.close()

    async def send(self, message: str | bytes) -> None:
        if isinstance(message, bytes):
            await self._open.send_bytes(message)
        else:
            await self._open.send_str(message)

    async def wait(self) -> str | bytes:
        data = (await self._open.receive()).data
        if not isinstance(data, str | bytes):
            raise OSError("the peer is gone")
        return data


class Adapter(socketio.AsyncRedisManager):  # type: ignore[misc]
    """The nodes' common adapter. It carries ids alone: events go to sockets directly (``ignore_queue``).

    Closing a room sends its members away, on whichever node they are: rooms are sign-ins here.
    """

    async def _handle_close_room(self, message: dict[str, Any]) -> None:
        namespace = message.get("namespace") or NAMESPACE
        for sid, _ in tuple(self.get_participants(namespace, message.get("room"))):
            await self.server.close(sid)

    async def aclose(self) -> None:
        """Let go of Redis, which python-socketio holds until its process ends."""
        if self.server.manager_initialized:
            self.thread.cancel()
            await asyncio.gather(self.thread, return_exceptions=True)
        if self.redis is not None:
            await self.redis.aclose(close_connection_pool=True)


class SessionServer(socketio.AsyncServer):  # type: ignore[misc]
    """python-socketio's server with that driver, and with ``hello`` as the first event of a connection."""

    def __init__(self, *, hello: Any, **options: Any) -> None:
        super().__init__(
            async_mode="aiohttp",
            transports=["websocket"],
            # One request of a connection at a time: TCP holds back the rest, so nothing queues up in here.
            async_handlers=False,
            ping_timeout=PING_TIMEOUT_S,
            **options,
        )
        self.eio._async = {**self.eio._async, "websocket": WebSocket}
        self._hello = hello
        self._strangers = Strangers()

    async def _handle_eio_connect(self, eio_sid: str, environ: dict[str, Any]) -> Any:
        answer = await super()._handle_eio_connect(eio_sid, environ)
        if (transport := self._transport(eio_sid)) is not None:
            self._strangers.arrive(transport)
        return answer

    def admit(self, sid: str) -> None:
        """The peer has shown who it is, and may send as much as a chunk needs."""
        if (transport := self._transport(self.manager.eio_sid_from_sid(sid, NAMESPACE))) is not None:
            self._strangers.admit(transport)

    async def _handle_disconnect(self, eio_sid: str, namespace: str | None, reason: Any = None) -> None:
        await super()._handle_disconnect(eio_sid, namespace, reason)
        if reason == self.reason.CLIENT_DISCONNECT:
            # There is one namespace: who leaves it keeps no socket, which nobody would be known to hold.
            self._cut_off(eio_sid)

    async def _handle_eio_message(self, eio_sid: str, data: Any) -> None:
        """Whoever sends what is no packet is cut off: the library would log it, part of it included. So is who
        announces more attachments than any event has, for they would all be kept.

        Every message is a sign of life: on a slow uplink several chunks may go before the answer to a ping."""
        engine_socket = self.eio.sockets.get(eio_sid)
        if engine_socket is not None and engine_socket.last_ping:
            engine_socket.last_ping = time.time()
        try:
            await super()._handle_eio_message(eio_sid, data)
        except Exception as error:
            log.info("a connection that sends no packets is closed: %s", type(error).__name__)
            self._cut_off(eio_sid)
        pending = self._binary_packet.get(eio_sid)
        if pending is not None and pending.attachment_count > MOST_ATTACHMENTS:
            del self._binary_packet[eio_sid]
            self._cut_off(eio_sid)

    async def _handle_event(self, eio_sid: str, namespace: str | None, id: Any, data: Any) -> None:
        named = isinstance(data, list) and bool(data) and isinstance(data[0], str)
        if not named or data[0] in _OWN_EVENTS:
            # The library's own events come from the library alone.
            data = ["no such event"]
        await super()._handle_event(eio_sid, namespace, id, data)

    async def _handle_connect(self, eio_sid: str, namespace: str | None, data: Any) -> None:
        await super()._handle_connect(eio_sid, namespace, data)
        sid = self.manager.sid_from_eio_sid(eio_sid, NAMESPACE)
        if sid is not None and self.manager.is_connected(sid, NAMESPACE):
            await self.emit("hello", self._hello(), to=sid, namespace=NAMESPACE, ignore_queue=True)

    def queued(self, sid: str) -> int:
        """Messages that wait for this peer."""
        socket = self._engine_socket(sid)
        return socket.queue.qsize() if socket is not None else 0

    async def close(self, sid: str) -> None:
        """Send what is queued and close; a peer that does not read is cut off."""
        eio_sid = self.manager.eio_sid_from_sid(sid, NAMESPACE)
        if eio_sid is None:
            return  # Gone already; to the library, no id would mean everybody.
        try:
            async with asyncio.timeout(CLOSE_S):
                await self.eio.disconnect(eio_sid)
        except TimeoutError:
            self.abort(sid)

    def abort(self, sid: str) -> None:
        """End the connection at once, without waiting for what is queued."""
        self._cut_off(self.manager.eio_sid_from_sid(sid, NAMESPACE))

    def _cut_off(self, eio_sid: str) -> None:
        if (transport := self._transport(eio_sid)) is not None:
            transport.abort()

    def _transport(self, eio_sid: str) -> asyncio.Transport | None:
        environ = self.environ.get(eio_sid)
        request: web.Request | None = environ["aiohttp.request"] if environ is not None else None
        return request.transport if request is not None else None

    def _engine_socket(self, sid: str) -> Any:
        return self.eio.sockets.get(self.manager.eio_sid_from_sid(sid, NAMESPACE))
