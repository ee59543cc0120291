"""A user's own voice: enrolled from a session in which it was heard, only when its owner asks for it, and deleted at a
word."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from session_core.errors import NotFound
from session_core.keyring import Keyring
from session_core.messages.voice import VoiceView
from session_core.principal import Principal
from session_core.storage import artifacts, enrolled_voices
from session_core.storage.artifacts import LABELS
from session_core.storage.database import Database
from session_core.storage.enrolled_voices import EnrolledVoice


class Voices:
    def __init__(self, database: Database, keyring: Keyring) -> None:
        self._database = database
        self._keyring = keyring

    async def view(self, principal: Principal) -> VoiceView:
        async with self._database.organisation(principal.org_id) as connection:
            return _view(await enrolled_voices.enrolled_at(connection, principal.user_id))

    async def enrol(self, principal: Principal, session_id: UUID, speaker_id: str, name: str) -> VoiceView:
        """The speaker of this session is the user: later sessions call that voice by ``name``."""
        organisation = await self._keyring.organisation(principal.org_id)
        key = await self._keyring.session(principal.org_id, session_id)
        async with self._database.organisation(principal.org_id) as connection:
            labels = await artifacts.newest(connection, session_id, key, LABELS)
            vector = labels.body["voices"].get(speaker_id) if labels else None
            if labels is None or vector is None:
                raise NotFound("no voice is known of this speaker")
            voice = EnrolledVoice(name, labels.maker, tuple(vector))
            at = await enrolled_voices.save(connection, principal.org_id, principal.user_id, organisation, voice)
        return _view(at)

    async def forget(self, principal: Principal) -> None:
        async with self._database.organisation(principal.org_id) as connection:
            await enrolled_voices.delete(connection, principal.user_id)


def _view(at: datetime | None) -> VoiceView:
    return VoiceView(enrolled_at=at.isoformat() if at else None)
