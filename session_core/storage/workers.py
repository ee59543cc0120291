"""Workers that are alive, and what they recognise and write notes with."""

from __future__ import annotations

from dataclasses import dataclass

from session_core.storage.database import Connection


@dataclass(frozen=True, slots=True)
class Engine:
    recogniser: str
    notice: str
    note_writer: str
    workers: int


async def seen(connection: Connection, worker: str, recogniser: str, notice: str, note_writer: str) -> None:
    """Sign of life; forgets workers that gave none for a day."""
    await connection.execute(
        """
        WITH gone AS (DELETE FROM workers WHERE seen_at < clock_timestamp() - interval '1 day')
        INSERT INTO workers (id, recogniser, notice, note_writer) VALUES ($1, $2, $3, $4)
        ON CONFLICT (id) DO UPDATE SET
          recogniser = excluded.recogniser, notice = excluded.notice, note_writer = excluded.note_writer,
          seen_at = clock_timestamp()
        """,
        worker,
        recogniser,
        notice,
        note_writer,
    )


async def left(connection: Connection, worker: str) -> None:
    await connection.execute("DELETE FROM workers WHERE id = $1", worker)


async def engines(connection: Connection, alive_s: float) -> list[Engine]:
    rows = await connection.fetch(
        """
        SELECT recogniser, notice, note_writer, count(*) AS workers FROM workers
        WHERE seen_at > clock_timestamp() - make_interval(secs => $1)
        GROUP BY recogniser, notice, note_writer ORDER BY workers DESC, recogniser LIMIT 20
        """,
        alive_s,
    )
    return [Engine(**dict(row)) for row in rows]
