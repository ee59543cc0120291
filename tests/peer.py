"""A bare Socket.IO client for tests: says exactly what it is told to, and keeps what it hears."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import socketio
from socketio.exceptions import ConnectionError as NotConnected

NAMESPACE = "/session"
ANSWER_S = 15.0


class Refused(Exception):
    """``connect_error``; ``data`` is what the server sent with it."""

    def __init__(self, data: Any) -> None:
        super().__init__(str(data))
        self.data = data


class Peer:
    def __init__(self) -> None:
        self._client = socketio.AsyncClient(reconnection=False)
        self.heard: list[tuple[str, Any]] = []
        self._refusal: Any = None
        self._client.on("*", self._hear, namespace=NAMESPACE)
        self._client.on("connect_error", self._refused, namespace=NAMESPACE)

    async def _hear(self, event: str, data: Any) -> None:
        self.heard.append((event, data))

    async def _refused(self, data: Any) -> None:
        self._refusal = data

    async def connect(self, url: str, auth: Any) -> None:
        try:
            await self._client.connect(
                url, transports=["websocket"], namespaces=[NAMESPACE], auth=auth, wait_timeout=10
            )
        except NotConnected:
            raise Refused(self._refusal) from None

    async def close(self) -> None:
        await self._client.disconnect()

    @property
    def connected(self) -> bool:
        return bool(self._client.connected)

    async def ask(self, event: str, *data: Any) -> Any:
        """The acknowledgement of one request."""
        return await self._client.call(event, data, namespace=NAMESPACE, timeout=ANSWER_S)

    async def ok(self, event: str, *data: Any) -> dict[str, Any]:
        answer: dict[str, Any] = await self.ask(event, *data)
        assert answer["ok"] is True, answer
        return answer

    async def refused(self, event: str, *data: Any) -> str:
        """The code of a refusal; the connection is still up."""
        answer = await self.ask(event, *data)
        assert answer["ok"] is False, answer
        assert self.connected
        return str(answer["error"]["code"])

    async def start(self, **fields: Any) -> str:
        """A new session's id."""
        wanted = {"client_ref": str(uuid4()), "media_type": "audio/wav", "sample_rate": 16000, "chunk_seconds": 15.0}
        return str((await self.ok("session.start", wanted | fields))["session_id"])

    def events(self, session_id: str) -> list[dict[str, Any]]:
        return [data for event, data in self.heard if event == "event" and data["session_id"] == session_id]

    async def wait_for(self, event: str, within_s: float = 15.0) -> Any:
        async with asyncio.timeout(within_s):
            while True:
                for heard, data in self.heard:
                    if heard == event:
                        return data
                await asyncio.sleep(0.01)


def header(session_id: str, seq: int, data: bytes, *, first_sample: int, sample_count: int, **other: Any) -> Any:
    return {
        "session_id": session_id,
        "seq": seq,
        "first_sample": first_sample,
        "sample_count": sample_count,
        "sha256": hashlib.sha256(data).hexdigest(),
        "media_type": "audio/wav",
    } | other


@asynccontextmanager
async def peer(url: str, token: str) -> AsyncIterator[Peer]:
    one = Peer()
    await one.connect(url, {"token": token, "protocol": 1})
    try:
        yield one
    finally:
        await one.close()
