"""Speakers on the wire."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import StringConstraints

from session_core.messages.message import Answer, Message, Request
from session_core.speaker import SPEAKER_ID, Speaker

SpeakerId = Annotated[str, StringConstraints(pattern=SPEAKER_ID)]


class WireSpeaker(Message):
    """``merged_into``: whatever names this speaker means that one. ``recognised``: the name is from a voice that is
    known, nobody has said it of this session."""

    id: str
    name: str | None
    merged_into: str | None
    recognised: bool = False


class SpeakerName(Request):
    name: Annotated[str, StringConstraints(max_length=100, strip_whitespace=True)] | None


class SpeakerMerge(Request):
    into: SpeakerId


class SpeakerList(Answer):
    items: list[WireSpeaker]


def wire_speaker(speaker: Speaker) -> dict[str, Any]:
    return {
        "id": speaker.id,
        "name": speaker.name,
        "merged_into": speaker.merged_into,
        "recognised": speaker.recognised,
    }
