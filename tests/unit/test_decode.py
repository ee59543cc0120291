"""What decoding makes of good, bad and hostile files."""

from __future__ import annotations

import io
import struct
from pathlib import Path

import av
import numpy as np
import pytest

from session_core.decoding.decoder import DecodeLimits, decode
from session_core.errors import BadMedia
from tests.sound import FORMATS, RATE, Layout, file_of, silence_of, tone

LIMITS = DecodeLimits(max_samples=17 * RATE)


@pytest.mark.parametrize("media_type", FORMATS)
@pytest.mark.parametrize("layout", ["mono", "stereo"])
def test_every_accepted_format_gives_back_its_sound(media_type: str, layout: Layout) -> None:
    sound = tone(2)
    pcm = decode(file_of(sound, media_type, layout=layout, bit_rate=64_000), media_type, LIMITS)
    assert pcm.dtype == np.int16
    assert abs(len(pcm) - len(sound)) <= RATE // 10
    middle = slice(RATE // 2, RATE)
    spectrum = np.abs(np.fft.rfft(pcm[middle] * np.hanning(RATE // 2)))
    assert abs(np.argmax(spectrum) * 2 - 440) <= 2
    assert np.std(pcm[middle]) == pytest.approx(np.std(sound), rel=0.1)


@pytest.mark.parametrize("rate", [8_000, 44_100, 48_000])
def test_other_sampling_rates_become_16_khz(rate: int) -> None:
    pcm = decode(file_of(tone(3, rate=rate), "audio/wav", rate=rate), "audio/wav", LIMITS)
    assert abs(len(pcm) - 3 * RATE) <= 2


def test_16_khz_mono_wav_comes_back_unchanged() -> None:
    sound = tone(1.2345)
    assert np.array_equal(decode(file_of(sound, "audio/wav"), "audio/wav", LIMITS), sound)


@pytest.mark.parametrize("media_type", FORMATS)
def test_the_same_bytes_give_the_same_samples(media_type: str) -> None:
    rate = 48_000
    file = file_of(tone(1, rate=rate), media_type, rate=rate)
    assert np.array_equal(decode(file, media_type, LIMITS), decode(file, media_type, LIMITS))


def test_a_wrong_label_on_good_audio_does_no_harm() -> None:
    assert len(decode(file_of(tone(1), "audio/wav"), "audio/webm", LIMITS)) == RATE


@pytest.mark.parametrize("media_type", ["video/mp4", "text/plain", "", "audio/x-mpegurl"])
def test_media_types_off_the_list_are_refused(media_type: str) -> None:
    with pytest.raises(BadMedia):
        decode(file_of(tone(1), "audio/wav"), media_type, LIMITS)


@pytest.mark.parametrize("media_type", sorted(set(FORMATS) - {"audio/mp4"}))
def test_a_truncated_file_gives_what_could_be_decoded(media_type: str) -> None:
    file = file_of(tone(10), media_type)
    pcm = decode(file[: len(file) // 2], media_type, LIMITS)
    assert 4 * RATE < len(pcm) < 6 * RATE


def test_an_mp4_cut_before_its_index_is_refused() -> None:
    file = file_of(tone(10), "audio/mp4")
    with pytest.raises(BadMedia):
        decode(file[: len(file) // 2], "audio/mp4", LIMITS)


@pytest.mark.parametrize("media_type", FORMATS)
def test_noise_in_the_middle_of_a_file_leaves_the_rest(media_type: str) -> None:
    file = bytearray(file_of(tone(10), media_type))
    middle = len(file) // 2
    file[middle : middle + 100] = np.random.default_rng(1).bytes(100)
    assert len(decode(bytes(file), media_type, LIMITS)) > 4 * RATE


@pytest.mark.parametrize("media_type", FORMATS)
def test_garbage_behind_a_good_signature_is_refused_or_decoded_within_the_cap(media_type: str) -> None:
    head = file_of(tone(1), media_type)[:64]
    for seed in range(20):
        garbage = head + np.random.default_rng(seed).bytes(20_000)
        try:
            pcm = decode(garbage, media_type, LIMITS)
        except BadMedia:
            continue
        assert len(pcm) <= LIMITS.max_samples


@pytest.mark.parametrize("length", [0, 1, 3, 11, 5_000])
def test_garbage_is_refused(length: int) -> None:
    with pytest.raises(BadMedia):
        decode(np.random.default_rng(length).bytes(length), "audio/webm", LIMITS)


def test_a_file_without_a_sample_is_refused() -> None:
    header_only = file_of(tone(1), "audio/wav")[:44]
    with pytest.raises(BadMedia):
        decode(header_only, "audio/wav", LIMITS)


@pytest.mark.parametrize(
    "script",
    [
        "ffconcat version 1.0\nfile '{path}'\n",
        "#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\n{path}\n#EXT-X-ENDLIST\n",
        "#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\nfile://{path}\n#EXT-X-ENDLIST\n",
    ],
    ids=["ffconcat", "hls", "hls-url"],
)
@pytest.mark.parametrize("disguise", [b"", b"ID3\x03\x00\x00\x00\x00\x00\x00"], ids=["plain", "as-mp3"])
def test_a_script_that_names_a_file_on_disk_is_refused(script: str, disguise: bytes, tmp_path: Path) -> None:
    secret = tmp_path / "secret.wav"
    secret.write_bytes(file_of(tone(5), "audio/wav"))
    hostile = disguise + script.format(path=secret).encode()
    with pytest.raises(BadMedia):
        decode(hostile, "audio/mpeg", LIMITS)


def test_a_bomb_of_two_hours_in_a_megabyte_is_refused() -> None:
    bomb = silence_of(hours=2)
    assert len(bomb) < 1_500_000
    with pytest.raises(BadMedia, match=r"more than 17\.0 s"):
        decode(bomb, "audio/webm", LIMITS)


def test_a_wav_of_one_sample_a_second_is_refused() -> None:
    file = bytearray(file_of(tone(1), "audio/wav"))
    file[24:32] = struct.pack("<II", 1, 2)
    with pytest.raises(BadMedia):
        decode(bytes(file), "audio/wav", LIMITS)


def test_a_codec_off_the_list_is_refused_in_an_accepted_container() -> None:
    written = io.BytesIO()
    with av.open(written, "w", format="matroska") as container:
        stream = container.add_stream("pcm_s16le", rate=RATE, layout="mono")
        frame = av.AudioFrame.from_ndarray(tone(1)[None], format="s16", layout="mono")
        frame.rate = RATE
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    with pytest.raises(BadMedia, match="codec"):
        decode(written.getvalue(), "audio/webm", LIMITS)


def test_only_the_first_audio_stream_is_decoded() -> None:
    written = io.BytesIO()
    with av.open(written, "w", format="webm") as container:
        streams = [container.add_stream("libopus", rate=RATE, layout="mono") for _ in range(2)]
        for stream, hertz in zip(streams, (440, 1_000), strict=True):
            frame = av.AudioFrame.from_ndarray(tone(1, hertz=hertz)[None], format="s16", layout="mono")
            frame.rate = RATE
            container.mux(stream.encode(frame))
            container.mux(stream.encode(None))
    pcm = decode(written.getvalue(), "audio/webm", LIMITS)
    assert abs(len(pcm) - RATE) <= RATE // 10
    spectrum = np.abs(np.fft.rfft(pcm[: RATE // 2]))
    assert abs(np.argmax(spectrum) * 2 - 440) <= 2
