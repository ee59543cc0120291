"""The event log: every visible change, appended in the transaction that makes it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import asyncpg
import orjson

from session_core.envelope import Key, event_label
from session_core.storage.database import Connection


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """One visible change; ``data`` as protocol.md describes it for ``type``."""

    session_id: UUID
    version: int
    type: str
    at: datetime
    data: dict[str, Any]

    def to_wire(self) -> dict[str, Any]:
        return {
            "session_id": str(self.session_id),
            "version": self.version,
            "type": self.type,
            "at": self.at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "data": self.data,
        }


async def append(
    connection: Connection, org_id: UUID, session_id: UUID, key: Key, changes: Iterable[tuple[str, dict[str, Any]]]
) -> int | None:
    """Append ``(type, data)`` events and return the new head version, or None where there are none.

    The versions are taken by an UPDATE of the session row, whose lock is held until the commit: a reader
    that has seen version n has seen all that is older.
    """
    listed = list(changes)
    if not listed:
        return None
    head: int = await connection.fetchval(
        "UPDATE sessions SET version = version + $2 WHERE id = $1 RETURNING version", session_id, len(listed)
    )
    first = head - len(listed) + 1
    versions = list(range(first, head + 1))
    await connection.execute(
        """
        INSERT INTO events (org_id, session_id, version, type, body)
        SELECT $1, $2, new.version, new.type, new.body
        FROM unnest($3::bigint[], $4::text[], $5::bytea[]) AS new (version, type, body)
        """,
        org_id,
        session_id,
        versions,
        [type_ for type_, _ in listed],
        [
            key.seal(orjson.dumps(data), event_label(session_id, version))
            for version, (_, data) in zip(versions, listed, strict=True)
        ],
    )
    return head


async def after(connection: Connection, session_id: UUID, key: Key, version: int, limit: int) -> list[StoredEvent]:
    """Up to ``limit`` events newer than ``version``, in order."""
    rows = await connection.fetch(
        """
        SELECT version, type, at, body FROM events
        WHERE session_id = $1 AND version > $2 ORDER BY version LIMIT $3
        """,
        session_id,
        version,
        limit,
    )
    return [_open(key, session_id, row) for row in rows]


async def of_type(connection: Connection, session_id: UUID, key: Key, type_: str) -> list[StoredEvent]:
    """Every event of a type, in order; for types of which a session has few."""
    rows = await connection.fetch(
        "SELECT version, type, at, body FROM events WHERE session_id = $1 AND type = $2 ORDER BY version",
        session_id,
        type_,
    )
    return [_open(key, session_id, row) for row in rows]


async def newest(connection: Connection, session_id: UUID, key: Key, type_: str) -> StoredEvent | None:
    row = await connection.fetchrow(
        """
        SELECT version, type, at, body FROM events
        WHERE session_id = $1 AND type = $2 ORDER BY version DESC LIMIT 1
        """,
        session_id,
        type_,
    )
    return _open(key, session_id, row) if row else None


def _open(key: Key, session_id: UUID, row: asyncpg.Record) -> StoredEvent:
    return StoredEvent(
        session_id=session_id,
        version=row["version"],
        type=row["type"],
        at=row["at"],
        data=orjson.loads(key.open(row["body"], event_label(session_id, row["version"]))),
    )
