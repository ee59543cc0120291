"""Workers that are alive, and what they recognise, write notes and compare meanings with."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from session_core.storage.database import Connection

ALIVE_S: Final = 30.0
"""A worker that gave no sign for this long is not counted."""

TOLD_S: Final = 900.0
"""What keeps a worker from starting is told until the next try can have failed: a model may load for ten minutes, and
whoever starts workers again pauses for five at most, as Kubernetes does."""

UNABLE: Final = "none"
"""The recogniser of a worker that could not start."""

STARTING: Final = "starting"
"""The recogniser of a worker that is still loading it, or cannot load it again after it died."""


@dataclass(frozen=True, slots=True)
class Identity:
    """A worker on its ``host``, as /readyz shows it. ``note_leaves``: transcripts leave this installation for the
    writer of notes; ``embedder_leaves``: passages and questions do for what embeds them. ``languages``: primary subtags
    of those that the recogniser knows, None before it has said so."""

    worker: str
    host: str
    recogniser: str
    notice: str
    note_writer: str
    note_leaves: bool
    diarizer: str
    embedder: str
    embedder_leaves: bool
    languages: tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class Engine:
    """What so many ``workers`` are alike in; see ``Identity``."""

    recogniser: str
    notice: str
    note_writer: str
    note_leaves: bool
    diarizer: str
    embedder: str
    embedder_leaves: bool
    workers: int


async def seen(connection: Connection, identity: Identity) -> None:
    """Sign of life; forgets workers that gave none for a day. The first one says that a worker of this host can start
    after all; a later one does not, for another worker there may still be unable to."""
    await connection.execute(
        """
        WITH gone AS (
          DELETE FROM workers
          WHERE seen_at < clock_timestamp() - interval '1 day'
             OR id = $10 AND NOT EXISTS (SELECT FROM workers WHERE id = $1)
        )
        INSERT INTO workers (id, recogniser, notice, note_writer, note_leaves, diarizer, embedder, embedder_leaves,
                             languages)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        ON CONFLICT (id) DO UPDATE SET
          recogniser = excluded.recogniser, notice = excluded.notice, note_writer = excluded.note_writer,
          note_leaves = excluded.note_leaves, diarizer = excluded.diarizer, embedder = excluded.embedder,
          embedder_leaves = excluded.embedder_leaves, languages = excluded.languages, seen_at = clock_timestamp()
        """,
        identity.worker,
        identity.recogniser,
        identity.notice,
        identity.note_writer,
        identity.note_leaves,
        identity.diarizer,
        identity.embedder,
        identity.embedder_leaves,
        identity.languages,
        identity.host,
    )


async def could_not_start(connection: Connection, identity: Identity, why: str) -> None:
    """One row for each host, its newest reason: every try is another worker."""
    await seen(connection, replace(identity, worker=identity.host, recogniser=UNABLE, notice=why))


async def left(connection: Connection, worker: str) -> None:
    await connection.execute("DELETE FROM workers WHERE id = $1", worker)


async def engines(connection: Connection, alive_s: float) -> list[Engine]:
    rows = await connection.fetch(
        """
        SELECT recogniser, notice, note_writer, note_leaves, diarizer, embedder, embedder_leaves, count(*) AS workers
        FROM workers WHERE seen_at > clock_timestamp() - make_interval(secs => $1) AND recogniser <> $2
        GROUP BY recogniser, notice, note_writer, note_leaves, diarizer, embedder, embedder_leaves
        ORDER BY workers DESC, recogniser LIMIT 20
        """,
        alive_s,
        UNABLE,
    )
    return [Engine(**dict(row)) for row in rows]


async def languages(connection: Connection, alive_s: float) -> frozenset[str] | None:
    """Those that every recogniser knows, for a window may go to any; None where none has said yet what it knows."""
    rows = await connection.fetch(
        """
        SELECT DISTINCT languages FROM workers
        WHERE seen_at > clock_timestamp() - make_interval(secs => $1) AND recogniser <> $2 AND languages IS NOT NULL
        """,
        alive_s,
        UNABLE,
    )
    return frozenset.intersection(*(frozenset(row["languages"]) for row in rows)) if rows else None


async def hear(connection: Connection, alive_s: float) -> bool:
    """Whether any of them has a recogniser that is loaded."""
    return bool(
        await connection.fetchval(
            """
            SELECT EXISTS (SELECT FROM workers
            WHERE seen_at > clock_timestamp() - make_interval(secs => $1) AND recogniser NOT IN ($2, $3))
            """,
            alive_s,
            UNABLE,
            STARTING,
        )
    )


async def unable(connection: Connection, told_s: float) -> list[str]:
    """What keeps workers from starting."""
    rows = await connection.fetch(
        """
        SELECT DISTINCT notice FROM workers
        WHERE seen_at > clock_timestamp() - make_interval(secs => $1) AND recogniser = $2
        ORDER BY notice LIMIT 20
        """,
        told_s,
        UNABLE,
    )
    return [row["notice"] for row in rows]
