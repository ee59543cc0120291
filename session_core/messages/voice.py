"""A clinician's own voice, enrolled so that later sessions know it by name."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from session_core.messages.message import Answer, Request

Name = Annotated[str, StringConstraints(min_length=1, max_length=100, strip_whitespace=True)]


class VoiceEnrol(Request):
    """``consent``: the user, whose voice it is, agrees that a voiceprint of it is kept."""

    name: Name
    consent: Literal[True]


class VoiceSpoken(Request):
    """``audio`` is a file of ``media_type`` in Base64, a minute at most, in which the user speaks and nobody else;
    ``consent`` as above."""

    name: Name
    consent: Literal[True]
    media_type: str
    audio: Annotated[str, Field(min_length=1, max_length=9_000_000)]


class VoiceView(Answer):
    """``enrolled_at``: when the user agreed and the voice was enrolled. Both are null where there is none."""

    enrolled_at: str | None
    name: str | None
