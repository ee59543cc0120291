"""Archives: which file in the object store holds a session's audio, and files that no session needs any more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from session_core.archive.archive_file import ArchivedChunk
from session_core.errors import Unavailable
from session_core.storage.database import Connection
from session_core.storage.steps import StepClaim

UNNAMED_AGE_S = 24 * 3600.0
"""A file that no row names may have a writer who is about to publish it, until it is this old."""

PUBLISH_WITHIN_S = UNNAMED_AGE_S / 2
"""Half of that leaves room for clocks that differ."""


@dataclass(frozen=True, slots=True)
class Orphan:
    org_id: UUID
    object: UUID


async def folder(connection: Connection) -> UUID:
    """This installation's own in the object store."""
    found: UUID = await connection.fetchval("SELECT archive FROM installation")
    return found


async def now(connection: Connection) -> datetime:
    at: datetime = await connection.fetchval("SELECT clock_timestamp()")
    return at


async def publish(
    connection: Connection, claim: StepClaim, object_id: UUID, chunks: Sequence[ArchivedChunk], begun: datetime
) -> None:
    """Let go of the audio in the rows of exactly these chunks: it is in the file now. The file before is an orphan.

    ``begun`` is when writing the file began, on the database's clock. Raises :class:`Unavailable` where that is so
    long ago that the file may have been swept.
    """
    named = await connection.execute(
        """
        INSERT INTO archives (org_id, session_id, object, generation)
        SELECT $1::uuid, $2::uuid, $3::uuid, $4::integer
        WHERE clock_timestamp() < $5::timestamptz + make_interval(secs => $6)
        ON CONFLICT (session_id) DO UPDATE SET
          object = excluded.object, generation = excluded.generation, archived_at = clock_timestamp()
        """,
        claim.org_id,
        claim.session_id,
        object_id,
        claim.generation,
        begun,
        PUBLISH_WITHIN_S,
    )
    freed = await connection.execute(
        """
        UPDATE chunks c SET audio = NULL, archive_offset = a.first, archive_length = a.length
        FROM unnest($2::integer[], $3::bigint[], $4::integer[], $5::bytea[]) AS a (seq, first, length, sha256)
        WHERE c.session_id = $1 AND c.seq = a.seq AND c.sha256 = a.sha256
        """,
        claim.session_id,
        [chunk.seq for chunk in chunks],
        [chunk.offset for chunk in chunks],
        [chunk.length for chunk in chunks],
        [chunk.sha256 for chunk in chunks],
    )
    if named != "INSERT 0 1" or freed != f"UPDATE {len(chunks)}":
        raise Unavailable("the archive is not that of the rows any more")


async def claim_orphans(connection: Connection, kept_s: float, pause_s: float, limit: int) -> list[Orphan]:
    """Files that were let go ``kept_s`` ago, of whatever organisation; one that is not forgotten is handed out again
    after ``pause_s``."""
    rows = await connection.fetch(
        "SELECT org_id, object FROM claim_orphans(make_interval(secs => $1), make_interval(secs => $2), $3)",
        kept_s,
        pause_s,
        limit,
    )
    return [Orphan(**dict(row)) for row in rows]


async def forget_orphan(connection: Connection, orphan: Orphan) -> None:
    await connection.execute("DELETE FROM archive_orphans WHERE object = $1", orphan.object)


async def unnamed(connection: Connection, objects: Sequence[UUID]) -> list[UUID]:
    """Which of these files nothing in the database knows."""
    rows = await connection.fetch("SELECT object FROM unnamed_objects($1)", list(objects))
    return [row["object"] for row in rows]


async def revive(connection: Connection, after_s: float) -> None:
    """Have archiving tried again that was given up ``after_s`` ago."""
    await connection.execute("SELECT revive_archiving(make_interval(secs => $1))", after_s)
