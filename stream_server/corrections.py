"""What people say about a segment: another text, another speaker.

Both are kept apart from what is recognised, by place, so that they outlive every later run.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from session_core import after_stop
from session_core.change import Change, Changes
from session_core.correction import timed_words
from session_core.errors import NotFound
from session_core.hints import Hints
from session_core.messages.segment import WireSegment, wire_segment
from session_core.principal import Principal
from session_core.segment import Segment
from session_core.speaker import followed
from session_core.storage import corrections, segments, speaker_labels, speakers, windows
from session_core.storage import sessions as rows
from session_core.storage.corrections import Correction
from stream_server.speakers import known_speaker


@dataclass(frozen=True, slots=True)
class _Found:
    """A segment as it is shown and as it was recognised, the same while no text of a person takes its place."""

    window_id: UUID
    shown: Segment
    recognised: Segment


class Corrections:
    def __init__(self, changes: Changes, hints: Hints) -> None:
        self._changes = changes
        self._hints = hints

    async def edit(
        self, principal: Principal, session_id: UUID, segment_id: UUID, wanted: dict[str, str | None]
    ) -> WireSegment:
        """Change what ``wanted`` names of ``text`` and ``speaker``; the last one to do so wins.

        The segment with an empty text is one that is removed, or withdrawn: its text was taken back after the audio
        around it was planned anew, and other segments follow.
        """
        revision = None
        async with self._changes.of(principal.org_id, session_id) as change:
            before = await _find(change, segment_id)
            after = before
            if "speaker" in wanted:
                after = await _label(change, principal, after, wanted["speaker"])
            if "text" in wanted:
                after = await _reworded(after, wanted["text"])
            if after.shown.edited and after != before:
                await _keep(change, principal, after)
            elif before.shown.edited and not after.shown.edited:
                after, revision = await _take_back(change, after)
            elif after != before:
                await _save(change, after)
            merges = await speakers.merges(change.connection, session_id)
            told = wire_segment(replace(after.shown, speaker=followed(after.shown.speaker, merges)))
            if after.shown != before.shown:
                change.event("segment.edited", told)
                await after_stop.index_again(change)
        if revision is not None:
            self._hints.plan(principal.org_id, session_id, revision)
        return wire_model(told)


def wire_model(segment: dict[str, Any]) -> WireSegment:
    return WireSegment.model_validate(segment, strict=False)


async def _find(change: Change, segment_id: UUID) -> _Found:
    correction = await corrections.get(change.connection, change.session.id, change.key, segment_id)
    if correction is not None:
        return _Found(correction.window_id, correction.segment, correction.recognised)
    found = await segments.get(change.connection, change.session.id, change.key, segment_id)
    if found is None:
        raise NotFound("there is no such segment")
    window_id, segment = found
    return _Found(window_id, segment, segment)


async def _label(change: Change, principal: Principal, found: _Found, speaker: str | None) -> _Found:
    """The segment with another speaker, who is known from now on."""
    if speaker is not None:
        await known_speaker(change, speaker)
    shown = replace(found.shown, speaker=speaker)
    await speaker_labels.save(change.connection, principal.org_id, change.session.id, principal.user_id, shown)
    return replace(found, shown=shown, recognised=replace(found.recognised, speaker=speaker))


async def _reworded(found: _Found, text: str | None) -> _Found:
    """With a person's text, or with the recogniser's where there is none."""
    heard = found.recognised
    if text is None:
        return replace(found, shown=heard)
    # A text that was made to be hard to align takes a second.
    words = await asyncio.to_thread(timed_words, text, heard.words, heard.start_ms, heard.end_ms)
    return replace(found, shown=replace(heard, text=text, words=words, edited=True))


async def _keep(change: Change, principal: Principal, found: _Found) -> None:
    """The person's text from now on, in the place of the segment that was recognised."""
    correction = Correction(found.window_id, found.shown, found.recognised)
    session = change.session
    await corrections.save(change.connection, session.org_id, session.id, change.key, principal.user_id, correction)
    await segments.delete(change.connection, session.id, [found.shown.id])


async def _take_back(change: Change, found: _Found) -> tuple[_Found, int]:
    """Put back what was recognised, unless its window has left the plan: others have words for the place then.

    The session's revision too, for a hint: a worker folds the place anew.
    """
    session_id = change.session.id
    await corrections.withdraw(change.connection, session_id, found.shown.id)
    revision = await rows.wake_planning(change.connection, session_id)
    if await windows.is_planned(change.connection, session_id, found.window_id):
        await _save(change, found)
        return found, revision
    return replace(found, shown=replace(found.shown, text="", words=())), revision


async def _save(change: Change, found: _Found) -> None:
    await segments.save(
        change.connection, change.session.org_id, change.session.id, change.key, [(found.window_id, found.shown)]
    )
