"""The audio of a whole session, read, opened and decoded chunk by chunk as somebody listens; and its waveform."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from uuid import UUID

from session_core import waveform
from session_core.archive.audio_store import AudioStore
from session_core.decoding.decoded_chunks import DecodedChunks
from session_core.decoding.pcm import SAMPLE_BYTES, SAMPLE_RATE, from_16k, to_16k
from session_core.decoding.sandbox import DecodeSandbox
from session_core.envelope import Key, peaks_label
from session_core.errors import BadMedia, NotFound
from session_core.keyring import Keyring
from session_core.messages.audio import Waveform
from session_core.principal import Principal
from session_core.storage import chunks, sessions
from session_core.storage.chunks import ChunkPlace, PeakedChunk
from session_core.storage.database import Database
from session_core.storage.sessions import Recorded
from stream_server.wav import WavFile

DECODES_AT_ONCE = 2
"""In this node, whoever listens: the others wait."""

KEPT_BYTES = 16_000_000
"""Decoded audio that is kept for who jumps to and fro: eight minutes."""

BLOCK = 65_536


class SessionAudio:
    """Decoding happens in processes of its own, which start with the first chunk that somebody wants to hear."""

    def __init__(self, database: Database, keyring: Keyring, store: AudioStore, decode_timeout_s: float) -> None:
        self._database = database
        self._keyring = keyring
        self._sandbox = DecodeSandbox(parallel=DECODES_AT_ONCE, timeout_s=decode_timeout_s)
        self._decoded = DecodedChunks(self._sandbox, store, KEPT_BYTES)

    async def recorded(self, principal: Principal, session_id: UUID) -> Recorded:
        """:class:`NotFound` also for the session of another organisation."""
        async with self._database.organisation(principal.org_id) as connection:
            return _found(await sessions.recorded(connection, session_id))

    async def stretch(
        self, principal: Principal, session_id: UUID, rate: int, start: int, end: int
    ) -> AsyncIterator[memoryview]:
        """Bytes ``[start, end)`` of the timeline in the form of ``pcm``, in blocks of at most 64 KB.

        Where nothing is recorded, and where a chunk cannot be decoded, there is silence. Only chunks that the stretch
        touches are read, one at a time. Raises ``DecodeCrashed`` and ``Unavailable``, which may pass, and
        :class:`NotFound` where the session is deleted meanwhile.
        """
        key = await self._keyring.session(principal.org_id, session_id)
        reached = start
        for place in await self._places(principal, session_id, rate, start, end):
            first, last = (to_16k(sample, rate) * SAMPLE_BYTES for sample in (place.first_sample, place.end_sample))
            begin, stop = max(first, reached), min(last, end)
            if begin >= stop:
                continue
            for block in _silence(begin - reached):
                yield block
            pcm = await self._pcm(principal, session_id, key, rate, place)
            for block in _silence(stop - begin) if pcm is None else _blocks(pcm, begin - first, stop - first):
                yield block
            reached = stop
        for block in _silence(end - reached):
            yield block

    async def waveform(self, principal: Principal, session_id: UUID) -> Waveform:
        key = await self._keyring.session(principal.org_id, session_id)
        async with self._database.organisation(principal.org_id) as connection:
            recorded = _found(await sessions.recorded(connection, session_id))
            found = await chunks.peaks(connection, session_id)
        file = WavFile(to_16k(recorded.end_sample, recorded.sample_rate))
        # Hours of chunks take their time to open.
        peaks = await asyncio.to_thread(_peaks, key, session_id, found, recorded.sample_rate, file.samples)
        return Waveform(interval_ms=waveform.INTERVAL_MS, peaks=list(peaks))

    async def aclose(self) -> None:
        """Whoever still listens is cut off at the next chunk."""
        await self._sandbox.aclose()

    async def _places(
        self, principal: Principal, session_id: UUID, rate: int, start: int, end: int
    ) -> list[ChunkPlace]:
        # Both ends with room for what the change of rate rounds.
        first = from_16k(start // SAMPLE_BYTES, rate)
        last = from_16k(end // SAMPLE_BYTES + 1, rate) + rate // SAMPLE_RATE + 1
        async with self._database.organisation(principal.org_id) as connection:
            return await chunks.audible(connection, session_id, first, last)

    async def _pcm(
        self, principal: Principal, session_id: UUID, key: Key, rate: int, place: ChunkPlace
    ) -> bytes | None:
        """The decoded chunk; None for one that cannot be decoded, now or later."""
        async with self._database.organisation(principal.org_id) as connection:
            chunk = await chunks.sealed(connection, session_id, place.seq)
        if chunk is None:
            raise NotFound("there is no such session")
        try:
            pcm, _ = await self._decoded.pcm(session_id, key, chunk, rate)
        except BadMedia:
            return None
        return pcm


def _found(recorded: Recorded | None) -> Recorded:
    if recorded is None:
        raise NotFound("there is no such session")
    return recorded


def _peaks(key: Key, session_id: UUID, found: list[PeakedChunk], rate: int, samples: int) -> bytes:
    opened = (
        (to_16k(chunk.first_sample, rate), key.open(chunk.peaks, peaks_label(session_id, chunk.seq)))
        for chunk in found
        if chunk.peaks is not None
    )
    return waveform.join(opened, samples)


def _blocks(pcm: bytes, start: int, end: int) -> Iterator[memoryview]:
    view = memoryview(pcm)[start:end]
    for at in range(0, len(view), BLOCK):
        yield view[at : at + BLOCK]


def _silence(length: int) -> Iterator[memoryview]:
    quiet = memoryview(bytes(min(length, BLOCK)))
    for at in range(0, length, BLOCK):
        yield quiet[: length - at]
