"""The life of a program: it runs until somebody asks it to stop."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Awaitable, Callable
from contextlib import suppress

import uvloop


def run_until_stopped(program: Callable[[asyncio.Event], Awaitable[None]]) -> None:
    """Run ``program``; SIGTERM and SIGINT set the event it is given, and it ends by itself."""

    async def main() -> None:
        stopping = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stopping.set)
        await program(stopping)

    with suppress(KeyboardInterrupt):
        uvloop.run(main())
