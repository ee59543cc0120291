"""A change of a session: its row locked, its events in the same transaction, announced once committed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

from session_core.announcement import Announcements
from session_core.envelope import Key
from session_core.errors import NotFound
from session_core.keyring import Keyring
from session_core.session import Session, SessionState
from session_core.storage import events, sessions
from session_core.storage.database import Connection, Database


class Change:
    """What happens to one session in one transaction. ``session`` is as it was at the beginning."""

    def __init__(self, connection: Connection, session: Session, key: Key) -> None:
        self.connection = connection
        self.session = session
        self.key = key
        self.state = session.state
        self._events: list[tuple[str, dict[str, Any]]] = []

    def event(self, type_: str, data: dict[str, Any]) -> None:
        """To be appended, in this order, when the block ends."""
        self._events.append((type_, data))

    async def set_state(self, state: SessionState) -> None:
        if state is not self.state:
            self.state = state
            await sessions.set_state(self.connection, self.session.id, state)
            self.event("session.state", {"state": state.value})

    def window_failed(self, window_id: UUID, start_sample: int, end_sample: int, code: str) -> None:
        """Show a stretch (samples at 16 kHz) as failed; an empty ``code`` says that it is not any more."""
        self.event(
            "window.failed",
            {
                "window_id": str(window_id),
                "start_ms": start_sample * 1000 // 16_000,
                "end_ms": end_sample * 1000 // 16_000,
                "code": code,
            },
        )

    async def append_events(self) -> int | None:
        return await events.append(self.connection, self.session.org_id, self.session.id, self.key, self._events)


class Changes:
    """Opens changes; the one way in which a session's row, its events and their announcement belong together."""

    def __init__(self, database: Database, keyring: Keyring, announcements: Announcements) -> None:
        self._database = database
        self._keyring = keyring
        self._announcements = announcements

    @asynccontextmanager
    async def of(self, org_id: UUID, session_id: UUID) -> AsyncIterator[Change]:
        """Persist, then announce. :class:`NotFound` also for another organisation's session."""
        key = await self._keyring.session(org_id, session_id)
        async with self._database.organisation(org_id) as connection:
            session = await sessions.get(connection, session_id, key, lock=True)
            if session is None:
                raise NotFound("there is no such session")
            change = Change(connection, session, key)
            yield change
            head = await change.append_events()
        if head is not None:
            self._announcements.committed(session_id, head)
