"""Windows: the planned work of recognition and, once done, its words. Who works on one is in ``claims``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import asyncpg
import orjson

from session_core.envelope import Key, window_label
from session_core.language import primary_subtag
from session_core.messages.segment import wire_word, word_from_wire
from session_core.segment import Word
from session_core.storage.database import Connection

TAIL_OF_STOPPED, TAIL, FINAL, AGAIN = 0, 1, 2, 3
"""Priorities, most urgent first: the last windows after Stop, provisional ones, closed windows, re-runs."""

WANTED_WITHIN_S = (0.0, 1.0, 4.0, 60.0)
"""By priority: windows are taken by when they are wanted, so what can wait gets its turn all the same."""

CLOSED, PROVISIONAL = "final", "tail"
"""Kinds of windows: one whose words are final, and the open tail, whose words will be heard again."""


@dataclass(frozen=True, slots=True)
class Extent:
    """A planned window, in samples at 16 kHz; see ``chunk_workers.plan.Window``."""

    id: UUID
    cut: int
    start: int
    end: int
    next_cut: int
    overlaps_previous: bool
    overlaps_next: bool


@dataclass(frozen=True, slots=True)
class PlannedWindow:
    """``words`` are absolute, None where it has none. One that is to be heard once more keeps them until
    then, and where that failed."""

    extent: Extent
    state: str
    generation: int
    words: tuple[Word, ...] | None


@dataclass(frozen=True, slots=True)
class FailedWindow:
    """Samples at 16 kHz; ``code`` of the error that was the last one."""

    id: UUID
    start: int
    end: int
    code: str


@dataclass(frozen=True, slots=True)
class Progress:
    """Of the closed windows. ``unfinished_from``: where the first begins that is to be heard yet, at 16 kHz.
    ``waited_since``: from when on those are waited for, Stop or later; ``heard_since``: how many were heard since.
    ``failed``: those that have no words of an earlier time either."""

    closed: int
    waited_since: datetime | None
    heard_since: int
    unfinished: int
    unfinished_from: int | None
    failed: int


EXTENT = """
    id, cut_sample AS cut, start_sample AS start, end_sample AS end, next_cut_sample AS next_cut,
    overlaps_previous, overlaps_next
