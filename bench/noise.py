"""Chunks of noise: whole WAV files of random samples, each with bytes and a digest of its own.

All share one block of random bytes and end in a number, so that making the next one costs a hash of 16
bytes. Encrypted they are as random as any others.
"""

from __future__ import annotations

import hashlib
import os
import struct
from dataclasses import dataclass

SIZE = 60_000
RATE = 16_000
_HEAD, _TAIL = 44, 16
SAMPLES = (SIZE - _HEAD) // 2


@dataclass(frozen=True, slots=True)
class NoiseChunk:
    """``pieces`` joined are the file, ``sha256`` its digest in hex."""

    pieces: tuple[bytes, ...]
    sha256: str

    def header(self, session_id: str, seq: int) -> dict[str, object]:
        """The body of a ``chunk`` request."""
        return {
            "session_id": session_id,
            "seq": seq,
            "first_sample": seq * SAMPLES,
            "sample_count": SAMPLES,
            "sha256": self.sha256,
            "media_type": "audio/wav",
        }


class Noise:
    """An endless supply; two supplies share no chunk."""

    def __init__(self) -> None:
        data = SIZE - _HEAD
        head = struct.pack(
            "<4sI4s4sIHHIIHH4sI", b"RIFF", 36 + data, b"WAVE", b"fmt ", 16, 1, 1, RATE, 2 * RATE, 2, 16, b"data", data
        )
        self._shared = head + os.urandom(data - _TAIL)
        self._digest = hashlib.sha256(self._shared)
        self._supply = os.urandom(8)
        self._made = 0

    def chunk(self) -> NoiseChunk:
        self._made += 1
        tail = self._supply + self._made.to_bytes(8, "big")
        digest = self._digest.copy()
        digest.update(tail)
        return NoiseChunk((self._shared, tail), digest.hexdigest())
