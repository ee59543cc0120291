"""Speaker labels: who people said was speaking, by place, so that the answer outlives the segment it was given for."""

from __future__ import annotations

from uuid import UUID

from session_core.segment import Segment
from session_core.speaker import SpeakerLabel
from session_core.storage.database import Connection


async def save(connection: Connection, org_id: UUID, session_id: UUID, user_id: UUID, segment: Segment) -> None:
    """The segment's speaker, as the newest label of its place."""
    await connection.execute(
        """
        INSERT INTO speaker_labels (org_id, session_id, segment_id, start_ms, end_ms, speaker, labelled_by)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        ON CONFLICT (session_id, segment_id) DO UPDATE SET
          start_ms = excluded.start_ms, end_ms = excluded.end_ms, speaker = excluded.speaker,
          turn = DEFAULT, labelled_by = excluded.labelled_by, labelled_at = clock_timestamp()
        """,
        org_id,
        session_id,
        segment.id,
        segment.start_ms,
        segment.end_ms,
        segment.speaker,
        user_id,
    )


async def within(connection: Connection, session_id: UUID, start_ms: int, end_ms: int) -> list[SpeakerLabel]:
    """Labels that touch ``[start_ms, end_ms]``, the newest last."""
    rows = await connection.fetch(
        """
        SELECT start_ms, end_ms, speaker FROM speaker_labels
        WHERE session_id = $1 AND start_ms <= $3 AND end_ms >= $2 ORDER BY turn
        """,
        session_id,
        start_ms,
        end_ms,
    )
    return [SpeakerLabel(**dict(row)) for row in rows]
