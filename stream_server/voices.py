"""A user's own voice: enrolled from a sample that was spoken for it or from a session in which it was heard, only when
its owner asks for it, and deleted at a word."""

from __future__ import annotations

import base64
import binascii
from typing import Final
from uuid import UUID

from session_core.errors import BadMedia, Invalid, NotFound, Unavailable
from session_core.keyring import Keyring
from session_core.media_type import media_type_of
from session_core.messages.voice import VoiceSpoken, VoiceView
from session_core.principal import Principal
from session_core.storage import artifacts, enrolled_voices, sessions
from session_core.storage.artifacts import LABELS
from session_core.storage.database import Database
from session_core.storage.enrolled_voices import EnrolledVoice
from session_core.voice_sample import HeardSample, VoiceSample, check_heard, check_sample
from stream_server.questions import Questions

HEARD_WITHIN_S: Final = 20.0


class Voices:
    def __init__(self, database: Database, keyring: Keyring, questions: Questions) -> None:
        self._database = database
        self._keyring = keyring
        self._questions = questions

    async def view(self, principal: Principal) -> VoiceView:
        organisation = await self._keyring.organisation(principal.org_id)
        async with self._database.organisation(principal.org_id) as connection:
            at = await enrolled_voices.enrolled_at(connection, principal.user_id)
            voice = await enrolled_voices.get(connection, principal.org_id, principal.user_id, organisation)
        if at is None or voice is None:
            return VoiceView(enrolled_at=None, name=None)
        return VoiceView(enrolled_at=at.isoformat(), name=voice.name)

    async def enrol_spoken(self, principal: Principal, spoken: VoiceSpoken) -> VoiceView:
        """The one voice in the sample is the user's. The audio goes to a worker, who makes the voiceprint, and is kept
        nowhere. Raises ``Invalid`` and ``BadMedia`` with words for who spoke."""
        sample = VoiceSample(media_type_of(spoken.media_type), _decoded(spoken.audio))
        check_sample(sample)
        answered = await self._questions.ask_voice(principal.org_id, sample, HEARD_WITHIN_S)
        if answered is None:
            raise Unavailable("nobody can listen to the sample at the moment", retry_after_s=5.0)
        if "bad_media" in answered:
            raise BadMedia(answered["bad_media"])
        heard = HeardSample(answered["speech_s"], answered["voices"], answered["maker"], tuple(answered["vector"]))
        check_heard(heard)
        return await self._save(principal, EnrolledVoice(spoken.name, heard.maker, heard.vector))

    async def enrol(self, principal: Principal, session_id: UUID, speaker_id: str, name: str) -> VoiceView:
        """The speaker of this session is the user: later sessions call that voice by ``name``. Only in a session that
        the user recorded, so that nobody enrols a voice of other people's sessions."""
        key = await self._keyring.session(principal.org_id, session_id)
        async with self._database.organisation(principal.org_id) as connection:
            session = await sessions.get(connection, session_id, key)
            if session is None:
                raise NotFound("there is no such session")
            if session.created_by != principal.user_id:
                raise Invalid("one's voice is enrolled from a session that one recorded oneself")
            labels = await artifacts.newest(connection, session_id, key, LABELS)
        vector = labels.body["voices"].get(speaker_id) if labels else None
        if labels is None or vector is None:
            raise NotFound("no voice is known of this speaker")
        return await self._save(principal, EnrolledVoice(name, labels.maker, tuple(vector)))

    async def forget(self, principal: Principal) -> None:
        async with self._database.organisation(principal.org_id) as connection:
            await enrolled_voices.delete(connection, principal.user_id)

    async def _save(self, principal: Principal, voice: EnrolledVoice) -> VoiceView:
        organisation = await self._keyring.organisation(principal.org_id)
        async with self._database.organisation(principal.org_id) as connection:
            at = await enrolled_voices.save(connection, principal.org_id, principal.user_id, organisation, voice)
        return VoiceView(enrolled_at=at.isoformat(), name=voice.name)


def _decoded(audio: str) -> bytes:
    try:
        return base64.b64decode(audio, validate=True)
    except binascii.Error:
        raise Invalid("missing or wrong: audio") from None
