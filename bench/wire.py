"""A recorder that costs next to nothing: Socket.IO frames made by hand on one TCP connection.

A load generator on the machine that it measures takes processor time from what it measures. This one does
what a client must (WebSocket of RFC 6455, Engine.IO 4, Socket.IO 5: handshake, pings, acknowledgements) and
nothing else. Frames are masked with the key zero, which leaves the payload as it is; a server unmasks it
like any other.
"""

from __future__ import annotations

import asyncio
import base64
import os
from collections.abc import Sequence
from typing import Any, cast
from urllib.parse import urlsplit

import orjson

NAMESPACE = "/session"
TEXT, BINARY, CLOSE = 0x1, 0x2, 0x8
_PATH = "/socket.io/?EIO=4&transport=websocket"


class RecorderLost(Exception):
    """The node closed the connection, or sent what no client understands."""


class WireRecorder(asyncio.Protocol):
    """One connection to the session namespace. Made by :func:`connect`."""

    def __init__(self, token: str) -> None:
        self._token = token
        self._transport: asyncio.WriteTransport | None = None
        self._received = bytearray()
        self._upgraded = False
        self._next_id = 0
        self._answers: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self.joined: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def request(self, event: str, body: dict[str, object]) -> dict[str, Any]:
        """The answer to a request without an attachment."""
        number, answer = self._expect()
        text = f"42{NAMESPACE},{number}".encode() + orjson.dumps([event, body])
        self._write([_head(TEXT, len(text)), text])
        return await answer

    async def chunk(self, body: dict[str, object], audio: Sequence[bytes]) -> dict[str, Any]:
        """The answer to a chunk. ``audio`` may come in pieces, so that equal ones need no copy."""
        number, answer = self._expect()
        text = f"451-{NAMESPACE},{number}".encode() + orjson.dumps(["chunk", body, {"_placeholder": True, "num": 0}])
        size = sum(map(len, audio))
        self._write([_head(TEXT, len(text)), text, _head(BINARY, size), *audio])
        return await answer

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.WriteTransport, transport)

    def connection_lost(self, error: Exception | None) -> None:
        lost = RecorderLost("the connection ended")
        if not self.joined.done():
            self.joined.set_exception(lost)
        for answer in self._answers.values():
            answer.set_exception(lost)
        self._answers.clear()

    def upgrade(self, host: str) -> None:
        """Ask for a WebSocket; everything after it is frames."""
        key = base64.b64encode(os.urandom(16)).decode()
        lines = (
            f"GET {_PATH} HTTP/1.1",
            f"Host: {host}",
            "Upgrade: websocket",
            "Connection: Upgrade",
            f"Sec-WebSocket-Key: {key}",
            "Sec-WebSocket-Version: 13",
        )
        self._write(["\r\n".join((*lines, "", "")).encode()])

    def data_received(self, data: bytes) -> None:
        self._received += data
        if not self._upgraded:
            end = self._received.find(b"\r\n\r\n")
            if end < 0:
                return
            if not self._received.startswith(b"HTTP/1.1 101"):
                raise RecorderLost("the node did not open a WebSocket")
            self._upgraded = True
            del self._received[: end + 4]
        while (frame := self._frame()) is not None:
            self._take(*frame)

    def _frame(self) -> tuple[int, bytes] | None:
        """The next whole frame; servers neither mask nor, with messages as small as these, split them."""
        received = self._received
        if len(received) < 2:
            return None
        size, begin = received[1], 2
        if size >= 126:
            begin = 4 if size == 126 else 10
            size = int.from_bytes(received[2:begin], "big")
        if len(received) < max(begin, begin + size):
            return None
        payload = bytes(received[begin : begin + size])
        kind = received[0] & 0x0F
        del received[: begin + size]
        return kind, payload

    def _take(self, kind: int, payload: bytes) -> None:
        if kind == CLOSE:
            self.close()
        elif payload == b"2":  # ping
            self._write([_head(TEXT, 1), b"3"])
        elif payload[:1] == b"0":  # Engine.IO is open: join the namespace
            join = b"40" + NAMESPACE.encode() + b"," + orjson.dumps({"token": self._token, "protocol": 1})
            self._write([_head(TEXT, len(join)), join])
        elif payload[:2] == b"40":
            self.joined.set_result(None)
        elif payload[:2] == b"43":
            begin = payload.index(b"[")
            number = int(payload[3 + len(NAMESPACE) : begin])
            self._answers.pop(number).set_result(orjson.loads(payload[begin:])[0])
        elif payload[:2] == b"44":
            self.joined.set_exception(RecorderLost("the node refused the connection"))

    def _expect(self) -> tuple[int, asyncio.Future[dict[str, Any]]]:
        self._next_id += 1
        answer: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._answers[self._next_id] = answer
        return self._next_id, answer

    def _write(self, pieces: Sequence[bytes]) -> None:
        if self._transport is None or self._transport.is_closing():
            raise RecorderLost("the connection has ended")
        self._transport.writelines(pieces)


async def connect(url: str, token: str) -> WireRecorder:
    """A recorder that has joined the namespace. Raises :class:`RecorderLost` or ``OSError``."""
    address = urlsplit(url)
    loop = asyncio.get_running_loop()
    host, port = address.hostname or "", address.port or 80
    _, recorder = await loop.create_connection(lambda: WireRecorder(token), host, port)
    recorder.upgrade(address.netloc)
    await recorder.joined
    return recorder


def _head(kind: int, size: int) -> bytes:
    """A masked, final frame's header, with the mask zero."""
    if size < 126:
        return bytes((0x80 | kind, 0x80 | size)) + bytes(4)
    if size < 1 << 16:
        return bytes((0x80 | kind, 0x80 | 126)) + size.to_bytes(2, "big") + bytes(4)
    return bytes((0x80 | kind, 0x80 | 127)) + size.to_bytes(8, "big") + bytes(4)
