"""The one form of decoded audio in the workers: 16 kHz, mono, signed 16 bit, native byte order."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

SAMPLE_RATE = 16_000
"""Samples a second of all decoded audio."""

TOLERATED_SHORTFALL = SAMPLE_RATE // 10
"""Samples (100 ms) a chunk may be short of what was announced before it counts as missing audio: encoders and
resamplers round at the edges."""


def fit(pcm: NDArray[np.int16], expected: int) -> tuple[NDArray[np.int16], int]:
    """Bring decoded audio to exactly ``expected`` samples, so that it fills its place on the timeline.

    Too much is cut off the end, too little is filled with silence there. The second value is the number of
    samples that are missing: the whole shortfall where it is more than 100 ms, else 0.
    """
    shortfall = expected - len(pcm)
    if shortfall <= 0:
        return pcm[:expected], 0
    fitted = np.zeros(expected, dtype=np.int16)
    fitted[: len(pcm)] = pcm
    return fitted, shortfall if shortfall > TOLERATED_SHORTFALL else 0
