"""Notes as people have changed or signed them, what a model answered for them, and what that took. All but the last is
sealed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import asyncpg
import orjson

from session_core.envelope import Key, note_answer_label, note_revision_label
from session_core.storage.database import Connection


@dataclass(frozen=True, slots=True)
class Revision:
    """A person's version, from the written notes of ``generation``. People are given by their email addresses.

    Nobody edited a version that was signed as it was written.
    """

    revision: int
    generation: int
    edited_by: str | None
    edited_at: datetime | None
    signed_by: str | None
    signed_at: datetime | None
    body: Any


@dataclass(frozen=True, slots=True)
class Spending:
    """What the session's notes have taken at a provider, whatever came of it: ``tokens``, and US dollars.

    Either is None where it is not known at all. ``uncounted`` answers are in neither.
    """

    tokens: int | None = None
    cost: float | None = None
    uncounted: int = 0


@dataclass(frozen=True, slots=True)
class Signature:
    """Who signed a version, by the email address."""

    revision: int
    signed_by: str | None
    signed_at: datetime


_REVISION: Final = """
    SELECT n.revision, n.generation, e.email AS edited_by, n.edited_at, s.email AS signed_by, n.signed_at, n.body
    FROM note_revisions n
    LEFT JOIN users e ON (e.org_id, e.id) = (n.org_id, n.edited_by)
    LEFT JOIN users s ON (s.org_id, s.id) = (n.org_id, n.signed_by)
    WHERE n.session_id = $1
"""


async def newest(connection: Connection, session_id: UUID, key: Key) -> Revision | None:
    row = await connection.fetchrow(f"{_REVISION} ORDER BY n.revision DESC LIMIT 1", session_id)
    return _open(key, session_id, row) if row else None


async def get(connection: Connection, session_id: UUID, key: Key, revision: int) -> Revision | None:
    row = await connection.fetchrow(f"{_REVISION} AND n.revision = $2", session_id, revision)
    return _open(key, session_id, row) if row else None


async def signatures(connection: Connection, session_id: UUID) -> list[Signature]:
    """Of every version that was signed, the oldest first."""
    rows = await connection.fetch(
        """
        SELECT n.revision, u.email AS signed_by, n.signed_at
        FROM note_revisions n LEFT JOIN users u ON (u.org_id, u.id) = (n.org_id, n.signed_by)
        WHERE n.session_id = $1 AND n.signed_at IS NOT NULL ORDER BY n.revision
        """,
        session_id,
    )
    return [Signature(**dict(row)) for row in rows]


async def add(
    connection: Connection,
    org_id: UUID,
    session_id: UUID,
    key: Key,
    revision: int,
    generation: int,
    body: Any,
    *,
    edited_by: UUID | None,
) -> None:
    """Once: a revision that is there breaks the transaction."""
    await connection.execute(
        """
        INSERT INTO note_revisions (org_id, session_id, revision, generation, edited_by, edited_at, body)
        VALUES ($1, $2, $3, $4, $5, CASE WHEN $5::uuid IS NULL THEN NULL ELSE clock_timestamp() END, $6)
        """,
        org_id,
        session_id,
        revision,
        generation,
        edited_by,
        key.seal(orjson.dumps(body), note_revision_label(session_id, revision)),
    )


async def sign(connection: Connection, session_id: UUID, revision: int, user_id: UUID) -> None:
    """Once: a version that is signed breaks the transaction."""
    await connection.execute(
        """
        UPDATE note_revisions SET signed_by = $3, signed_at = clock_timestamp()
        WHERE session_id = $1 AND revision = $2
        """,
        session_id,
        revision,
        user_id,
    )


async def template(connection: Connection, session_id: UUID) -> str | None:
    """The id of the template that the session's notes are written by; None where nobody chose one."""
    found: str | None = await connection.fetchval("SELECT note_template FROM sessions WHERE id = $1", session_id)
    return found


async def set_template(connection: Connection, session_id: UUID, template_id: str) -> None:
    await connection.execute("UPDATE sessions SET note_template = $2 WHERE id = $1", session_id, template_id)


async def answer(connection: Connection, session_id: UUID, key: Key, asked: str) -> str | None:
    """What was kept for the same ``asked``, a digest of all that a model was told."""
    digest = key.blind(asked, "note answers")
    sealed = await connection.fetchval(
        "SELECT body FROM note_answers WHERE session_id = $1 AND digest = $2", session_id, digest
    )
    return key.open(sealed, note_answer_label(session_id, digest)).decode() if sealed is not None else None


async def keep_answer(connection: Connection, org_id: UUID, session_id: UUID, key: Key, asked: str, text: str) -> None:
    """The first one stays."""
    digest = key.blind(asked, "note answers")
    await connection.execute(
        """
        INSERT INTO note_answers (org_id, session_id, digest, body) VALUES ($1, $2, $3, $4)
        ON CONFLICT (session_id, digest) DO NOTHING
        """,
        org_id,
        session_id,
        digest,
        key.seal(text.encode(), note_answer_label(session_id, digest)),
    )


async def spend(connection: Connection, session_id: UUID, tokens: int | None, cost: float | None) -> None:
    """Add what a call took. ``tokens`` is None where the provider did not say; ``cost`` where no price is known."""
    await connection.execute(
        """
        INSERT INTO note_spending AS spent (org_id, session_id, tokens, cost, uncounted)
        SELECT org_id, id, coalesce($2::bigint, 0), $3::double precision, ($2::bigint IS NULL)::integer
        FROM sessions WHERE id = $1
        ON CONFLICT (session_id) DO UPDATE SET
          tokens = spent.tokens + excluded.tokens, cost = spent.cost + excluded.cost,
          uncounted = spent.uncounted + excluded.uncounted
        """,
        session_id,
        tokens,
        cost,
    )


async def spent(connection: Connection, session_id: UUID) -> Spending:
    row = await connection.fetchrow(
        "SELECT tokens, cost, uncounted FROM note_spending WHERE session_id = $1", session_id
    )
    if row is None:
        return Spending()
    # Of nothing but uncounted answers, no tokens would be a lie.
    return Spending(**dict(row)) if row["tokens"] else Spending(uncounted=row["uncounted"])


def _open(key: Key, session_id: UUID, row: asyncpg.Record) -> Revision:
    plain = orjson.loads(key.open(row["body"], note_revision_label(session_id, row["revision"])))
    return Revision(**{**dict(row), "body": plain})
