"""Audio is made to fill exactly its place on the timeline."""

from __future__ import annotations

import numpy as np
import pytest

from session_core.decoding.pcm import fit


@pytest.mark.parametrize(
    ("has", "expected", "missing"),
    [
        (1_000, 1_000, 0),
        (5_000, 3_000, 0),
        (3_000, 4_600, 0),
        (3_000, 4_601, 1_601),
        (0, 240_000, 240_000),
        (7, 0, 0),
    ],
)
def test_audio_is_cut_or_filled_with_silence_and_long_shortfalls_are_told(
    has: int, expected: int, missing: int
) -> None:
    pcm = np.arange(1, has + 1, dtype="<i2")
    audio, told = fit(pcm.tobytes(), expected)
    fitted = np.frombuffer(audio, "<i2")
    kept = min(has, expected)
    assert len(fitted) == expected
    assert np.array_equal(fitted[:kept], pcm[:kept])
    assert not fitted[kept:].any()
    assert told == missing
