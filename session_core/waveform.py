"""The waveform of a session: one peak, 0..255, for each cell of 100 ms, counted from its first sample."""

from __future__ import annotations

from collections.abc import Iterable

from session_core.decoding.pcm import SAMPLE_RATE

INTERVAL_MS = 100

CELL = SAMPLE_RATE * INTERVAL_MS // 1000
"""Samples at 16 kHz in one cell."""


def join(parts: Iterable[tuple[int, bytes]], samples: int) -> bytes:
    """The peaks of ``samples`` samples at 16 kHz, made of those of chunks: (first sample, peaks). Holes are 0.

    Chunks that meet inside a cell have a peak for it each; the louder one counts.
    """
    peaks = bytearray(-(-samples // CELL))
    for first, part in parts:
        start = first // CELL
        known = part[: max(0, len(peaks) - start)]
        if known:
            peaks[start] = max(peaks[start], known[0])
            peaks[start + 1 : start + len(known)] = known[1:]
    return bytes(peaks)
