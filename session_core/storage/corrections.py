"""Corrections: the text of segments as people wrote it, kept from whatever is recognised later."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

import asyncpg
import orjson

from session_core.correction import CorrectedPlace
from session_core.envelope import Key, correction_label
from session_core.messages.segment import segment_from_wire, wire_segment
from session_core.segment import Segment
from session_core.storage.database import Connection


@dataclass(frozen=True, slots=True)
class Correction:
    """``segment`` is as the person wrote it, an empty text removes it; ``recognised`` is what stood there before, of
    window ``window_id``. Both have the same id and extent."""

    window_id: UUID
    segment: Segment
    recognised: Segment


async def save(
    connection: Connection, org_id: UUID, session_id: UUID, key: Key, user_id: UUID, correction: Correction
) -> None:
    """In place of the one that the segment had."""
    body = {"segment": wire_segment(correction.segment), "recognised": wire_segment(correction.recognised)}
    segment = correction.segment
    await connection.execute(
        """
        INSERT INTO corrections (org_id, session_id, segment_id, window_id, start_ms, end_ms, edited_by, body)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        ON CONFLICT (session_id, segment_id) DO UPDATE SET
          window_id = excluded.window_id, start_ms = excluded.start_ms, end_ms = excluded.end_ms, withdrawn = false,
          edited_by = excluded.edited_by, edited_at = clock_timestamp(), body = excluded.body
        """,
        org_id,
        session_id,
        segment.id,
        correction.window_id,
        segment.start_ms,
        segment.end_ms,
        user_id,
        key.seal(orjson.dumps(body), correction_label(session_id, segment.id)),
    )


async def rewrite(connection: Connection, session_id: UUID, key: Key, correction: Correction) -> None:
    """Change what is kept, not who corrected it and when."""
    body = {"segment": wire_segment(correction.segment), "recognised": wire_segment(correction.recognised)}
    await connection.execute(
        "UPDATE corrections SET body = $3 WHERE session_id = $1 AND segment_id = $2",
        session_id,
        correction.segment.id,
        key.seal(orjson.dumps(body), correction_label(session_id, correction.segment.id)),
    )


async def get(connection: Connection, session_id: UUID, key: Key, segment_id: UUID) -> Correction | None:
    row = await connection.fetchrow(
        """
        SELECT segment_id, window_id, body FROM corrections
        WHERE session_id = $1 AND segment_id = $2 AND NOT withdrawn
        """,
        session_id,
        segment_id,
    )
    return _open(key, session_id, row) if row else None


async def of_session(connection: Connection, session_id: UUID, key: Key) -> list[Correction]:
    rows = await connection.fetch(
        "SELECT segment_id, window_id, body FROM corrections WHERE session_id = $1 AND NOT withdrawn", session_id
    )
    return [_open(key, session_id, row) for row in rows]


async def places(connection: Connection, session_id: UUID, start_ms: int, end_ms: int) -> list[CorrectedPlace]:
    """Where corrected text stands that touches ``[start_ms, end_ms]``, in order."""
    rows = await connection.fetch(
        """
        SELECT segment_id, start_ms, end_ms FROM corrections
        WHERE session_id = $1 AND NOT withdrawn AND start_ms <= $3 AND end_ms >= $2 ORDER BY start_ms, segment_id
        """,
        session_id,
        start_ms,
        end_ms,
    )
    return [CorrectedPlace(**dict(row)) for row in rows]


async def withdraw(connection: Connection, session_id: UUID, segment_id: UUID) -> None:
    """The recogniser's text counts again; the place is left for :func:`take_withdrawn`."""
    await connection.execute(
        "UPDATE corrections SET withdrawn = true WHERE session_id = $1 AND segment_id = $2", session_id, segment_id
    )


async def take_withdrawn(connection: Connection, session_id: UUID) -> list[CorrectedPlace]:
    """The places at which a correction was taken back; they are forgotten with this transaction."""
    rows = await connection.fetch(
        "DELETE FROM corrections WHERE session_id = $1 AND withdrawn RETURNING segment_id, start_ms, end_ms", session_id
    )
    return [CorrectedPlace(**dict(row)) for row in rows]


def _open(key: Key, session_id: UUID, row: asyncpg.Record) -> Correction:
    plain = orjson.loads(key.open(row["body"], correction_label(session_id, row["segment_id"])))
    return Correction(row["window_id"], segment_from_wire(plain["segment"]), segment_from_wire(plain["recognised"]))
