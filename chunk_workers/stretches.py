"""The decoded chunks of a session as the stretches of its timeline that they fill."""

from __future__ import annotations

from collections.abc import Iterable

from chunk_workers.plan import Stretch
from chunk_workers.voice import VoiceTrack
from session_core.decoding.pcm import to_16k
from session_core.storage.chunks import VoicedChunk


def count_16k(first_sample: int, sample_count: int, rate: int) -> int:
    """Samples at 16 kHz that lie where so many of the session's do."""
    return to_16k(first_sample + sample_count, rate) - to_16k(first_sample, rate)


def stretches_of(chunks: Iterable[VoicedChunk], rate: int) -> list[Stretch]:
    """``rate`` is the session's, in which chunks are counted."""
    return [
        Stretch(
            first=to_16k(chunk.first_sample, rate),
            count=count_16k(chunk.first_sample, chunk.sample_count, rate),
            track=VoiceTrack.unpack(chunk.voice),
        )
        for chunk in chunks
    ]
