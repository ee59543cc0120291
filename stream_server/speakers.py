"""Speakers as people name them and find two of them to be one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from uuid import UUID

from session_core import after_stop
from session_core.change import Change, Changes
from session_core.errors import Invalid, NotFound
from session_core.keyring import Keyring
from session_core.messages.segment import wire_segment
from session_core.messages.speaker import SpeakerList, WireSpeaker, wire_speaker
from session_core.principal import Principal
from session_core.segment import Segment
from session_core.speaker import MOST_SPEAKERS, Speaker, followed, is_by_way_of, merges_of, refuse_circle
from session_core.storage import corrections, segments, sessions, speakers
from session_core.storage.database import Database
from stream_server.request_limit import RequestLimit

UNMERGES_PER_MINUTE = 12
"""Of one user on one node. Each opens every segment of a session and may tell every one of them anew: as ordinary
requests they would let one person fill the event log with millions of entries a minute."""


class Speakers:
    def __init__(self, database: Database, keyring: Keyring, changes: Changes) -> None:
        self._database = database
        self._keyring = keyring
        self._changes = changes
        self._unmerges = RequestLimit(UNMERGES_PER_MINUTE)

    async def listed(self, principal: Principal, session_id: UUID) -> SpeakerList:
        key = await self._keyring.session(principal.org_id, session_id)
        async with self._database.organisation(principal.org_id) as connection:
            if await sessions.wrapped_key(connection, session_id) is None:
                raise NotFound("there is no such session")
            found = await speakers.of_session(connection, session_id, key)
        return SpeakerList(items=[wire_model(speaker) for speaker in found])

    async def name(self, principal: Principal, session_id: UUID, speaker_id: str, name: str | None) -> WireSpeaker:
        """Name a speaker, who is new where nobody named or labelled them before; no name takes it back."""
        async with self._changes.of(principal.org_id, session_id) as change:
            before = await known_speaker(change, speaker_id, name or None)
            return wire_model(await _save(change, before, replace(before, name=name or None, recognised=False)))

    async def merge(self, principal: Principal, session_id: UUID, speaker_id: str, into: str) -> WireSpeaker:
        """From now on whatever names the speaker means ``into``. Both must be known.

        Raises :class:`RateLimited` where the speaker was merged into somebody else, and too many merges were undone
        within a minute.
        """
        async with self._changes.of(principal.org_id, session_id) as change:
            known = {speaker.id: speaker for speaker in await _of_session(change)}
            before = _found(known, speaker_id)
            merges = merges_of(known.values())
            refuse_circle(speaker_id, _found(known, into).id, merges)
            return await self._remerge(principal, change, before, into, merges)

    async def separate(
        self, principal: Principal, session_id: UUID, speaker_id: str, expected: str | None = None
    ) -> WireSpeaker:
        """Take a merge back, so that the speaker is somebody again; whoever was merged into them stays merged.

        Raises :class:`Invalid` where that merge is into somebody else than ``expected``, and :class:`RateLimited`
        where too many merges were undone within a minute.
        """
        async with self._changes.of(principal.org_id, session_id) as change:
            known = {speaker.id: speaker for speaker in await _of_session(change)}
            before = _found(known, speaker_id)
            if expected is not None and before.merged_into not in (None, expected):
                raise Invalid("the speaker was merged into somebody else meanwhile")
            return await self._remerge(principal, change, before, None, merges_of(known.values()))

    async def _remerge(
        self, principal: Principal, change: Change, before: Speaker, into: str | None, merges: Mapping[str, str]
    ) -> WireSpeaker:
        """Merge the speaker into somebody, or into nobody; ``merges`` is how it was until now.

        Segments were told with the speaker at the end of the merges. Where a merge ends, nobody but the server knows
        which of them were whose, so these are told anew.
        """
        if before.merged_into is None or into == before.merged_into:
            return wire_model(await _save(change, before, replace(before, merged_into=into)))
        self._unmerges.take(principal.user_id)
        after = await _save(change, before, replace(before, merged_into=into))
        others = {one: other for one, other in merges.items() if one != before.id}
        meant = others | {before.id: into} if into is not None else others
        for segment in await _shown(change):
            if is_by_way_of(segment.speaker, before.id, merges):
                change.event("segment.edited", wire_segment(replace(segment, speaker=followed(segment.speaker, meant))))
        return wire_model(after)


async def known_speaker(change: Change, speaker_id: str, name: str | None = None) -> Speaker:
    """The speaker, made with ``name`` where the session has none of this id."""
    listed = await _of_session(change)
    found = next((speaker for speaker in listed if speaker.id == speaker_id), None)
    if found is not None:
        return found
    if len(listed) >= MOST_SPEAKERS:
        raise Invalid(f"a session has {MOST_SPEAKERS} speakers at most")
    return await _save(change, None, Speaker(speaker_id, name))


def wire_model(speaker: Speaker) -> WireSpeaker:
    return WireSpeaker.model_validate(wire_speaker(speaker))


def _found(known: Mapping[str, Speaker], speaker_id: str) -> Speaker:
    if speaker_id not in known:
        raise NotFound("there is no such speaker")
    return known[speaker_id]


async def _shown(change: Change) -> list[Segment]:
    """Every segment that has a text, in order."""
    session_id = change.session.id
    recognised = await segments.transcript(change.connection, session_id, change.key)
    corrected = await corrections.of_session(change.connection, session_id, change.key)
    shown = recognised + [correction.segment for correction in corrected if correction.segment.text]
    return sorted(shown, key=lambda segment: (segment.start_ms, segment.id))


async def _of_session(change: Change) -> list[Speaker]:
    return await speakers.of_session(change.connection, change.session.id, change.key)


async def _save(change: Change, before: Speaker | None, after: Speaker) -> Speaker:
    if after != before:
        await speakers.save(change.connection, change.session.org_id, change.session.id, change.key, after)
        change.event("speaker.updated", wire_speaker(after))
        await after_stop.index_again(change)
    return after
