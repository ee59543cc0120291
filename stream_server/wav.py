"""A WAV file that is never whole anywhere: its size, its header, and where its bytes lie on the timeline."""

from __future__ import annotations

import struct
from dataclasses import dataclass

from session_core.decoding.pcm import SAMPLE_BYTES, SAMPLE_RATE
from session_core.errors import TooLarge

HEADER_BYTES = 44
MOST_SAMPLES = (2**32 - 1 - HEADER_BYTES) // SAMPLE_BYTES
"""The format counts its bytes with 32 bits: 37 hours."""


@dataclass(frozen=True, slots=True)
class WavFile:
    """``samples`` samples of 16 kHz mono 16 bit behind a header of 44 bytes. Ranges of bytes are half open."""

    samples: int

    def __post_init__(self) -> None:
        if self.samples > MOST_SAMPLES:
            raise TooLarge(f"the session is longer than the {MOST_SAMPLES // SAMPLE_RATE // 3600} hours of a WAV file")

    @property
    def size(self) -> int:
        return HEADER_BYTES + self.samples * SAMPLE_BYTES

    def header(self) -> bytes:
        length = self.samples * SAMPLE_BYTES
        return struct.pack(
            "<4sI4s4sIHHIIHH4sI",
            b"RIFF",
            HEADER_BYTES - 8 + length,
            b"WAVE",
            b"fmt ",
            16,
            1,
            1,
            SAMPLE_RATE,
            SAMPLE_RATE * SAMPLE_BYTES,
            SAMPLE_BYTES,
            8 * SAMPLE_BYTES,
            b"data",
            length,
        )

    def audio_range(self, start: int, end: int) -> tuple[int, int]:
        """The bytes of the file ``[start, end)`` that are audio, counted from the first byte of audio."""
        return max(start - HEADER_BYTES, 0), max(end - HEADER_BYTES, 0)
