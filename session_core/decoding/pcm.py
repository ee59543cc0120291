"""The one form of decoded audio: 16 kHz, mono, signed 16 bit, little-endian; and where on the timeline it lies.

The recorder counts samples at the session's rate, everything that is decoded counts at 16 kHz.
"""

from __future__ import annotations

from typing import Final

SAMPLE_RATE: Final = 16_000
"""Samples a second of all decoded audio."""

SAMPLE_BYTES: Final = 2

TOLERATED_SHORTFALL: Final = SAMPLE_RATE // 10
"""Samples (100 ms) a chunk may be short of what was announced before it counts as missing audio: encoders and
resamplers round at the edges."""


def fit(pcm: bytes | bytearray, expected: int) -> tuple[bytes, int]:
    """Bring decoded audio to exactly ``expected`` samples, so that it fills its place on the timeline.

    Too much is cut off the end, too little is filled with silence there. The second value is the number of
    samples that are missing: the whole shortfall where it is more than 100 ms, else 0.
    """
    shortfall = expected - len(pcm) // SAMPLE_BYTES
    fitted = bytes(pcm[: expected * SAMPLE_BYTES]).ljust(expected * SAMPLE_BYTES, b"\0")
    return fitted, shortfall if shortfall > TOLERATED_SHORTFALL else 0


def to_16k(sample: int, rate: int) -> int:
    return sample * SAMPLE_RATE // rate


def from_16k(sample: int, rate: int) -> int:
    """The last sample at ``rate`` that lies at or before ``sample`` at 16 kHz."""
    return sample * rate // SAMPLE_RATE


def ms_of_16k(sample: int) -> int:
    return sample * 1000 // SAMPLE_RATE
