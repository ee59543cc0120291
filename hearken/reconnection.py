"""Keeps a connection to a node open for as long as somebody needs it."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable

import aiohttp

from hearken.server_connection import Connect, ConnectionRefused, OnMessage, ServerConnection, Transport, Unreachable
from hearken.sign_in import Account, SignIn, SignInUnavailable

PAUSE_BASE_S = 0.25
PAUSE_MOST_S = 10.0
STEADY_S = 5.0


def connect_as(account: Account, http: aiohttp.ClientSession) -> Connect:
    """How to open connections for an account; a token that the node refuses is renewed for the next one."""
    sign_in = SignIn(http, account)

    async def connect(on_message: OnMessage) -> Transport:
        token = await sign_in.token()
        try:
            return await ServerConnection.open(account.url, token, on_message, http)
        except ConnectionRefused as error:
            if error.refusal.code == "unauthenticated":
                sign_in.token_refused()
            raise

    return connect


async def keep_connected(
    connect: Connect,
    serve: Callable[[Transport], Awaitable[None]],
    on_message: OnMessage,
    say: Callable[[str | None], None],
) -> None:
    """Connect, let ``serve`` use the connection until it returns at its end, and connect again; for ever.

    Pauses double up to 10 s with jitter. ``say`` hears why there is no connection, and ``None`` once there is
    one. Raises :class:`SignInRefused`, and :class:`ConnectionRefused` where trying again can't help.
    """
    failures, token_refused = 0, False
    loop = asyncio.get_running_loop()
    while True:
        after_s: float | None = None
        began = loop.time()
        try:
            transport = await connect(on_message)
        except (SignInUnavailable, Unreachable, ConnectionRefused) as error:
            if isinstance(error, ConnectionRefused) and not error.refusal.retryable:
                # A token may have run out on the way, so it is renewed once; a new one that is refused is final.
                if error.refusal.code != "unauthenticated" or token_refused:
                    raise
                token_refused = True
            say(error.message)
            after_s = error.retry_after_s
        else:
            token_refused = False
            say(None)
            try:
                await serve(transport)
            finally:
                await transport.close()
            say("the connection ended")
        failures = 0 if loop.time() - began > STEADY_S else failures + 1
        await asyncio.sleep(max(after_s or 0.0, pause_s(failures, random.random())))  # noqa: S311


def pause_s(failures: int, jitter: float) -> float:
    """Seconds before the next attempt; ``jitter`` in [0, 1)."""
    return min(PAUSE_MOST_S, PAUSE_BASE_S * 2.0 ** min(failures, 10)) * (0.5 + 0.5 * jitter)
