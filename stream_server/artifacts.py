"""What the steps after Stop published, for those who read it."""

from __future__ import annotations

from uuid import UUID

from session_core.envelope import Key
from session_core.errors import NotFound
from session_core.keyring import Keyring
from session_core.messages.quality import QualityView
from session_core.principal import Principal
from session_core.storage import artifacts
from session_core.storage.artifacts import QUALITY
from session_core.storage.database import Connection, Database


class Artifacts:
    def __init__(self, database: Database, keyring: Keyring) -> None:
        self._database = database
        self._keyring = keyring

    async def quality(self, principal: Principal, session_id: UUID) -> QualityView:
        key = await self._keyring.session(principal.org_id, session_id)
        async with self._database.organisation(principal.org_id) as connection:
            found = await quality_of(connection, session_id, key)
        if found is None:
            raise NotFound("the session is not transcribed yet")
        return found


async def quality_of(connection: Connection, session_id: UUID, key: Key) -> QualityView | None:
    """None where the session is not transcribed yet."""
    found = await artifacts.newest(connection, session_id, key, QUALITY)
    return QualityView.model_validate(found.body | {"generation": found.generation}, strict=False) if found else None
