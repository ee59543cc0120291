"""The vocabularies of an organisation and of its patients: what people say of them, and what sessions keep of them."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from session_core.change import Change
from session_core.envelope import Key
from session_core.errors import EditConflict
from session_core.keyring import Keyring
from session_core.messages.vocabulary import VocabularyEdit, VocabularyView
from session_core.principal import Principal
from session_core.storage import vocabulary as rows
from session_core.storage import windows
from session_core.storage.database import Connection, Database
from session_core.title_index import patient_term
from session_core.vocabulary import MOST_OF_ORGANISATION, MOST_OF_PATIENT, Hotwords, Vocabulary, normalised


class Vocabularies:
    """Where no patient is named, the organisation's own is meant."""

    def __init__(self, database: Database, keyring: Keyring) -> None:
        self._database = database
        self._keyring = keyring

    async def view(self, principal: Principal, patient_id: str | None = None) -> VocabularyView:
        organisation = await self._keyring.organisation(principal.org_id)
        async with self._database.organisation(principal.org_id) as connection:
            patient = patient_term(organisation, patient_id)
            return _view(await rows.get(connection, principal.org_id, organisation, patient))

    async def save(self, principal: Principal, wanted: VocabularyEdit, patient_id: str | None = None) -> VocabularyView:
        """Sessions that begin from now on are heard with it. :class:`EditConflict` where another version is there than
        the one that was edited."""
        words = normalised(wanted.words, MOST_OF_ORGANISATION if patient_id is None else MOST_OF_PATIENT)
        saved = Vocabulary(words, wanted.version + 1)
        organisation = await self._keyring.organisation(principal.org_id)
        patient = patient_term(organisation, patient_id)
        async with self._database.organisation(principal.org_id) as connection:
            before = await rows.get(connection, principal.org_id, organisation, patient)
            if before.version != wanted.version or not await rows.save(
                connection, principal.org_id, principal.user_id, organisation, patient, saved
            ):
                raise EditConflict("somebody else has changed these words since")
        return _view(saved)


async def keep_hotwords(
    connection: Connection, org_id: UUID, session_id: UUID, key: Key, organisation: Key, patient: bytes | None
) -> None:
    """What a session that begins is heard with."""
    await rows.hold(connection, [patient] if patient is not None else [])
    found = Hotwords(
        await _patients_words(connection, org_id, organisation, patient),
        (await rows.get(connection, org_id, organisation, None)).words,
    )
    if found.words:
        await rows.keep_hotwords(connection, org_id, session_id, key, found)


async def hear_with_patients_words(change: Change, organisation: Key, patient: bytes | None) -> bool:
    """The session is this patient's from now on. Where that makes a difference to what it is heard with, all of it is
    to be heard once more; whether there is anything to hear."""
    session = change.session
    before = await rows.hotwords(change.connection, session.id, change.key)
    words = await _patients_words(change.connection, session.org_id, organisation, patient)
    if words == before.patient:
        return False
    await rows.keep_hotwords(change.connection, session.org_id, session.id, change.key, replace(before, patient=words))
    failed = await windows.failed(change.connection, session.id)
    for window in failed:
        change.window_failed(window.id, window.start, window.end, "")
    return await windows.hear_again(change.connection, session.id)


async def _patients_words(
    connection: Connection, org_id: UUID, organisation: Key, patient: bytes | None
) -> tuple[str, ...]:
    return (await rows.get(connection, org_id, organisation, patient)).words if patient is not None else ()


def _view(vocabulary: Vocabulary) -> VocabularyView:
    return VocabularyView(words=list(vocabulary.words), version=vocabulary.version)
