"""Strangers over real sockets: how much they may say, how many there are, and what changes when they are known."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from stream_server.stranger import GREETING_BYTES, Strangers


class Echo(asyncio.Protocol):
    """Says back what it hears, once its strangers let it hear anything."""

    def __init__(self, door: Door) -> None:
        self._door = door

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._door.arrived.append(transport)
        self._door.strangers.arrive(transport)

    def data_received(self, data: bytes) -> None:
        self._transport.write(data)

    def connection_lost(self, error: Exception | None) -> None:
        self._door.lost += 1


class Door:
    """A server where everybody is a stranger at first; two at once."""

    def __init__(self) -> None:
        self.strangers = Strangers(most=2)
        self.arrived: list[asyncio.Transport] = []
        self.lost = 0
        self.port = 0


Ends = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@pytest.fixture
async def door() -> AsyncIterator[Door]:
    door = Door()
    server = await asyncio.get_running_loop().create_server(lambda: Echo(door), "127.0.0.1", 0)
    door.port = server.sockets[0].getsockname()[1]
    try:
        yield door
    finally:
        server.close()
        for transport in door.arrived:
            transport.abort()


async def knock(door: Door) -> Ends:
    """A connection that has been answered."""
    reader, writer = await asyncio.open_connection("127.0.0.1", door.port)
    writer.write(b"!")
    assert await reader.readexactly(1) == b"!"
    return reader, writer


async def says(ends: Ends, data: bytes) -> bool:
    """Whether it all comes back; otherwise the connection has ended."""
    reader, writer = ends
    writer.write(data)
    try:
        async with asyncio.timeout(10):
            return await reader.readexactly(len(data)) == data
    except (asyncio.IncompleteReadError, ConnectionError):
        writer.close()
        return False


async def test_a_stranger_may_say_so_much_and_not_a_byte_more(door: Door) -> None:
    ends = await knock(door)
    assert await says(ends, bytes(GREETING_BYTES - 1))
    assert not await says(ends, b"!")
    assert door.lost == 1


async def test_who_is_known_may_say_anything(door: Door) -> None:
    ends = await knock(door)
    door.strangers.admit(door.arrived[0])
    assert await says(ends, bytes(3 * GREETING_BYTES))
    ends[1].close()


async def test_one_stranger_more_than_there_may_be_sends_the_oldest_away_and_nobody_who_is_known(door: Door) -> None:
    known = await knock(door)
    door.strangers.admit(door.arrived[0])
    oldest, younger, newest = await knock(door), await knock(door), await knock(door)
    assert not await says(oldest, b"here?")
    for ends in (known, younger, newest):
        assert await says(ends, b"here?")
        ends[1].close()


async def test_who_has_left_takes_no_place(door: Door) -> None:
    stays, leaves = await knock(door), await knock(door)
    leaves[1].close()
    async with asyncio.timeout(10):
        while not door.lost:
            await asyncio.sleep(0.01)
    comes = await knock(door)
    assert await says(stays, b"here?")
    for ends in (stays, comes):
        ends[1].close()


async def test_a_stranger_is_sent_away_after_a_while(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stream_server.stranger.GREETING_S", 0.2)
    reader, _ = ends = await knock(door)
    async with asyncio.timeout(5):
        with pytest.raises((asyncio.IncompleteReadError, ConnectionError)):
            await reader.readexactly(1)
    ends[1].close()
