"""What a stretch of a session's audio is made of, as a digest: another one whenever a sample of it may differ."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from session_core.decoding.pcm import to_16k
from session_core.storage.chunks import VoicedChunk


def audio_digest(start: int, end: int, chunks: Sequence[VoicedChunk], rate: int) -> str:
    """Of ``[start, end)`` at 16 kHz. ``chunks`` are at ``rate``, in order, and hold all that reach into it."""
    digest = hashlib.sha256(f"{start} {end}".encode())
    for chunk in chunks:
        first = to_16k(chunk.first_sample, rate)
        if first < end and to_16k(chunk.first_sample + chunk.sample_count, rate) > start:
            digest.update(f" {first} {chunk.sha256.hex()}".encode())
    return digest.hexdigest()
