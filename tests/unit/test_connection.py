"""A connection over a real socket whose peer answers no ping: alive as long as it says anything, gone soon after."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator

import aiohttp
import pytest_asyncio
import socketio
from aiohttp import web

from session_core.names import NAMESPACE
from stream_server.connection import PING_TIMEOUT_S, SessionServer

SLOWEST_BYTES_A_SECOND = 4_000
CHUNK_BYTES = 480_000
"""Fifteen seconds of WAV."""

INTERVAL_S, TIMEOUT_S = 0.2, 2.0
"""Pings of these tests."""


def server() -> SessionServer:
    return SessionServer(hello=dict, client_manager=socketio.AsyncManager())


@pytest_asyncio.fixture
async def socket() -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
    """Connected, and never answering a ping."""
    node = server()
    node.on("chunk", lambda sid: None, namespace=NAMESPACE)
    node.on("connect", lambda sid, environ, auth: None, namespace=NAMESPACE)
    node.eio.ping_interval, node.eio.ping_timeout = INTERVAL_S, TIMEOUT_S
    app = web.Application()
    node.attach(app)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    address = f"http://127.0.0.1:{runner.addresses[0][1]}/socket.io/?EIO=4&transport=websocket"
    async with aiohttp.ClientSession() as http, http.ws_connect(address) as opened:
        await opened.send_str(f"40{NAMESPACE},")
        yield opened
    await node.shutdown()
    await runner.cleanup()


async def until_closed(socket: aiohttp.ClientWebSocketResponse) -> None:
    async for _ in socket:
        pass


def test_a_chunk_over_the_slowest_uplink_fits_between_ping_and_pong() -> None:
    assert server().eio.ping_timeout == PING_TIMEOUT_S >= CHUNK_BYTES / SLOWEST_BYTES_A_SECOND


async def test_whoever_sends_is_alive_although_the_answer_to_a_ping_waits_behind_it(
    socket: aiohttp.ClientWebSocketResponse,
) -> None:
    end = asyncio.create_task(until_closed(socket))
    began = time.monotonic()
    while time.monotonic() - began < 3 * (INTERVAL_S + TIMEOUT_S):
        await socket.send_str(f'42{NAMESPACE},7["chunk"]')
        await asyncio.wait([end], timeout=INTERVAL_S)
        assert not end.done()
    async with asyncio.timeout(10):
        await end


async def test_whoever_says_nothing_is_let_go(socket: aiohttp.ClientWebSocketResponse) -> None:
    assert not socket.closed
    async with asyncio.timeout(10):
        await until_closed(socket)
    assert socket.closed
