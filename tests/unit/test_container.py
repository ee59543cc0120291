"""What files say about themselves: their container, their length, and no exception whatever the bytes are."""

from __future__ import annotations

from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from session_core.container import announced_seconds, container_of
from session_core.media_type import MEDIA_TYPES, media_type_of
from tests.sound import FORMATS, file_of, silence_of, tone

SAYS_ITS_LENGTH = ["audio/webm;codecs=opus", "audio/ogg", "audio/mp4", "audio/flac"]


@cache
def real(media_type: str) -> bytes:
    return file_of(tone(3.0), media_type)


@pytest.mark.parametrize("media_type", FORMATS)
@pytest.mark.parametrize(("rate", "layout"), [(48_000, "mono"), (16_000, "stereo")])
def test_a_real_file_is_told_by_its_first_bytes(media_type: str, rate: int, layout: str) -> None:
    data = file_of(tone(1.0, rate=rate), media_type, rate=rate, layout="stereo" if layout == "stereo" else "mono")
    assert container_of(data) == MEDIA_TYPES[media_type_of(media_type)]


@pytest.mark.parametrize("media_type", SAYS_ITS_LENGTH)
@pytest.mark.parametrize("seconds", [2.5, 15.0, 59.0])
def test_the_announced_length_is_right_within_five_percent(media_type: str, seconds: float) -> None:
    announced = announced_seconds(file_of(tone(seconds, rate=48_000), media_type, rate=48_000))
    assert announced is not None
    # The time of the last WebM cluster is told, and a cluster lasts up to five seconds.
    slack = 5.0 if "webm" in media_type else 0.05 * seconds
    assert seconds - slack <= announced <= seconds * 1.05


@pytest.mark.parametrize("media_type", SAYS_ITS_LENGTH)
def test_a_long_file_says_so_however_small_it_is(media_type: str) -> None:
    long = file_of(tone(120.0), media_type, bit_rate=8_000)
    announced = announced_seconds(long)
    assert announced is not None
    assert announced > 110


def test_hours_of_silence_in_a_small_file_are_told() -> None:
    announced = announced_seconds(silence_of(hours=2))
    assert announced is not None
    assert announced > 7_000


@pytest.mark.parametrize(
    "data", [b"", b"\x00", b"\xff", b"RIFF____AVI ", b"ffconcat version 1.0", b"#EXTM3U", b"<html>"]
)
def test_what_is_no_audio_has_no_container(data: bytes) -> None:
    assert container_of(data) is None
    assert announced_seconds(data) is None


@given(st.sampled_from([b"", b"\x1aE\xdf\xa3", b"OggS", b"fLaC", b"RIFF____WAVE", b"____ftyp", b"ID3"]), st.binary())
def test_no_bytes_make_it_raise(head: bytes, rest: bytes) -> None:
    announced = announced_seconds(head + rest)
    assert announced is None or isinstance(announced, float)


@settings(max_examples=300)
@given(
    st.sampled_from(list(FORMATS)),
    st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), max_size=8),
    st.floats(0, 1),
)
def test_no_damage_to_a_real_file_makes_it_raise(media_type: str, wounds: list[tuple[float, int]], kept: float) -> None:
    damaged = bytearray(real(media_type))
    for place, value in wounds:
        # Most wounds go where the headers are.
        damaged[int(place**3 * len(damaged))] = value
    announced = announced_seconds(bytes(damaged[: int(kept * len(damaged))]))
    assert announced is None or isinstance(announced, float)
