"""One Socket.IO connection to a node: hello, requests with answers, messages, and its end."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import aiohttp
import socketio

from hearken.answer import Refusal, is_int, read_refusal
from session_core.errors import HearkenError, Unavailable
from session_core.messages.connection import PROTOCOL
from session_core.names import NAMESPACE, SOCKET_PATH

OnMessage = Callable[[str, object], None]
"""Called with the name and the payload of ``event``, ``head``, ``slow_down`` and ``bye``."""

MESSAGES = ("event", "head", "slow_down", "bye")
HELLO_TIMEOUT_S = 10.0
BYE_GRACE_S = 5.0


class ConnectionRefused(HearkenError):
    """The node said no, with a code of its own."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.message or refusal.code, retry_after_s=refusal.retry_after_s)
        self.refusal = refusal


class Unreachable(Unavailable):
    """There is no node, or none that says hello."""


class ConnectionLost(Unavailable):
    """The connection ended before the answer came."""


@dataclass(frozen=True, slots=True)
class Hello:
    """What a client needs from the node's first event."""

    epoch: str
    credit: int
    max_chunk_bytes: int | None


class Transport(Protocol):
    """What recorders and viewers need of a connection; tests and benches put a faulty one around a real one."""

    @property
    def hello(self) -> Hello: ...

    async def request(self, event: str, body: Mapping[str, object], attachment: bytes | None = None) -> object:
        """The raw acknowledgement; raises :class:`ConnectionLost`, waits for ever otherwise."""
        ...

    async def ended(self) -> None:
        """Return when the connection has ended, by whichever side."""
        ...

    async def close(self) -> None: ...


Connect = Callable[[OnMessage], Awaitable[Transport]]
"""Opens a connection. Raises :class:`ConnectionRefused` or :class:`Unreachable`."""


class ServerConnection:
    """A :class:`Transport` over WebSocket. Made by :meth:`open`; never reconnects by itself."""

    def __init__(self, on_message: OnMessage, http: aiohttp.ClientSession) -> None:
        self._on_message = on_message
        self._client: Any = socketio.AsyncClient(reconnection=False, handle_sigint=False, http_session=http)
        self._refusal: Refusal | None = None
        self._hello: asyncio.Future[Hello] = asyncio.get_running_loop().create_future()
        self._end: asyncio.Task[None] | None = None
        self._farewell: asyncio.Task[None] | None = None
        self._client.on("hello", self._greeted, namespace=NAMESPACE)
        self._client.on("connect_error", self._refused, namespace=NAMESPACE)
        for name in MESSAGES:
            self._client.on(name, self._receiver(name), namespace=NAMESPACE)

    @classmethod
    async def open(cls, url: str, token: str, on_message: OnMessage, http: aiohttp.ClientSession) -> ServerConnection:
        """Connect and wait for hello. Raises :class:`ConnectionRefused` or :class:`Unreachable`."""
        connection = cls(on_message, http)
        try:
            async with asyncio.timeout(HELLO_TIMEOUT_S):
                await connection._connect(url, token)
                await connection._hello
        except (socketio.exceptions.ConnectionError, TimeoutError, aiohttp.ClientError, OSError) as error:
            await connection.close()
            if connection._refusal is not None:
                raise ConnectionRefused(connection._refusal) from None
            raise Unreachable(f"no node answers ({type(error).__name__})") from None
        except BaseException:
            await connection.close()
            raise
        return connection

    async def _connect(self, url: str, token: str) -> None:
        await self._client.connect(
            url,
            auth={"token": token, "protocol": PROTOCOL},
            transports=["websocket"],
            namespaces=[NAMESPACE],
            socketio_path=SOCKET_PATH,
            wait_timeout=HELLO_TIMEOUT_S,
        )
        self._end = asyncio.create_task(self._client.eio.wait())

    @property
    def hello(self) -> Hello:
        return self._hello.result()

    async def request(self, event: str, body: Mapping[str, object], attachment: bytes | None = None) -> object:
        answer: asyncio.Future[object] = asyncio.get_running_loop().create_future()

        def acknowledged(*values: object) -> None:
            if not answer.done():
                answer.set_result(values[0] if len(values) == 1 else None)

        payload = dict(body) if attachment is None else (dict(body), attachment)
        end = self._running()
        try:
            await self._client.emit(event, payload, namespace=NAMESPACE, callback=acknowledged)
        except socketio.exceptions.SocketIOError:
            raise ConnectionLost(event) from None
        await asyncio.wait((answer, end), return_when=asyncio.FIRST_COMPLETED)
        if not answer.done():
            raise ConnectionLost(event)
        return answer.result()

    async def ended(self) -> None:
        await asyncio.wait((self._running(),))

    async def close(self) -> None:
        if self._farewell is not None and self._farewell is not asyncio.current_task():
            self._farewell.cancel()
        try:
            async with asyncio.timeout(2.0):
                await self._client.disconnect()
        except TimeoutError:
            await self._client.eio.disconnect(abort=True)
        if self._end is not None:
            await asyncio.wait((self._end,))

    def _running(self) -> asyncio.Task[None]:
        if self._end is None:
            raise ConnectionLost("not connected")
        return self._end

    def _greeted(self, payload: object) -> None:
        if not self._hello.done() and (hello := _read_hello(payload)) is not None:
            self._hello.set_result(hello)

    def _refused(self, payload: object = None) -> None:
        data = payload.get("data", payload) if isinstance(payload, Mapping) else payload
        self._refusal = read_refusal(data)

    def _receiver(self, name: str) -> Callable[..., None]:
        def received(payload: object = None) -> None:
            if name == "bye" and self._farewell is None:
                self._farewell = asyncio.create_task(self._leave())
            self._on_message(name, payload)

        return received

    async def _leave(self) -> None:
        """A node that said bye closes by itself; one that hangs must not keep its recorders."""
        await asyncio.sleep(BYE_GRACE_S)
        await self.close()


def _read_hello(payload: object) -> Hello | None:
    if not isinstance(payload, Mapping) or not isinstance(payload.get("epoch"), str):
        return None
    limits = payload.get("limits")
    credit = limits.get("credit") if isinstance(limits, Mapping) else None
    most = limits.get("max_chunk_bytes") if isinstance(limits, Mapping) else None
    return Hello(
        epoch=payload["epoch"],
        credit=int(str(credit)) if is_int(credit) else 1,
        max_chunk_bytes=int(str(most)) if is_int(most) else None,
    )
