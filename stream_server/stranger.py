"""Strangers: sockets whose peer has shown no valid token yet. They are few, soon gone, and have little to say.

Whoever is signed in may send messages of several megabytes; a stranger costs the node next to nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import cast

MOST_STRANGERS = 500
"""At once on one node. One more sends the oldest away: who has a token shows it at once, so in a flood of strangers it
is hardly ever one of those, while to refuse the newest would close the door to everybody."""

GREETING_S = 10.0
"""How long a socket may stay open without a token that is valid."""

GREETING_BYTES = 16_384
"""What may be sent before; a token and what goes around it are about one kilobyte."""


class Stranger(asyncio.Protocol):
    """Stands between a transport and its protocol, and counts what comes in."""

    def __init__(self, transport: asyncio.Transport, gone: Callable[[], object]) -> None:
        self.transport = transport
        self.protocol = cast(asyncio.Protocol, transport.get_protocol())
        self._gone = gone
        self._bytes_left = GREETING_BYTES
        self.patience = asyncio.get_running_loop().call_later(GREETING_S, transport.abort)

    def data_received(self, data: bytes) -> None:
        self._bytes_left -= len(data)
        if self._bytes_left < 0:
            self.transport.abort()
        else:
            self.protocol.data_received(data)

    def eof_received(self) -> bool | None:
        return self.protocol.eof_received()

    def pause_writing(self) -> None:
        self.protocol.pause_writing()

    def resume_writing(self) -> None:
        self.protocol.resume_writing()

    def connection_lost(self, error: Exception | None) -> None:
        self._gone()
        self.protocol.connection_lost(error)


class Strangers:
    """All strangers of a node, the oldest first."""

    def __init__(self, most: int = MOST_STRANGERS) -> None:
        self._most = most
        self._strangers: dict[asyncio.Transport, Stranger] = {}

    def arrive(self, transport: asyncio.Transport) -> None:
        if transport in self._strangers:
            return
        if len(self._strangers) >= self._most:
            oldest = next(iter(self._strangers))
            self._forget(oldest)
            oldest.abort()
        stranger = self._strangers[transport] = Stranger(transport, lambda: self._forget(transport))
        transport.set_protocol(stranger)

    def admit(self, transport: asyncio.Transport) -> None:
        """The peer is known now: its transport speaks to its protocol directly again."""
        stranger = self._forget(transport)
        if stranger is not None:
            transport.set_protocol(stranger.protocol)

    def _forget(self, transport: asyncio.Transport) -> Stranger | None:
        stranger = self._strangers.pop(transport, None)
        if stranger is not None:
            stranger.patience.cancel()
        return stranger
