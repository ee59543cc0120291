"""The life of a program: it runs until somebody asks it to stop."""

from __future__ import annotations

import asyncio
import resource
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

    _allow_open_files()
    with suppress(KeyboardInterrupt):
        uvloop.run(main())


def _allow_open_files() -> None:
    """As many as the system lets us have: each recorder is a socket, and the usual soft limit is 1024."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
