"""The network between a browser and a node, which can be cut: every connection is broken, and none is made."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress


class Network:
    """A TCP proxy on a port of its own."""

    def __init__(self, node_port: int) -> None:
        self._node_port = node_port
        self._up = True
        self._writers: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    @classmethod
    @asynccontextmanager
    async def to(cls, node_port: int) -> AsyncIterator[Network]:
        network = cls(node_port)
        network._server = await asyncio.start_server(network._carry, "127.0.0.1", 0)
        try:
            yield network
        finally:
            network.cut()
            network._server.close()

    def cut(self) -> None:
        self._up = False
        for writer in self._writers:
            writer.transport.abort()

    def mend(self) -> None:
        self._up = True

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not self._up:
            writer.transport.abort()
            return
        try:
            from_node, to_node = await asyncio.open_connection("127.0.0.1", self._node_port)
        except OSError:
            writer.transport.abort()
            return
        self._writers |= {writer, to_node}
        try:
            await asyncio.gather(_copy(reader, to_node), _copy(from_node, writer))
        finally:
            self._writers -= {writer, to_node}


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()
    writer.close()
