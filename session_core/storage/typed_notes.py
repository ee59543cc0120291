"""Typed notes of a session, sealed."""

from __future__ import annotations

from uuid import UUID

import asyncpg

from session_core.envelope import Key, typed_note_label
from session_core.storage.database import Connection
from session_core.typed_note import TypedNote


async def of_session(connection: Connection, session_id: UUID, key: Key) -> list[TypedNote]:
    """In the order of their places."""
    rows = await connection.fetch(
        "SELECT id, at_ms, written_at, body FROM typed_notes WHERE session_id = $1 ORDER BY at_ms, id", session_id
    )
    return [_open(key, session_id, row) for row in rows]


async def get(connection: Connection, session_id: UUID, key: Key, note_id: UUID) -> TypedNote | None:
    row = await connection.fetchrow(
        "SELECT id, at_ms, written_at, body FROM typed_notes WHERE session_id = $1 AND id = $2", session_id, note_id
    )
    return _open(key, session_id, row) if row else None


async def count(connection: Connection, session_id: UUID) -> int:
    found: int = await connection.fetchval("SELECT count(*) FROM typed_notes WHERE session_id = $1", session_id)
    return found


async def save(
    connection: Connection, org_id: UUID, session_id: UUID, key: Key, user_id: UUID, note: TypedNote
) -> None:
    """In place of the note that had the id."""
    await connection.execute(
        """
        INSERT INTO typed_notes (org_id, session_id, id, at_ms, written_by, written_at, body)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        ON CONFLICT (session_id, id) DO UPDATE SET
          at_ms = excluded.at_ms, written_by = excluded.written_by, written_at = excluded.written_at,
          body = excluded.body
        """,
        org_id,
        session_id,
        note.id,
        note.at_ms,
        user_id,
        note.written_at,
        key.seal(note.text.encode(), typed_note_label(session_id, note.id)),
    )


async def delete(connection: Connection, session_id: UUID, note_id: UUID) -> None:
    await connection.execute("DELETE FROM typed_notes WHERE session_id = $1 AND id = $2", session_id, note_id)


def _open(key: Key, session_id: UUID, row: asyncpg.Record) -> TypedNote:
    text = key.open(row["body"], typed_note_label(session_id, row["id"])).decode()
    return TypedNote(row["id"], row["at_ms"], text, row["written_at"])
