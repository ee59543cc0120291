"""A recording is cut by sample count, and every chunk is a file that gives its samples back."""

from __future__ import annotations

import io
import wave
from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hearken.chunk_file import SAMPLE_RATE, Codec, Samples, encode
from hearken.recording import Cut, UnreadableRecording, cut, fingerprint, read_blocks, spoken_after_s


def ramp(length: int) -> Samples:
    return (np.arange(length) % 30_000).astype(np.int16)


def decoded(file: bytes) -> Samples:
    resampler = av.AudioResampler(format="s16", layout="mono", rate=SAMPLE_RATE)
    with av.open(io.BytesIO(file), "r") as container:
        frames = [out for frame in (*container.decode(audio=0), None) for out in resampler.resample(frame)]
    return np.concatenate([frame.to_ndarray().reshape(-1) for frame in frames])


def write_wav(path: Path, samples: Samples, rate: int = SAMPLE_RATE, channels: int = 1) -> Path:
    with wave.open(str(path), "wb") as out:
        out.setnchannels(channels)
        out.setsampwidth(2)
        out.setframerate(rate)
        out.writeframes(np.repeat(samples, channels).tobytes())
    return path


@given(
    blocks=st.lists(st.integers(0, 50), max_size=12),
    chunk_samples=st.integers(1, 40),
    skip=st.integers(0, 6),
)
def test_cuts_hold_every_sample_once_whatever_the_blocks(blocks: list[int], chunk_samples: int, skip: int) -> None:
    samples = ramp(sum(blocks))
    pieces = iter(np.split(samples, np.cumsum(blocks)[:-1]) if blocks else [])
    cuts = list(cut(pieces, chunk_samples, skip_chunks=skip))
    assert [each.seq for each in cuts] == list(range(skip, skip + len(cuts)))
    assert all(each.first_sample == each.seq * chunk_samples for each in cuts)
    assert all(len(each.samples) == chunk_samples for each in cuts[:-1])
    joined = np.concatenate([each.samples for each in cuts]) if cuts else ramp(0)
    assert np.array_equal(joined, samples[skip * chunk_samples :])
    assert all(len(each.samples) for each in cuts)


@pytest.mark.parametrize("codec", ["flac", "wav"])
def test_a_lossless_chunk_gives_its_samples_back(codec: Codec) -> None:
    noise = np.random.default_rng(1).integers(-32768, 32767, 12_345, dtype=np.int16)
    assert np.array_equal(decoded(encode(noise, codec)), noise)


def test_an_opus_chunk_gives_as_many_samples_back() -> None:
    tone = (np.sin(np.arange(12_345) / 20) * 9000).astype(np.int16)
    back = decoded(encode(tone, "opus"))
    assert len(back) == len(tone)
    assert np.corrcoef(back, tone)[0, 1] > 0.95


def test_any_rate_and_layout_is_read_as_16_khz_mono(tmp_path: Path) -> None:
    tone = (np.sin(np.arange(44_100) / 20) * 9000).astype(np.int16)
    blocks = list(read_blocks(write_wav(tmp_path / "stereo.wav", tone, rate=44_100, channels=2)))
    assert abs(sum(map(len, blocks)) - SAMPLE_RATE) <= 1
    assert all(block.dtype == np.int16 and block.ndim == 1 for block in blocks)


def test_a_file_that_is_no_audio_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("nothing to hear")
    for broken in (path, tmp_path / "missing.wav", tmp_path):
        with pytest.raises(UnreadableRecording):
            list(read_blocks(broken))


def test_the_fingerprint_is_of_the_bytes_not_of_the_name(tmp_path: Path) -> None:
    one, two = write_wav(tmp_path / "one.wav", ramp(100)), write_wav(tmp_path / "two.wav", ramp(100))
    assert fingerprint(one) == fingerprint(two)
    assert fingerprint(one) != fingerprint(write_wav(tmp_path / "three.wav", ramp(101)))


def test_a_chunk_is_there_once_its_last_sample_is_spoken() -> None:
    third = Cut(2, 2 * SAMPLE_RATE, ramp(SAMPLE_RATE // 2))
    assert spoken_after_s(third, 0, 1.0) == 2.5
    assert spoken_after_s(third, SAMPLE_RATE, 3.0) == 0.5
    assert spoken_after_s(third, 0, 0) == 0.0
