"""Decode untrusted files, each in a process of its own that is forked warm, fenced in and thrown away."""

from __future__ import annotations

import asyncio
import socket

from session_core.child import Child, receive
from session_core.decoding import protocol
from session_core.decoding.pcm import SAMPLE_BYTES, SAMPLE_RATE
from session_core.errors import BadMedia, HearkenError, Unavailable

SURPLUS = 2 * SAMPLE_RATE
"""Samples that a file may hold beyond what was announced: encoders add padding, recorders stop a little late."""

_START_TIMEOUT_S = 30.0
_GRACE_S = 2.0
# A fork copies one thread only: the zygote must never have more.
_ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}


class DecodeCrashed(HearkenError):
    """The decoding process died or took too long. Nothing is known about the file: try again, a few times."""

    code, status, retryable = "unavailable", 503, True


class DecodeSandbox:
    """Decodes chunks in children of one warm process (``zygote``), which starts with the first decode.

    Each file gets a fresh child with hard limits on memory, processor time and wall clock, which can open no file
    and reach no network, and which ends with its answer: no chunk can touch another's memory. At most ``parallel``
    decode at a time, the rest wait. ``timeout_s`` is the wall-clock limit of one decode.
    """

    def __init__(self, *, parallel: int = 2, timeout_s: float = 10.0) -> None:
        self._slots = asyncio.Semaphore(parallel)
        self._timeout_s = timeout_s
        self._starting = asyncio.Lock()
        self._zygote: Child | None = None
        self._closed = False

    async def decode(self, data: bytes, media_type: str, expected_samples: int) -> bytearray:
        """Samples of one file in the form of ``pcm``, as many as it holds; see ``pcm.fit`` to fill its place.

        ``expected_samples`` is the announced length at 16 kHz; a file of more than that and two seconds is refused.

        Raises ``BadMedia`` (the file is bad, now and later), ``DecodeCrashed`` (nothing is known about it) and
        ``Unavailable`` (it was not even begun).
        """
        most = expected_samples + SURPLUS
        async with self._slots:
            try:
                async with asyncio.timeout(_START_TIMEOUT_S):
                    warm, connection = await self._fork()
            except (OSError, EOFError) as error:  # of which TimeoutError is one
                # Nothing was begun, and nothing is known of the file.
                raise Unavailable("the decoding process cannot be started") from error
            with connection:
                kind, answer = await self._answer(warm, connection, data, media_type, most)
        if kind == protocol.REFUSED:
            raise BadMedia(answer.decode())
        if kind != protocol.SAMPLES:
            raise DecodeCrashed(f"the decoder failed with {answer.decode()}")
        return answer

    async def aclose(self) -> None:
        """Kill the zygote and wait until it is gone; decodes under way or waiting raise ``DecodeCrashed``."""
        self._closed = True
        async with self._starting:
            if self._zygote is not None:
                await self._discard(self._zygote)

    async def _answer(
        self, warm: Child, connection: socket.socket, data: bytes, media_type: str, most: int
    ) -> tuple[bytes, bytearray]:
        try:
            async with asyncio.timeout(self._timeout_s + _GRACE_S):
                await _ask(connection, data, media_type, most, self._timeout_s)
                return await _listen(connection, most)
        except TimeoutError as error:
            # The child's own timer did not end it: it is stopped, or the zygote is wedged. Both go.
            await self._discard(warm)
            raise DecodeCrashed("the decoding process did not answer in time") from error
        except (OSError, EOFError) as error:
            raise DecodeCrashed("the decoding process ended without an answer") from error

    async def _fork(self) -> tuple[Child, socket.socket]:
        """The zygote and a connection to a fresh child of it."""
        warm = await self._warm_zygote()
        try:
            return warm, _connect(warm)
        except OSError:
            # It has died since its last decode, and nothing was begun: this is no crash of this decode.
            await self._discard(warm)
        warm = await self._warm_zygote()
        return warm, _connect(warm)

    async def _warm_zygote(self) -> Child:
        """The running zygote, started anew where it has died."""
        async with self._starting:
            if self._closed:
                raise DecodeCrashed("the sandbox was closed")
            if self._zygote is not None and not self._zygote.alive:
                await self._discard(self._zygote)
            if self._zygote is None:
                self._zygote = await _start_zygote()
            return self._zygote

    async def _discard(self, warm: Child) -> None:
        if self._zygote is warm:
            self._zygote = None
        await warm.end()


async def _start_zygote() -> Child:
    warm = await Child.start("session_core.decoding.zygote", socket.SOCK_SEQPACKET, _ONE_THREAD)
    try:
        greeting = await asyncio.get_running_loop().sock_recv(warm.socket, len(protocol.READY))
        if greeting != protocol.READY:
            raise EOFError("the zygote ended before it was ready")
    except BaseException:
        await warm.end()
        raise
    return warm


def _connect(warm: Child) -> socket.socket:
    """Have the zygote fork a child that reads from the other end of this connection."""
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    try:
        with theirs:
            socket.send_fds(warm.socket, [protocol.DECODE], [theirs.fileno()])
    except OSError:
        ours.close()
        raise
    return ours


async def _ask(connection: socket.socket, data: bytes, media_type: str, most: int, timeout_s: float) -> None:
    loop = asyncio.get_running_loop()
    name = media_type.encode()
    await loop.sock_sendall(connection, protocol.REQUEST_HEAD.pack(most, timeout_s, len(name), len(data)) + name)
    await loop.sock_sendall(connection, data)


async def _listen(connection: socket.socket, most: int) -> tuple[bytes, bytearray]:
    kind, length = protocol.ANSWER_HEAD.unpack(await receive(connection, protocol.ANSWER_HEAD.size))
    if length > (most * SAMPLE_BYTES if kind == protocol.SAMPLES else protocol.LONGEST_MESSAGE):
        raise EOFError("an answer longer than any that is allowed")
    return kind, await receive(connection, length)
