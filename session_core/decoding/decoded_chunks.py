"""A chunk's audio: sealed bytes in, 16 kHz samples out, decoded in the sandbox and kept for a moment."""

from __future__ import annotations

from collections import OrderedDict
from uuid import UUID

from session_core.archive.audio_store import AudioStore
from session_core.decoding.pcm import fit, to_16k
from session_core.decoding.sandbox import DecodeSandbox
from session_core.envelope import Key, chunk_label
from session_core.storage.chunks import SealedChunk


class DecodedChunks:
    """Keeps at most ``most_bytes`` of decoded audio; what was needed longest ago goes first."""

    def __init__(self, sandbox: DecodeSandbox, audio: AudioStore, most_bytes: int) -> None:
        self._sandbox = sandbox
        self._audio = audio
        self._most_bytes = most_bytes
        self._kept: OrderedDict[tuple[UUID, int, bytes], tuple[bytes, int]] = OrderedDict()
        self._bytes = 0

    async def pcm(self, session_id: UUID, key: Key, chunk: SealedChunk, rate: int) -> tuple[bytes, int]:
        """The chunk's samples, exactly as many as its place at 16 kHz has, and how many of them are missing at
        the end because the file was cut off. Raises what ``DecodeSandbox.decode`` and ``AudioStore.sealed`` do."""
        place = (session_id, chunk.seq, chunk.sha256)
        kept = self._kept.get(place)
        if kept is not None:
            self._kept.move_to_end(place)
            return kept
        count = to_16k(chunk.first_sample + chunk.sample_count, rate) - to_16k(chunk.first_sample, rate)
        data = key.open(await self._audio.sealed(chunk), chunk_label(session_id, chunk.seq))
        decoded = fit(await self._sandbox.decode(data, chunk.media_type, count), count)
        self._keep(place, decoded)
        return decoded

    def _keep(self, place: tuple[UUID, int, bytes], decoded: tuple[bytes, int]) -> None:
        if place not in self._kept:
            self._kept[place] = decoded
            self._bytes += len(decoded[0])
        while self._bytes > self._most_bytes:
            _, (dropped, _) = self._kept.popitem(last=False)
            self._bytes -= len(dropped)
