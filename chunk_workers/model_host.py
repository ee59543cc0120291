"""The child's side of a ``ModelProcess``: load one model, answer one call at a time, end when the parent does.

A host is a small module, run as ``python -m module FD``, that calls :func:`run` with what loads its model.
"""

from __future__ import annotations

import ctypes
import json
import os
import socket
import sys
from collections.abc import Callable
from typing import Any, BinaryIO, Protocol, TypeAlias

from chunk_workers.model_protocol import HEAD, packed
from session_core import confinement
from session_core.errors import EngineUnavailable

Answer: TypeAlias = tuple[dict[str, Any], bytes]


class HostedModel(Protocol):
    """``greeting`` says what runs here; ``answer`` raises nothing but what means the end of the process."""

    @property
    def greeting(self) -> dict[str, Any]: ...

    def answer(self, message: dict[str, Any], payload: bytes) -> Answer: ...


def serve(connection: socket.socket, load: Callable[[dict[str, Any]], HostedModel]) -> None:
    """Load and answer until the other end closes (``EOFError``). ``load`` may raise ``EngineUnavailable``."""
    requests = connection.makefile("rb")
    settings, _ = _next(requests)
    # Taking in what is recorded goes before everything that is made of it.
    confinement.step_back(settings.get("niceness", 0))
    try:
        model = load(settings)
    except EngineUnavailable as error:
        connection.sendall(packed({"unavailable": error.message}))
        return
    connection.sendall(packed(model.greeting))
    while True:
        answer = model.answer(*_next(requests))
        _give_back_memory()
        connection.sendall(packed(*answer))


def _give_back_memory() -> None:
    """What was freed, to the machine. glibc keeps it, for each thread apart, so that the process would be as large as
    all that its threads ever needed, each at another time. It takes a tenth of a millisecond. Another C library may
    have no such call."""
    libc = ctypes.CDLL(None)
    if hasattr(libc, "malloc_trim"):
        libc.malloc_trim(0)


def _next(requests: BinaryIO) -> tuple[dict[str, Any], bytes]:
    head = requests.read(HEAD.size)
    if len(head) < HEAD.size:
        raise EOFError
    text_length, payload_length = HEAD.unpack(head)
    return json.loads(requests.read(text_length)), requests.read(payload_length)


def run(load: Callable[[dict[str, Any]], HostedModel]) -> None:
    """The whole life of a host."""
    confinement.die_with_parent()
    confinement.ignore_signals_of_the_group()
    confinement.give_up_privileges()
    try:
        serve(socket.socket(fileno=int(sys.argv[1])), load)
    except (EOFError, ConnectionError):
        return
    except Exception as error:
        # Only the type: a message could quote what was said. The parent sees the process end and starts another.
        sys.stderr.write(f"hearken model: {type(error).__name__}\n")
        sys.stderr.flush()
        # At once: an orderly end would wait for what other threads compute.
        os._exit(70)
