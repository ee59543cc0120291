"""The process of a model is as large as what it needs, not as all that it ever needed."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import psutil

from chunk_workers.model_protocol import HEAD, packed

HUNGRY = """
import socket, sys
from chunk_workers.model_host import serve

class Hungry:
    greeting = {}
    kept = []

    def answer(self, message, payload):
        # Pieces too small for the kernel's own list, and one behind them that stays.
        pieces = [bytearray(50_000) for _ in range(4_000)]
        self.kept.append(bytearray(50_000))
        return {}, b""

try:
    serve(socket.socket(fileno=int(sys.argv[1])), lambda _: Hungry())
except EOFError:
    pass
"""


@contextmanager
def hungry() -> Iterator[tuple[socket.socket, psutil.Process]]:
    here, there = socket.socketpair()
    with subprocess.Popen([sys.executable, "-c", HUNGRY, str(there.fileno())], pass_fds=[there.fileno()]) as host, here:
        there.close()
        here.settimeout(30)
        here.sendall(packed({}))
        assert here.recv(HEAD.size + 2, socket.MSG_WAITALL)
        yield here, psutil.Process(host.pid)


def test_what_an_answer_took_is_given_back_to_the_machine() -> None:
    with hungry() as (connection, host):
        before = host.memory_info().rss
        connection.sendall(packed({}))
        assert connection.recv(HEAD.size + 2, socket.MSG_WAITALL)
        assert host.memory_info().rss < before + 50_000_000
