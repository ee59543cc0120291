"""Speakers as people name them and find two of them to be one."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from session_core.change import Change, Changes
from session_core.errors import Invalid, NotFound
from session_core.keyring import Keyring
from session_core.messages import SpeakerList, WireSpeaker, wire_speaker
from session_core.principal import Principal
from session_core.speaker import MOST_SPEAKERS, Speaker, refuse_circle
from session_core.storage import sessions, speakers
from session_core.storage.database import Database


class Speakers:
    def __init__(self, database: Database, keyring: Keyring, changes: Changes) -> None:
        self._database = database
        self._keyring = keyring
        self._changes = changes

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
            return wire_model(await _save(change, before, replace(before, name=name or None)))

    async def merge(self, principal: Principal, session_id: UUID, speaker_id: str, into: str) -> WireSpeaker:
        """From now on whatever names the speaker means ``into``. Both must be known."""
        async with self._changes.of(principal.org_id, session_id) as change:
            known = {speaker.id: speaker for speaker in await _of_session(change)}
            if speaker_id not in known or into not in known:
                raise NotFound("there is no such speaker")
            merges = {speaker.id: speaker.merged_into for speaker in known.values() if speaker.merged_into}
            refuse_circle(speaker_id, into, merges)
            before = known[speaker_id]
            return wire_model(await _save(change, before, replace(before, merged_into=into)))


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


async def _of_session(change: Change) -> list[Speaker]:
    return await speakers.of_session(change.connection, change.session.id, change.key)


async def _save(change: Change, before: Speaker | None, after: Speaker) -> Speaker:
    if after != before:
        await speakers.save(change.connection, change.session.org_id, change.session.id, change.key, after)
        change.event("speaker.updated", wire_speaker(after))
    return after
