"""The ``/session`` namespace: a recorder's and a viewer's events, each answered by an acknowledgement."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import socketio
from socketio.exceptions import ConnectionRefusedError as RefusedByServer

from session_core.errors import HearkenError, Invalid, Overloaded, QuotaExceeded, RateLimited, Unavailable
from session_core.messages.chunk import ChunkHeader
from session_core.messages.connection import PROTOCOL
from session_core.messages.message import Answer, parse
from session_core.messages.session import (
    SessionContinue,
    SessionPause,
    SessionResume,
    SessionStart,
    SessionStop,
    SessionUnwatch,
    SessionWatch,
)
from session_core.names import NAMESPACE, sign_in_room
from session_core.principal import Principal, TokenSigner
from session_core.storage.events import StoredEvent
from stream_server.connection import SessionServer
from stream_server.connection_limit import ConnectionLimit
from stream_server.edge import acknowledge, known, refuse
from stream_server.feed import Feeds
from stream_server.ingest import Ingest
from stream_server.measure import Measures
from stream_server.request_limit import RequestLimit
from stream_server.sessions import Sessions

Request = Callable[["Peer", tuple[Any, ...]], Awaitable[Answer]]


class Peer:
    """A connection of a signed-in user; also the viewer that feeds deliver to."""

    def __init__(self, server: SessionServer, sid: str, principal: Principal, most_queued: int) -> None:
        self._server = server
        self._most_queued = most_queued
        self.sid = sid
        self.principal = principal
        self.expiry: asyncio.TimerHandle | None = None

    @property
    def room(self) -> int:
        return self._most_queued - self._server.queued(self.sid)

    async def deliver(self, event: StoredEvent) -> None:
        await self.emit("event", event.to_wire())

    async def head(self, session_id: UUID, version: int) -> None:
        if self.room > 0:
            await self.emit("head", {"session_id": str(session_id), "version": version})

    async def drop(self) -> None:
        self._server.abort(self.sid)

    async def emit(self, event: str, data: dict[str, Any]) -> None:
        # Straight to the socket: what is said of a session never passes through Redis.
        await self._server.emit(event, data, to=self.sid, namespace=NAMESPACE, ignore_queue=True)

    async def say_goodbye(self, code: str) -> None:
        await self.emit("bye", {"code": code})
        await self._server.close(self.sid)


class SessionNamespace(socketio.AsyncNamespace):  # type: ignore[misc]
    def __init__(
        self,
        server: SessionServer,
        signer: TokenSigner,
        sessions: Sessions,
        ingest: Ingest,
        feeds: Feeds,
        connections: ConnectionLimit,
        requests: RequestLimit,
        measures: Measures,
        most_queued: int,
        spawn: Callable[[Any], asyncio.Task[None]],
    ) -> None:
        super().__init__(NAMESPACE)
        self._server = server
        self._signer = signer
        self._sessions = sessions
        self._ingest = ingest
        self._feeds = feeds
        self._connections = connections
        self._request_limit = requests
        self._measures = measures
        self._most_queued = most_queued
        self._spawn = spawn
        self._peers: dict[str, Peer] = {}
        self._under_way = 0
        self._draining = False
        self._requests: dict[str, Request] = {
            "session.start": self._start,
            "session.resume": self._resume,
            "chunk": self._chunk,
            "session.pause": self._pause,
            "session.continue": self._continue,
            "session.stop": self._stop,
            "session.watch": self._watch,
            "session.unwatch": self._unwatch,
        }

    async def trigger_event(self, event: str, *args: Any) -> Any:
        """python-socketio's one way in."""
        if event == "connect":
            return await self._connect(*args)
        if event == "disconnect":
            return self._disconnect(args[0])
        return await self._request(event, args[0], args[1:])

    async def _connect(self, sid: str, _environ: dict[str, Any], auth: object = None) -> None:
        try:
            if self._draining:
                raise Unavailable("this node is stopping; connect again", retry_after_s=1)
            if not isinstance(auth, dict):
                raise Invalid('auth must be {"token", "protocol"}')
            if auth.get("protocol", PROTOCOL) != PROTOCOL:
                raise Invalid(f"this server speaks protocol {PROTOCOL}")
            principal = self._signer.verify(auth.get("token"))
            self._connections.enter(principal)
        except HearkenError as error:
            self._measures.refusals.labels(error.code).inc()
            raise RefusedByServer(error.message, error.to_wire()) from None
        peer = Peer(self._server, sid, principal, self._most_queued)
        life = (principal.expires_at - datetime.now(UTC)).total_seconds()
        peer.expiry = asyncio.get_running_loop().call_later(
            max(life, 0), lambda: self._spawn(peer.say_goodbye("token_expired"))
        )
        self._peers[sid] = peer
        self._measures.connections.inc()
        self._server.admit(sid)
        await self._server.enter_room(sid, sign_in_room(principal.sign_in), namespace=NAMESPACE)

    def _disconnect(self, sid: str) -> None:
        peer = self._peers.pop(sid, None)
        if peer is None:
            return
        if peer.expiry is not None:
            peer.expiry.cancel()
        self._feeds.leave(peer)
        self._connections.leave(peer.principal)
        self._measures.connections.dec()

    async def _request(self, event: str, sid: str, args: tuple[Any, ...]) -> dict[str, Any]:
        self._under_way += 1
        try:
            peer, request = self._peers.get(sid), self._requests.get(event)
            if peer is None or self._draining:
                raise Unavailable("this node is stopping; connect again", retry_after_s=1)
            if event != "chunk":
                self._request_limit.take(peer.principal.user_id)
            if request is None:
                raise Invalid("there is no such event")
            return acknowledge(await request(peer, args))
        except Exception as error:
            refused = known(error)
            self._measures.refusals.labels(refused.code).inc()
            return refuse(refused)
        finally:
            self._under_way -= 1

    async def drain(self, patience_s: float) -> None:
        """No new work; what was begun is finished and answered, or abandoned without an answer."""
        self._draining = True
        deadline = time.monotonic() + patience_s
        for peer in tuple(self._peers.values()):
            await peer.emit("bye", {"code": "drain"})
        while self._under_way and time.monotonic() < deadline:
            await asyncio.sleep(0.01)
        await asyncio.gather(*(self._server.close(sid) for sid in tuple(self._peers)))

    async def end_sign_in(self, sign_in: UUID) -> None:
        """Close every connection of a sign-in that has ended, on whichever node it is."""
        room = sign_in_room(sign_in)
        await self._server.emit("bye", {"code": "signed_out"}, room=room, namespace=NAMESPACE)
        await self._server.close_room(room, namespace=NAMESPACE)

    async def _start(self, peer: Peer, args: tuple[Any, ...]) -> Answer:
        return await self._sessions.start(peer.principal, parse(SessionStart, _only(args)))

    async def _resume(self, peer: Peer, args: tuple[Any, ...]) -> Answer:
        return await self._sessions.resume(peer.principal, parse(SessionResume, _only(args)).session_id)

    async def _chunk(self, peer: Peer, args: tuple[Any, ...]) -> Answer:
        try:
            with self._ingest.reading(peer.principal):
                fields, audio = _with_attachment(args)
                chunk = parse(ChunkHeader, fields).chunk()
            return await self._ingest.store(peer.principal, chunk, audio)
        except HearkenError as error:
            if isinstance(error, RateLimited | QuotaExceeded | Overloaded) and error.retry_after_s:
                # Not this chunk alone: whatever else the recorder has in its outbox would fare the same.
                await peer.emit("slow_down", {"retry_after_s": error.retry_after_s})
            raise

    async def _pause(self, peer: Peer, args: tuple[Any, ...]) -> Answer:
        return await self._sessions.pause(peer.principal, parse(SessionPause, _only(args)).session_id, pause=True)

    async def _continue(self, peer: Peer, args: tuple[Any, ...]) -> Answer:
        return await self._sessions.pause(peer.principal, parse(SessionContinue, _only(args)).session_id, pause=False)

    async def _stop(self, peer: Peer, args: tuple[Any, ...]) -> Answer:
        wanted = parse(SessionStop, _only(args))
        return await self._sessions.stop(peer.principal, wanted.session_id, wanted.last_seq)

    async def _watch(self, peer: Peer, args: tuple[Any, ...]) -> Answer:
        wanted = parse(SessionWatch, _only(args))
        answer = await self._sessions.watching(peer.principal, wanted.session_id)
        if peer.sid in self._peers:
            # One that was sent away meanwhile has left its feeds; nobody would end what is begun for it now.
            self._feeds.watch(peer, peer.principal.org_id, wanted.session_id, wanted.after)
        return answer

    async def _unwatch(self, peer: Peer, args: tuple[Any, ...]) -> Answer:
        self._feeds.unwatch(peer, parse(SessionUnwatch, _only(args)).session_id)
        return Answer()


def _only(args: tuple[Any, ...]) -> object:
    return args[0] if len(args) == 1 else None


def _with_attachment(args: tuple[Any, ...]) -> tuple[object, bytes]:
    """The fields and the one binary attachment: the event's second argument, or any one field of its first."""
    if len(args) == 2 and isinstance(args[1], bytes):
        return args[0], args[1]
    if len(args) == 1 and isinstance(args[0], dict):
        attached = [value for value in args[0].values() if isinstance(value, bytes)]
        if len(attached) == 1:
            return args[0], attached[0]
    raise Invalid("a chunk is an object and one binary attachment")