"""
"""The columns that :func:`extent_of` takes."""

_EXTENT_FIELDS = tuple(Extent.__dataclass_fields__)


async def due(connection: Connection) -> int:
    """How many windows wait for a worker, counted up to 100."""
    count: int = await connection.fetchval("SELECT due_windows()")
    return count


async def retry_failed(connection: Connection, session_id: UUID) -> list[Extent]:
    """Give every failed window of the present plan a new series of attempts."""
    rows = await connection.fetch(
        f"""
        UPDATE windows SET state = 'pending', tries = 0, due_at = clock_timestamp(), priority = $2, error_code = NULL,
               wanted_at = clock_timestamp() + make_interval(secs => $3)
        WHERE session_id = $1 AND planned AND state = 'failed' AND kind = 'final' RETURNING {EXTENT}
        """,  # noqa: S608
        session_id,
        AGAIN,
        WANTED_WITHIN_S[AGAIN],
    )
    return [extent_of(row) for row in rows]


async def hear_in(connection: Connection, session_id: UUID, language: str) -> bool:
    """Have every window heard in this language (a primary subtag) that was not; whether there is any.

    Those of the plan keep their words until then. Whoever is at one loses it. One whose words are of the language
    still, because it was not heard in the one between, is done.
    """
    status = await connection.execute(
        """
        UPDATE windows SET
          state = CASE WHEN language = $2 AND words IS NOT NULL THEN 'done' ELSE 'pending' END,
          words = CASE WHEN language = $2 OR (planned AND kind = 'final') THEN words END,
          tries = 0, error_code = NULL, lease_until = NULL, due_at = now(),
          priority = CASE WHEN kind = 'final' AND state IN ('done', 'failed') THEN $3 ELSE priority END,
          wanted_at = CASE WHEN kind = 'final' AND state IN ('done', 'failed')
            THEN now() + make_interval(secs => $4 + start_sample / 16000.0) ELSE wanted_at END
        WHERE session_id = $1 AND (
          state IN ('running', 'failed')
          OR (state = 'done' AND language IS DISTINCT FROM $2)
          OR (state = 'pending' AND language = $2 AND words IS NOT NULL))
        """,
        session_id,
        language,
        AGAIN,
        WANTED_WITHIN_S[AGAIN],
    )
    await release_language(connection, session_id, language)
    return bool(status != "UPDATE 0")


async def hear_again(connection: Connection, session_id: UUID) -> bool:
    """Have every window recognised anew, failed ones included; running ones lose their claim. Whether there was any.
    Those that wait are written as well: nobody can claim one before this transaction ends and hear it as it was to be
    heard until then. Those that had been heard come behind what is heard for the first time, in the order and at the
    pace in which they were spoken. Words of those that left the plan or wait already are void as well: they are shown
    until then, and are of no language that they could be done in."""
    status = await connection.execute(
        """
        UPDATE windows SET
          state = 'pending', language = NULL, tries = 0, error_code = NULL, due_at = clock_timestamp(),
          priority = CASE WHEN kind = 'final' AND words IS NOT NULL THEN $2 ELSE priority END,
          wanted_at = CASE WHEN kind = 'final' AND words IS NOT NULL
            THEN statement_timestamp() + make_interval(secs => $3 + start_sample / 16000.0) ELSE wanted_at END
        WHERE session_id = $1
        """,
        session_id,
        AGAIN,
        WANTED_WITHIN_S[AGAIN],
    )
    return bool(status != "UPDATE 0")


async def failed(connection: Connection, session_id: UUID) -> list[FailedWindow]:
    """Windows of the present plan that were given up, in order."""
    rows = await connection.fetch(
        """
        SELECT id, start_sample AS start, end_sample AS end, error_code AS code FROM windows
        WHERE session_id = $1 AND planned AND kind = 'final' AND state = 'failed' ORDER BY start_sample
        """,
        session_id,
    )
    return [FailedWindow(**dict(row)) for row in rows]


async def is_planned(connection: Connection, session_id: UUID, window_id: UUID) -> bool:
    """Whether it is a closed window of the present plan."""
    found: bool = await connection.fetchval(
        """
        SELECT EXISTS (SELECT FROM windows WHERE session_id = $1 AND id = $2 AND planned AND kind = 'final')
        """,
        session_id,
        window_id,
    )
    return found


async def planned(connection: Connection, session_id: UUID, key: Key, *, start: int, end: int) -> list[PlannedWindow]:
    """Closed windows of the present plan that touch ``[start, end)``, in order, with their words."""
    rows = await connection.fetch(
        f"""
        SELECT {EXTENT}, state, generation, words FROM windows
        WHERE session_id = $1 AND planned AND kind = 'final' AND start_sample < $3 AND end_sample > $2
        ORDER BY start_sample
        """,  # noqa: S608
        session_id,
        start,
        end,
    )
    return [
        PlannedWindow(
            extent=extent_of(row),
            state=row["state"],
            generation=row["generation"],
            words=_open_words(key, session_id, row["id"], row["words"]) if row["words"] is not None else None,
        )
        for row in rows
    ]


async def heard(connection: Connection, session_id: UUID) -> list[Extent]:
    """Closed windows of the present plan that were recognised, now or at an earlier time, in order."""
    rows = await connection.fetch(
        f"""
        SELECT {EXTENT} FROM windows
        WHERE session_id = $1 AND planned AND kind = 'final'
          AND (state = 'done' OR (state = 'failed' AND words IS NOT NULL)) ORDER BY start_sample
        """,  # noqa: S608
        session_id,
    )
    return [extent_of(row) for row in rows]


async def extents_from(connection: Connection, session_id: UUID, cut: int) -> list[Extent]:
    """Closed windows of the present plan whose cut is at or after ``cut``, in order."""
    rows = await connection.fetch(
        f"""
        SELECT {EXTENT} FROM windows
        WHERE session_id = $1 AND planned AND kind = 'final' AND cut_sample >= $2 ORDER BY start_sample
        """,  # noqa: S608
        session_id,
        cut,
    )
    return [extent_of(row) for row in rows]


async def cut_before(connection: Connection, session_id: UUID, sample: int) -> int:
    """Where planning may begin anew to take in audio at ``sample``: the cut of the last closed window that
    begins a stretch of its own there or before; 0 where there is none."""
    cut: int | None = await connection.fetchval(
        """
        SELECT max(cut_sample) FROM windows
        WHERE session_id = $1 AND planned AND kind = 'final' AND NOT overlaps_previous AND cut_sample <= $2
        """,
        session_id,
        sample,
    )
    return cut or 0


async def upsert(
    connection: Connection,
    org_id: UUID,
    session_id: UUID,
    extents: Sequence[Extent],
    *,
    kind: str,
    generation: int,
    priority: int,
    language: str | None,
) -> None:
    """Put windows into the plan. One that was there before keeps its words, unless they are of another ``language``
    than the session's; one that had failed is tried again. Closed ones wait while no language is known.

    Each is wanted its own length after the one before it that still waits: see ``migrations/0011.batches.sql``. Behind
    what is heard once more none waits.
    """
    await connection.execute(
        """
        WITH waiting AS (
          SELECT max(wanted_at) AS last FROM windows
          WHERE session_id = $2 AND planned AND state = 'pending' AND kind = $3 AND priority < $15
        )
        INSERT INTO windows (org_id, session_id, id, kind, cut_sample, start_sample, end_sample, next_cut_sample,
                             overlaps_previous, overlaps_next, generation, priority, waits_for_language, wanted_at)
        SELECT $1, $2, new.id, $3, new.cut, new.start, new.stop, new.next_cut, new.before, new.after, $4, $5,
               $3 = 'final' AND $6::text IS NULL,
               new.until + greatest(waiting.last, clock_timestamp() + $14::interval - first_value(new.until) OVER plan)
        FROM waiting, (
          SELECT given.*, sum(make_interval(secs => (stop - start) / 16000.0)) OVER (ORDER BY start) AS until
          FROM unnest($7::uuid[], $8::bigint[], $9::bigint[], $10::bigint[], $11::bigint[], $12::boolean[],
                      $13::boolean[]) AS given (id, cut, start, stop, next_cut, before, after)
        ) AS new
        WINDOW plan AS (ORDER BY new.start)
        ON CONFLICT (org_id, session_id, id) DO UPDATE SET
          planned = true, kind = excluded.kind, priority = excluded.priority, wanted_at = excluded.wanted_at,
          cut_sample = excluded.cut_sample, next_cut_sample = excluded.next_cut_sample,
          overlaps_previous = excluded.overlaps_previous, overlaps_next = excluded.overlaps_next,
          waits_for_language = excluded.waits_for_language,
          -- A tail's failure was told to nobody, and it was heard before the language was known.
          state = CASE
            WHEN excluded.kind = 'final' AND windows.state = 'failed' THEN 'pending'
            WHEN windows.state = 'done' AND windows.language <> $6 THEN 'pending'
            ELSE windows.state END,
          words = CASE WHEN windows.language <> $6 THEN NULL ELSE windows.words END,
          tries = CASE WHEN windows.state = 'failed' AND excluded.kind = 'final' THEN 0 ELSE windows.tries END
        """,
        org_id,
        session_id,
        kind,
        generation,
        priority,
        primary_subtag(language) if language else None,
        [extent.id for extent in extents],
        [extent.cut for extent in extents],
        [extent.start for extent in extents],
        [extent.end for extent in extents],
        [extent.next_cut for extent in extents],
        [extent.overlaps_previous for extent in extents],
        [extent.overlaps_next for extent in extents],
        timedelta(seconds=WANTED_WITHIN_S[priority]),
        AGAIN,
    )


async def drop(connection: Connection, session_id: UUID, window_ids: Sequence[UUID]) -> list[Extent]:
    """Take windows out of the plan and return those that had failed; running ones lose their claim."""
    rows = await connection.fetch(
        f"""
        UPDATE windows SET planned = false, state = CASE WHEN state = 'running' THEN 'pending' ELSE state END
        WHERE session_id = $1 AND id = ANY($2::uuid[]) RETURNING {EXTENT}, state
        """,  # noqa: S608
        session_id,
        list(window_ids),
    )
    return [extent_of(row) for row in rows if row["state"] == "failed"]


async def drop_tails(connection: Connection, session_id: UUID, keep: UUID | None) -> None:
    """Provisional windows are not kept: their words are void once the audio goes on."""
    await connection.execute(
        "DELETE FROM windows WHERE session_id = $1 AND kind = 'tail' AND id IS DISTINCT FROM $2", session_id, keep
    )


async def first_language(connection: Connection, session_id: UUID) -> str | None:
    """The language of the earliest closed window in which words were heard; None while one before it is to be heard
    yet, as may be where the window was the open tail until now."""
    language: str | None = await connection.fetchval(
        """
        SELECT CASE WHEN state = 'done' THEN language END FROM windows
        WHERE session_id = $1 AND planned AND kind = 'final'
          AND state <> 'failed' AND NOT (state = 'done' AND language IS NULL)
        ORDER BY start_sample LIMIT 1
        """,
        session_id,
    )
    return language


async def languages(connection: Connection, session_id: UUID) -> dict[UUID, str]:
    """The language that each window was heard in, of those in which words were heard."""
    rows = await connection.fetch(
        "SELECT id, language FROM windows WHERE session_id = $1 AND kind = 'final' AND language IS NOT NULL", session_id
    )
    return {row["id"]: row["language"] for row in rows}


async def release_language(connection: Connection, session_id: UUID, language: str) -> None:
    """The language is known: no window waits for it any more, and what was heard in another is heard again."""
    await connection.execute(
        """
        UPDATE windows SET
          waits_for_language = false, tries = CASE WHEN state = 'done' THEN 0 ELSE tries END,
          state = CASE WHEN state = 'done' AND language <> $2 THEN 'pending' ELSE state END
        WHERE session_id = $1 AND (waits_for_language OR (state = 'done' AND language <> $2))
        """,
        session_id,
        language,
    )


async def let_one_tell_language(connection: Connection, session_id: UUID) -> None:
    """Let the earliest waiting window go, unless another is on its way already."""
    await connection.execute(
        """
        UPDATE windows SET waits_for_language = false
        WHERE session_id = $1 AND id = (
            SELECT id FROM windows
            WHERE session_id = $1 AND planned AND kind = 'final' AND waits_for_language
            ORDER BY start_sample LIMIT 1)
          AND NOT EXISTS (
            SELECT FROM windows
            WHERE session_id = $1 AND planned AND kind = 'final' AND NOT waits_for_language
              AND state IN ('pending', 'running'))
        """,
        session_id,
    )


async def progress(connection: Connection, session_id: UUID) -> Progress:
    row = await connection.fetchrow(
        """
        WITH plan AS (SELECT * FROM windows WHERE session_id = $1 AND planned AND kind = 'final'),
        waiting AS (
          SELECT greatest(min(plan.due_at), (SELECT stopped_at FROM sessions WHERE id = $1)) AS since
          FROM plan WHERE state IN ('pending', 'running')
        )
        SELECT count(plan.id) AS closed,
               waiting.since AS waited_since,
               count(*) FILTER (WHERE finished_at > waiting.since AND state IN ('done', 'failed')) AS heard_since,
               count(*) FILTER (WHERE state IN ('pending', 'running')) AS unfinished,
               min(start_sample) FILTER (WHERE state IN ('pending', 'running')) AS unfinished_from,
               count(*) FILTER (WHERE state = 'failed' AND words IS NULL) AS failed
        FROM waiting LEFT JOIN plan ON true GROUP BY waiting.since
        """,
        session_id,
    )
    assert row is not None
    return Progress(**dict(row))


def extent_of(row: asyncpg.Record) -> Extent:
    return Extent(*(row[name] for name in _EXTENT_FIELDS))


def seal_words(key: Key, session_id: UUID, window_id: UUID, words: Sequence[Word]) -> bytes:
    return key.seal(orjson.dumps([wire_word(word) for word in words]), window_label(session_id, window_id))


def _open_words(key: Key, session_id: UUID, window_id: UUID, sealed: bytes) -> tuple[Word, ...]:
    return tuple(word_from_wire(word) for word in orjson.loads(key.open(sealed, window_label(session_id, window_id))))
