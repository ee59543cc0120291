"""How a program starts a child process of its own code and talks to it: one socket, one environment."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import sys
from collections.abc import Mapping
from pathlib import Path


class Child:
    """A running ``python -m module FD``, where FD is its end of a socket pair; ``socket`` is ours.

    It leads a process group of its own, so that signals to the parent's group pass it by, and it inherits no
    environment but a search path, so that no secret of the parent is in its memory.
    """

    def __init__(self, process: asyncio.subprocess.Process, sock: socket.socket) -> None:
        self._process = process
        self.socket = sock

    @classmethod
    async def start(cls, module: str, kind: socket.SocketKind, environment: Mapping[str, str]) -> Child:
        """Raises ``OSError`` where no process can be started."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, kind)
        ours.setblocking(False)
        try:
            with theirs:
                process = await asyncio.create_subprocess_exec(
                    sys.executable,
                    "-P",
                    "-m",
                    module,
                    str(theirs.fileno()),
                    stdin=asyncio.subprocess.DEVNULL,
                    pass_fds=(theirs.fileno(),),
                    env=_search_paths() | dict(environment),
                    start_new_session=True,
                )
        except BaseException:
            ours.close()
            raise
        return cls(process, ours)

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def alive(self) -> bool:
        return self._process.returncode is None

    @property
    def was_killed(self) -> bool:
        """By SIGKILL, whoever sent it: where memory is short the kernel does."""
        return self._process.returncode == -signal.SIGKILL

    def kill(self) -> None:
        """Kill the child with its own children, at once and without waiting. Whoever reads from it sees the end."""
        if self.alive:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)

    async def end(self) -> None:
        """Kill the child, wait until it is reaped and close the socket. No harm in doing it twice."""
        self.kill()
        await self._process.wait()
        self.socket.close()


async def receive(sock: socket.socket, length: int) -> bytearray:
    """Exactly ``length`` bytes from a non-blocking stream socket. Raises ``EOFError`` where it ends before."""
    loop = asyncio.get_running_loop()
    buffer = bytearray(length)
    view = memoryview(buffer)
    while view:
        received = await loop.sock_recv_into(sock, view)
        if not received:
            raise EOFError("the other end closed the connection")
        view = view[received:]
    return buffer


def _search_paths() -> dict[str, str]:
    """Where the child finds these packages and programs: all of the parent's environment that it needs."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "LD_LIBRARY_PATH") if name in os.environ}
    return kept | {"PYTHONPATH": str(Path(__file__).resolve().parents[1])}
