"""A chunk's audio and stretches of a session's, as arrays of samples at 16 kHz."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from session_core.decoding.decoded_chunks import DecodedChunks
from session_core.decoding.pcm import to_16k
from session_core.envelope import Key
from session_core.storage.chunks import SealedChunk

MOST_BYTES = 32_000_000
"""Decoded audio that a worker keeps: a quarter of an hour. A chunk is needed when it is planned and for the windows it
is in."""

Samples = NDArray[np.int16]


class ChunkAudio:
    def __init__(self, decoded: DecodedChunks) -> None:
        self._decoded = decoded

    async def samples(self, session_id: UUID, key: Key, chunk: SealedChunk, rate: int) -> tuple[Samples, int]:
        """As ``DecodedChunks.pcm``."""
        pcm, missing = await self._decoded.pcm(session_id, key, chunk, rate)
        return np.frombuffer(pcm, dtype="<i2").astype(np.int16, copy=False), missing

    async def stretch(
        self, session_id: UUID, key: Key, chunks: Sequence[SealedChunk], rate: int, start: int, end: int
    ) -> Samples:
        """``[start, end)`` of the timeline at 16 kHz, with silence where there is no audio."""
        filled = np.zeros(end - start, dtype=np.int16)
        for chunk in chunks:
            samples, _ = await self.samples(session_id, key, chunk, rate)
            first = to_16k(chunk.first_sample, rate)
            begin, stop = max(first, start), min(first + len(samples), end)
            if begin < stop:
                filled[begin - start : stop - start] = samples[begin - first : stop - first]
        return filled
