"""A sample of somebody's voice, spoken so that it is known again: what is taken, and what is refused in which words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from session_core.container import announced_seconds, container_of
from session_core.errors import BadMedia, Invalid, TooLarge
from session_core.media_type import MEDIA_TYPES

MOST_S: Final = 60.0
MOST_BYTES: Final = 6_000_000
"""A minute of 16 bit samples at 48 kHz, where a browser has no encoder."""

LEAST_SPEECH_S: Final = 10.0
"""Fewer seconds of speech do not tell a voice from others reliably."""


@dataclass(frozen=True, slots=True)
class VoiceSample:
    """``media_type`` is one of :data:`MEDIA_TYPES`, ``data`` a file of it."""

    media_type: str
    data: bytes


@dataclass(frozen=True, slots=True)
class HeardSample:
    """What was heard in one: seconds of speech, how many ``voices``, and the mean voiceprint of the first of them, of
    unit length, by the model ``maker``."""

    speech_s: float
    voices: int
    maker: str
    vector: tuple[float, ...]


def check_sample(sample: VoiceSample) -> None:
    """What can be said without decoding it."""
    if len(sample.data) > MOST_BYTES:
        raise TooLarge(f"a voice sample has {MOST_BYTES} bytes at most")
    if container_of(sample.data) != MEDIA_TYPES[sample.media_type]:
        raise BadMedia("the bytes are not a file of the media type they are announced as")
    announced = announced_seconds(sample.data)
    if announced is not None and announced > MOST_S + 1:
        raise BadMedia(f"a voice sample is {MOST_S:.0f} s long at most")


def check_heard(heard: HeardSample) -> None:
    """:class:`Invalid`, in words for who spoke, where the sample does not tell one voice."""
    if heard.voices == 0 or heard.speech_s < 1.0:
        raise Invalid("nobody is heard in the sample: the microphone may be muted or too far away")
    if heard.speech_s < LEAST_SPEECH_S:
        raise Invalid(
            f"only {heard.speech_s:.0f} s of speech are in the sample, at least {LEAST_SPEECH_S:.0f} s are needed"
        )
    if heard.voices > 1:
        raise Invalid("more than one voice is heard in the sample: it must be one person's alone")
