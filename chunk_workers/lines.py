"""The lines of a session: its transcript as it is read, for those who write from it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from uuid import UUID

from session_core.envelope import Key
from session_core.line import Line
from session_core.segment import Segment
from session_core.speaker import followed, merges_of, shown_names
from session_core.storage import corrections, segments, speakers
from session_core.storage.database import Connection


async def lines_of(connection: Connection, session_id: UUID, key: Key) -> list[Line]:
    """Everything that was said, in order: people's text where they corrected it, speakers as they were merged and
    named."""
    known = await speakers.of_session(connection, session_id, key)
    merges, names = merges_of(known), {speaker.id: speaker.name for speaker in known}
    corrected = [found.segment for found in await corrections.of_session(connection, session_id, key)]
    listed = await segments.transcript(connection, session_id, key) + [each for each in corrected if each.text]
    lines = []
    for segment in sorted(listed, key=lambda each: (each.start_ms, each.id)):
        speaker = followed(segment.speaker, merges)
        role = names.get(speaker) if speaker is not None else None
        lines.append(
            Line(segment.id, segment.start_ms, segment.end_ms, segment.text, speaker, role, pauses_of(segment))
        )
    return lines


def names_of(lines: Sequence[Line]) -> dict[str, str]:
    """What each speaker of the transcript is called, by their id."""
    return shown_names((line.speaker for line in lines), {line.speaker: line.role for line in lines if line.speaker})


def pauses_of(segment: Segment) -> tuple[int, ...]:
    """Milliseconds of silence before each word of the text; empty for a person's text, whose times are guessed."""
    words = segment.words
    if segment.edited or not words or len(words) != len(segment.text.split()):
        return ()
    return (0, *(max(0, word.start_ms - before.end_ms) for before, word in pairwise(words)))
