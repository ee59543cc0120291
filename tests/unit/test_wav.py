"""A WAV file made in pieces is the file that it would be as a whole."""

from __future__ import annotations

import io
import wave

import pytest
from hypothesis import given
from hypothesis import strategies as st

from session_core.errors import TooLarge
from stream_server.wav import HEADER_BYTES, MOST_SAMPLES, WavFile


def test_other_programs_read_the_header() -> None:
    file = WavFile(1_000)
    with wave.open(io.BytesIO(file.header() + bytes(2_000))) as read:
        assert read.getparams()[:4] == (1, 2, 16_000, 1_000)
    assert file.size == HEADER_BYTES + 2_000


@given(st.integers(0, 50), st.data())
def test_any_range_of_bytes_is_a_part_of_header_and_audio(samples: int, data: st.DataObject) -> None:
    file = WavFile(samples)
    start = data.draw(st.integers(0, file.size))
    end = data.draw(st.integers(start, file.size))
    audio = bytes(range(2 * samples))
    begin, stop = file.audio_range(start, end)
    assert file.header()[start:end] + audio[begin:stop] == (file.header() + audio)[start:end]


def test_what_the_format_cannot_count_is_refused() -> None:
    assert len(WavFile(MOST_SAMPLES).header()) == HEADER_BYTES
    with pytest.raises(TooLarge):
        WavFile(MOST_SAMPLES + 1)
