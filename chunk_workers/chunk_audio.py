"""A chunk's audio: sealed bytes in, 16 kHz samples out, decoded in the sandbox and kept for a moment."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from chunk_workers.pcm import fit
from chunk_workers.sandbox import DecodeSandbox
from chunk_workers.timeline import to_16k
from session_core.envelope import Key, chunk_label
from session_core.storage.chunks import SealedChunk

MOST_BYTES = 32_000_000
"""Decoded audio that is kept: a quarter of an hour. A chunk is needed when it is planned and for the windows it is
in."""

Samples = NDArray[np.int16]


class ChunkAudio:
    def __init__(self, sandbox: DecodeSandbox) -> None:
        self._sandbox = sandbox
        self._kept: OrderedDict[tuple[UUID, int, bytes], tuple[Samples, int]] = OrderedDict()
        self._bytes = 0

    async def samples(self, session_id: UUID, key: Key, chunk: SealedChunk, rate: int) -> tuple[Samples, int]:
        """The chunk's samples, exactly as many as its place at 16 kHz has, and how many of them are missing at
        the end because the file was cut off. Raises ``BadMedia`` and ``DecodeCrashed``."""
        place = (session_id, chunk.seq, chunk.sha256)
        kept = self._kept.get(place)
        if kept is not None:
            self._kept.move_to_end(place)
            return kept
        start, end = to_16k(chunk.first_sample, rate), to_16k(chunk.first_sample + chunk.sample_count, rate)
        data = key.open(chunk.audio, chunk_label(session_id, chunk.seq))
        decoded = fit(await self._sandbox.decode(data, chunk.media_type, end - start), end - start)
        self._keep(place, decoded)
        return decoded

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

    def _keep(self, place: tuple[UUID, int, bytes], decoded: tuple[Samples, int]) -> None:
        if place not in self._kept:
            self._kept[place] = decoded
            self._bytes += decoded[0].nbytes
        while self._bytes > MOST_BYTES:
            _, (dropped, _) = self._kept.popitem(last=False)
            self._bytes -= dropped.nbytes
