"""Voiceprints: how the voices in each window sound, sealed like its words."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from session_core.envelope import Key, voiceprints_label
from session_core.storage.database import Connection


async def save(
    connection: Connection, org_id: UUID, session_id: UUID, key: Key, window_id: UUID, maker: str, body: bytes
) -> None:
    """In place of those of another ``maker``. The window may have gone meanwhile: then nothing is kept."""
    await connection.execute(
        """
        INSERT INTO voiceprints (org_id, session_id, window_id, maker, body)
        SELECT $1, $2, $3, $4, $5 FROM windows WHERE session_id = $2 AND id = $3
        ON CONFLICT (session_id, window_id) DO UPDATE SET maker = excluded.maker, body = excluded.body
        """,
        org_id,
        session_id,
        window_id,
        maker,
        key.seal(body, voiceprints_label(session_id, window_id)),
    )


async def of_windows(
    connection: Connection, session_id: UUID, key: Key, window_ids: Sequence[UUID], maker: str
) -> dict[UUID, bytes]:
    rows = await connection.fetch(
        """
        SELECT window_id, body FROM voiceprints
        WHERE session_id = $1 AND window_id = ANY($2::uuid[]) AND maker = $3
        """,
        session_id,
        list(window_ids),
        maker,
    )
    return {row["window_id"]: key.open(row["body"], voiceprints_label(session_id, row["window_id"])) for row in rows}
