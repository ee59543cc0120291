"""Speakers: who is speaking where, as people said, and which speakers turned out to be one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from session_core.errors import Invalid

MOST_SPEAKERS: Final = 200
"""Of one session."""

SPEAKER_ID: Final = r"^[A-Za-z0-9_-]{1,32}$"


@dataclass(frozen=True, slots=True)
class Speaker:
    """``merged_into`` is the speaker whom this one turned out to be. ``recognised``: the name is from a known voice, no
    person has said it of this session."""

    id: str
    name: str | None = None
    merged_into: str | None = None
    recognised: bool = False


@dataclass(frozen=True, slots=True)
class SpeakerLabel:
    """What a person said: from ``start_ms`` to ``end_ms`` it was ``speaker``, or nobody known."""

    start_ms: int
    end_ms: int
    speaker: str | None


def speaker_within(labels: Sequence[SpeakerLabel], start_ms: int, end_ms: int, heard: str | None = None) -> str | None:
    """Of the labels, in the order they were given, the newest that covers the middle of the stretch; ``heard`` where
    people said nothing of it."""
    middle = (start_ms + end_ms) // 2
    covering = (label for label in reversed(labels) if label.start_ms <= middle <= label.end_ms)
    return next((label.speaker for label in covering), heard)


def shown_names(speaking: Iterable[str | None], told: Mapping[str, str | None]) -> dict[str, str]:
    """What everybody who speaks or has a name is called, by their id: the name, or a number by who speaks first.

    ``speaking``: who does, in order, None where nobody knows; ``told``: the names of those who are merged into nobody.
    """
    first = dict.fromkeys(speaker for speaker in speaking if speaker is not None)
    named = dict.fromkeys(speaker for speaker, name in told.items() if name)
    return {speaker: told.get(speaker) or f"Speaker {number}" for number, speaker in enumerate(first | named, 1)}


def merges_of(speakers: Iterable[Speaker]) -> dict[str, str]:
    """Every merged speaker with whom it was merged into."""
    return {speaker.id: speaker.merged_into for speaker in speakers if speaker.merged_into}


def followed(speaker: str | None, merges: Mapping[str, str]) -> str | None:
    """The speaker at the end of the merges; ``merges`` has no circle."""
    while speaker is not None and speaker in merges:
        speaker = merges[speaker]
    return speaker


def is_by_way_of(speaker: str | None, way: str, merges: Mapping[str, str]) -> bool:
    """Whether the speaker is ``way`` or was merged into it, through others too; ``merges`` has no circle."""
    # Where the way ends at ``way``, following stops there.
    return followed(speaker, {one: other for one, other in merges.items() if one != way}) == way


def refuse_circle(speaker: str, into: str, merges: Mapping[str, str]) -> None:
    """:class:`Invalid` where merging the speaker would lead back to it."""
    if is_by_way_of(into, speaker, merges):
        raise Invalid("a speaker cannot be merged into itself, not by way of others either")
