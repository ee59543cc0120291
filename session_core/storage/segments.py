"""Segments: the transcript as it stands."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import asyncpg
import orjson

from session_core.envelope import Key, segment_label
from session_core.messages.segment import segment_from_wire, wire_segment
from session_core.segment import Segment
from session_core.storage.database import Connection


@dataclass(frozen=True, slots=True)
class StoredSegment:
    """A segment's identity and the digest of its content, without opening it."""

    id: UUID
    window_id: UUID
    start_ms: int
    end_ms: int
    generation: int
    digest: bytes


async def of_windows(connection: Connection, session_id: UUID, window_ids: Sequence[UUID]) -> list[StoredSegment]:
    rows = await connection.fetch(
        """
        SELECT id, window_id, start_ms, end_ms, generation, digest FROM segments
        WHERE session_id = $1 AND window_id = ANY($2::uuid[]) ORDER BY start_ms, id
        """,
        session_id,
        list(window_ids),
    )
    return [StoredSegment(**dict(row)) for row in rows]


async def of_dropped_windows(connection: Connection, session_id: UUID) -> list[StoredSegment]:
    """Segments whose window is no closed one of the present plan any more: it left the plan, or is open again."""
    rows = await connection.fetch(
        """
        SELECT s.id, s.window_id, s.start_ms, s.end_ms, s.generation, s.digest
        FROM segments s JOIN windows w ON (w.org_id, w.session_id, w.id) = (s.org_id, s.session_id, s.window_id)
        WHERE s.session_id = $1 AND NOT (w.planned AND w.kind = 'final') ORDER BY s.start_ms, s.id
        """,
        session_id,
    )
    return [StoredSegment(**dict(row)) for row in rows]


def digest(segment: Segment) -> bytes:
    """Of everything but the generation: the same words in the same place are no change."""
    plain = wire_segment(segment)
    del plain["generation"]
    return hashlib.sha256(orjson.dumps(plain, option=orjson.OPT_SORT_KEYS)).digest()


async def save(
    connection: Connection, org_id: UUID, session_id: UUID, key: Key, segments: Sequence[tuple[UUID, Segment]]
) -> None:
    """Write ``(window id, segment)`` pairs, each in place of the segment that had its id."""
    await connection.executemany(
        """
        INSERT INTO segments (org_id, session_id, id, window_id, start_ms, end_ms, generation, digest, body)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        ON CONFLICT (session_id, id) DO UPDATE SET
          start_ms = excluded.start_ms, end_ms = excluded.end_ms, generation = excluded.generation,
          digest = excluded.digest, body = excluded.body
        """,
        [
            (
                org_id,
                session_id,
                segment.id,
                window_id,
                segment.start_ms,
                segment.end_ms,
                segment.generation,
                digest(segment),
                key.seal(orjson.dumps(wire_segment(segment)), segment_label(session_id, segment.id)),
            )
            for window_id, segment in segments
        ],
    )


async def delete(connection: Connection, session_id: UUID, segment_ids: Sequence[UUID]) -> None:
    await connection.execute(
        "DELETE FROM segments WHERE session_id = $1 AND id = ANY($2::uuid[])", session_id, list(segment_ids)
    )


async def get(connection: Connection, session_id: UUID, key: Key, segment_id: UUID) -> tuple[UUID, Segment] | None:
    """The segment with the id of its window."""
    row = await connection.fetchrow(
        "SELECT window_id, body FROM segments WHERE session_id = $1 AND id = $2", session_id, segment_id
    )
    return (row["window_id"], _open(key, session_id, segment_id, row["body"])) if row else None


async def transcript(connection: Connection, session_id: UUID, key: Key) -> list[Segment]:
    """Every segment in order of time. Bounded by the length of a session."""
    return [segment for _, segment in await with_windows(connection, session_id, key)]


async def with_windows(connection: Connection, session_id: UUID, key: Key) -> list[tuple[UUID, Segment]]:
    """The same, each with the id of its window."""
    rows: Sequence[asyncpg.Record] = await connection.fetch(
        "SELECT id, window_id, body FROM segments WHERE session_id = $1 ORDER BY start_ms, id", session_id
    )
    return [(row["window_id"], _open(key, session_id, row["id"], row["body"])) for row in rows]


def _open(key: Key, session_id: UUID, segment_id: UUID, sealed: bytes) -> Segment:
    return segment_from_wire(orjson.loads(key.open(sealed, segment_label(session_id, segment_id))))
