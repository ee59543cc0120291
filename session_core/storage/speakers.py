"""Speakers of a session: their names, sealed, and who turned out to be whom."""

from __future__ import annotations

from uuid import UUID

from session_core.envelope import Key, speaker_label
from session_core.speaker import Speaker
from session_core.storage.database import Connection


async def of_session(connection: Connection, session_id: UUID, key: Key) -> list[Speaker]:
    rows = await connection.fetch(
        "SELECT id, name, merged_into, recognised FROM speakers WHERE session_id = $1 ORDER BY id", session_id
    )
    return [
        Speaker(
            id=row["id"],
            name=key.open(row["name"], speaker_label(session_id, row["id"])).decode() if row["name"] else None,
            merged_into=row["merged_into"],
            recognised=row["recognised"],
        )
        for row in rows
    ]


async def merges(connection: Connection, session_id: UUID) -> dict[str, str]:
    """Every merged speaker with whom it was merged into, without opening a name."""
    rows = await connection.fetch(
        "SELECT id, merged_into FROM speakers WHERE session_id = $1 AND merged_into IS NOT NULL", session_id
    )
    return {row["id"]: row["merged_into"] for row in rows}


async def save(connection: Connection, org_id: UUID, session_id: UUID, key: Key, speaker: Speaker) -> None:
    """In place of the speaker that had the id."""
    await connection.execute(
        """
        INSERT INTO speakers (org_id, session_id, id, name, merged_into, recognised) VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (org_id, session_id, id) DO UPDATE SET
          name = excluded.name, merged_into = excluded.merged_into, recognised = excluded.recognised
        """,
        org_id,
        session_id,
        speaker.id,
        key.seal(speaker.name.encode(), speaker_label(session_id, speaker.id)) if speaker.name else None,
        speaker.merged_into,
        speaker.recognised,
    )
