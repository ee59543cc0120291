"""What is said of a chunk without decoding it."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from uuid import UUID

import pytest

from session_core.chunk import MAX_SAMPLE, Chunk, ChunkLimits, check_chunk
from session_core.errors import BadMedia, HearkenError, Invalid, TooLarge
from session_core.media_type import MEDIA_TYPES, media_type_of
from tests.sound import FORMATS, file_of, silence_of, tone

LIMITS = ChunkLimits(max_bytes=4_000_000, max_seconds=60.0, max_seq=99)
SECOND = file_of(tone(1.0), "audio/wav")


def chunk(data: bytes = SECOND, media_type: str = "audio/wav") -> Chunk:
    return Chunk(UUID(int=1), 0, 0, 16_000, hashlib.sha256(data).digest(), media_type)


@pytest.mark.parametrize("media_type", FORMATS)
def test_a_whole_file_of_every_format_passes(media_type: str) -> None:
    data = file_of(tone(1.0), media_type)
    check_chunk(chunk(data, media_type_of(media_type)), data, LIMITS)


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"seq": -1}, Invalid),
        ({"seq": 100}, Invalid),
        ({"first_sample": -1}, Invalid),
        ({"sample_count": 0}, Invalid),
        ({"first_sample": MAX_SAMPLE, "sample_count": 1}, Invalid),
        ({"sha256": bytes(32)}, Invalid),
        ({"media_type": "audio/webm"}, BadMedia),
    ],
)
def test_what_is_wrong_with_its_fields_is_refused(change: dict[str, int], error: type[HearkenError]) -> None:
    with pytest.raises(error):
        check_chunk(replace(chunk(), **change), SECOND, LIMITS)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "change", [{"seq": 0}, {"seq": 99}, {"first_sample": MAX_SAMPLE - 16_000}, {"sample_count": 1}]
)
def test_the_ends_of_the_ranges_belong_to_them(change: dict[str, int]) -> None:
    check_chunk(replace(chunk(), **change), SECOND, LIMITS)  # type: ignore[arg-type]


def test_size_is_limited_to_the_byte() -> None:
    check_chunk(chunk(), SECOND, replace(LIMITS, max_bytes=len(SECOND)))
    with pytest.raises(TooLarge):
        check_chunk(chunk(), SECOND, replace(LIMITS, max_bytes=len(SECOND) - 1))
    with pytest.raises(BadMedia):
        check_chunk(chunk(b""), b"", LIMITS)


@pytest.mark.parametrize("media_type", FORMATS)
def test_one_format_announced_as_another_is_refused(media_type: str) -> None:
    data = file_of(tone(0.5), media_type)
    for other in MEDIA_TYPES:
        if other != media_type_of(media_type):
            with pytest.raises(BadMedia):
                check_chunk(chunk(data, other), data, LIMITS)


def test_a_small_file_that_says_it_lasts_for_hours_is_refused() -> None:
    bomb = silence_of(hours=2)
    assert len(bomb) < LIMITS.max_bytes
    with pytest.raises(BadMedia):
        check_chunk(chunk(bomb, "audio/webm"), bomb, LIMITS)


@pytest.mark.parametrize(
    ("value", "media_type"),
    [
        ("audio/webm", "audio/webm"),
        ("Audio/WebM; codecs=opus", "audio/webm"),
        (" audio/ogg ;codecs=opus", "audio/ogg"),
        ("audio/x-wav", "audio/wav"),
        ("audio/x-m4a", "audio/mp4"),
    ],
)
def test_media_types_are_understood_as_browsers_write_them(value: str, media_type: str) -> None:
    assert media_type_of(value) == media_type


@pytest.mark.parametrize("value", ["", ";", "audio/midi", "video/webm", "audio/webm,audio/ogg", "application/json"])
def test_other_media_types_are_not_taken(value: str) -> None:
    with pytest.raises(BadMedia):
        media_type_of(value)
