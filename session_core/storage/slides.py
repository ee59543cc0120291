"""Slides: what a diarizer made of a session's audio, in blocks, sealed; see ``chunk_workers.speakers.slides``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from session_core.envelope import Key, slides_label
from session_core.storage.database import Connection


@dataclass(frozen=True, slots=True)
class BlockName:
    """``id`` is made of the audio: another id at the same ``place`` is of audio that has changed since."""

    place: int
    id: UUID


async def save(
    connection: Connection, org_id: UUID, session_id: UUID, key: Key, block: BlockName, maker: str, body: bytes
) -> None:
    """In place of what was there. The session may have gone meanwhile: then nothing is kept."""
    await connection.execute(
        """
        INSERT INTO slides (org_id, session_id, place, id, maker, body)
        SELECT $1, $2, $3, $4, $5, $6 FROM sessions WHERE id = $2
        ON CONFLICT (session_id, place) DO UPDATE SET id = excluded.id, maker = excluded.maker, body = excluded.body
        """,
        org_id,
        session_id,
        block.place,
        block.id,
        maker,
        key.seal(body, slides_label(session_id, block.id)),
    )


async def next_place(connection: Connection, session_id: UUID, maker: str) -> int:
    """Behind the last block that is kept."""
    place: int = await connection.fetchval(
        "SELECT coalesce(max(place) + 1, 0) FROM slides WHERE session_id = $1 AND maker = $2", session_id, maker
    )
    return place


async def kept(
    connection: Connection, session_id: UUID, key: Key, blocks: Sequence[BlockName], maker: str
) -> dict[UUID, bytes]:
    """Those of the blocks that are there, of this maker."""
    rows = await connection.fetch(
        "SELECT id, body FROM slides WHERE session_id = $1 AND id = ANY($2::uuid[]) AND maker = $3",
        session_id,
        [block.id for block in blocks],
        maker,
    )
    return {row["id"]: key.open(row["body"], slides_label(session_id, row["id"])) for row in rows}
