"""The warm process from which each decode is forked: ``python -m session_core.decoding.zygote FD``.

It says that it is ready on its control socket (FD), then receives one message for each decode (see
``protocol``) and forks a child that reads a request, answers and exits. The zygote never sees audio, and no
child sees another's. It ends when its parent does: the control socket closes, and the children die with it.
"""

from __future__ import annotations

import gc
import os
import signal
import socket
import struct
import sys
from typing import NoReturn

from session_core import confinement
from session_core.decoding import protocol
from session_core.decoding.decoder import DecodeLimits, decode
from session_core.errors import BadMedia

ADDRESS_SPACE_BEYOND_ZYGOTE = 384 * 1024 * 1024
CPU_SECONDS = 10


def serve(control: socket.socket) -> None:
    """Fork a child for each message until the other end closes."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    _warm_up()
    # What is frozen is never touched by a collection in a child, so its pages stay shared.
    gc.freeze()
    try:
        control.send(protocol.READY)
    except BrokenPipeError:
        return  # The program that wanted it is gone already.
    while True:
        message, descriptors, _, _ = socket.recv_fds(control, len(protocol.DECODE), 1)
        if not message:
            return
        (descriptor,) = descriptors
        if os.fork() == 0:
            control.close()
            _live(descriptor)
        os.close(descriptor)


def _live(descriptor: int) -> NoReturn:
    """The whole life of a decode's child: one request, then gone without touching the zygote's state."""
    try:
        connection = socket.socket(fileno=descriptor)
        kind, answer = _answer(connection)
        connection.sendall(protocol.ANSWER_HEAD.pack(kind, len(answer)) + answer)
    finally:
        # Also where the parent has gone away or memory has run out: it sees the stream end without an answer.
        os._exit(0)


def _answer(connection: socket.socket) -> tuple[bytes, bytes]:
    confinement.die_with_parent()
    max_samples, wall_clock_s, type_length, data_length = protocol.REQUEST_HEAD.unpack(
        _receive(connection, protocol.REQUEST_HEAD.size)
    )
    confinement.limit_resources(
        address_space=_address_space() + ADDRESS_SPACE_BEYOND_ZYGOTE,
        cpu_seconds=CPU_SECONDS,
        wall_clock_s=wall_clock_s,
    )
    media_type = _receive(connection, type_length).decode()
    data = _receive(connection, data_length)
    try:
        return protocol.SAMPLES, decode(data, media_type, DecodeLimits(max_samples)).astype("<i2", copy=False).tobytes()
    except BadMedia as error:
        return protocol.REFUSED, error.message.encode()
    except Exception as error:
        # Only the type: a message could quote the file.
        return protocol.FAILED, type(error).__name__.encode()


def _receive(connection: socket.socket, length: int) -> bytes:
    buffer = bytearray(length)
    view = memoryview(buffer)
    while view:
        received = connection.recv_into(view)
        if not received:
            raise EOFError
        view = view[received:]
    return bytes(buffer)


def _address_space() -> int:
    with open("/proc/self/statm", encoding="ascii") as statm:
        return int(statm.read().split()[0]) * os.sysconf("SC_PAGESIZE")


def _warm_up() -> None:
    """Decode a tenth of a second of silence, so that every import and table is there before the first fork."""
    samples = bytes(2 * 1600)
    head = struct.pack(
        "<4sI4s4sIHHIIHH4sI",
        b"RIFF",
        36 + len(samples),
        b"WAVE",
        b"fmt ",
        16,
        1,
        1,
        16000,
        32000,
        2,
        16,
        b"data",
        len(samples),
    )
    decode(head + samples, "audio/wav", DecodeLimits(max_samples=1600))


def main() -> None:
    confinement.ignore_signals_of_the_group()
    confinement.give_up_privileges()
    confinement.close_network()
    # After the namespaces, whose change of credentials would undo it.
    confinement.die_with_parent()
    serve(socket.socket(fileno=int(sys.argv[1])))


if __name__ == "__main__":
    main()
