"""Peaks of chunks, put together, are the peaks of the session."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from chunk_workers.waveform import peaks_of
from session_core.waveform import CELL, join


def test_silence_is_0_the_least_sound_is_not_and_full_scale_is_255() -> None:
    pcm = np.zeros(4 * CELL, dtype=np.int16)
    pcm[CELL], pcm[2 * CELL], pcm[3 * CELL] = 1, -32768, 32767
    assert list(peaks_of(pcm, 0)) == [0, 1, 255, 255]


def test_a_peak_lies_where_it_sounds_on_the_sessions_timeline() -> None:
    pcm = np.zeros(CELL, dtype=np.int16)
    pcm[-1] = 16384
    assert list(peaks_of(pcm, 7 * CELL)) == [128]
    assert list(peaks_of(pcm, 7 * CELL + 1)) == [0, 128]
    assert peaks_of(pcm[:0], 3) == b""


def test_holes_and_chunks_without_peaks_are_0() -> None:
    assert join([(2 * CELL, b"\x07")], 4 * CELL + 1) == bytes([0, 0, 7, 0, 0])
    assert join([], 3 * CELL) == bytes(3)
    assert join([], 0) == b""


@given(st.lists(st.tuples(st.integers(0, 2 * CELL), st.integers(1, 3 * CELL)), max_size=6), st.integers(0, 2**32 - 1))
def test_chunks_cut_anywhere_have_the_peaks_of_the_whole(pieces: list[tuple[int, int]], seed: int) -> None:
    random = np.random.default_rng(seed)
    places, end = [], 0
    for hole, length in pieces:
        places.append((end + hole, length))
        end += hole + length
    whole = np.zeros(end, dtype=np.int16)
    parts = []
    for first, length in places:
        pcm = random.integers(-32768, 32768, length).astype(np.int16)
        whole[first : first + length] = pcm
        parts.append((first, peaks_of(pcm, first)))
    assert join(parts, end) == peaks_of(whole, 0)
