"""What a chunk looks like in the waveform of its session: the loudest sample of each tenth of a second."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from session_core.waveform import CELL


def peaks_of(pcm: NDArray[np.int16], first: int) -> bytes:
    """One byte for each cell of the session's waveform that the chunk touches.

    ``pcm``: the chunk's samples at 16 kHz, ``first``: their place on the session's timeline. A peak is the largest
    amplitude, 0 for digital silence alone, 255 for full scale.
    """
    if not len(pcm):
        return b""
    before = first % CELL
    after = -(before + len(pcm)) % CELL
    cells = np.pad(np.abs(pcm.astype(np.int32)), (before, after)).reshape(-1, CELL).max(axis=1)
    peaks: NDArray[np.uint8] = ((cells * 255 + 32767) // 32768).astype(np.uint8)
    return peaks.tobytes()
