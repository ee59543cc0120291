"""Keys of organisations and sessions, unwrapped once and kept for a while."""

from __future__ import annotations

from collections import OrderedDict
from uuid import UUID

from session_core.envelope import Key, organisation_label, session_label
from session_core.errors import NotFound
from session_core.storage import accounts, sessions
from session_core.storage.database import Connection, Database

LARGEST = 20_000


class Keyring:
    """Asks Postgres for a wrapped key only where the key is not at hand; forgets the least used.

    A cached key gives no access: rows are read under the organisation's policy either way.
    """

    def __init__(self, database: Database, master: Key) -> None:
        self._database = database
        self._master = master
        self._keys: OrderedDict[tuple[UUID, UUID | None], Key] = OrderedDict()

    async def organisation(self, org_id: UUID) -> Key:
        if key := self._cached((org_id, None)):
            return key
        async with self._database.organisation(org_id) as connection:
            wrapped = await accounts.organisation_key(connection, org_id)
        if wrapped is None:
            raise NotFound("there is no such organisation")
        return self._keep((org_id, None), self._master.unwrap(wrapped, organisation_label(org_id)))

    async def session(self, org_id: UUID, session_id: UUID) -> Key:
        """:class:`NotFound` also for the session of another organisation."""
        if key := self._cached((org_id, session_id)):
            return key
        organisation = await self.organisation(org_id)
        async with self._database.organisation(org_id) as connection:
            wrapped = await sessions.wrapped_key(connection, session_id)
        if wrapped is None:
            raise NotFound("there is no such session")
        return self._keep((org_id, session_id), organisation.unwrap(wrapped, session_label(session_id)))

    def unwrap_session(self, organisation: Key, session_id: UUID, wrapped: bytes) -> Key:
        return organisation.unwrap(wrapped, session_label(session_id))

    def wrap_session(self, organisation: Key, session_id: UUID, key: Key) -> bytes:
        return organisation.wrap(key, session_label(session_id))

    async def create_organisation(self, connection: Connection, org_id: UUID, name: str) -> None:
        key = Key.generate()
        await accounts.insert_organisation(connection, org_id, name, self._master.wrap(key, organisation_label(org_id)))

    def forget(self, org_id: UUID, session_id: UUID) -> None:
        self._keys.pop((org_id, session_id), None)

    def _cached(self, place: tuple[UUID, UUID | None]) -> Key | None:
        key = self._keys.get(place)
        if key is not None:
            self._keys.move_to_end(place)
        return key

    def _keep(self, place: tuple[UUID, UUID | None], key: Key) -> Key:
        self._keys[place] = key
        while len(self._keys) > LARGEST:
            self._keys.popitem(last=False)
        return key
