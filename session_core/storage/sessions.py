"""Sessions: the row that everything of a session is ordered by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
import orjson

from session_core.envelope import Key, coverage_label, details_label
from session_core.session import Session, SessionDetails, SessionState
from session_core.storage.database import Connection

_COLUMNS = """
    org_id, id, created_by, details,
    -- A late chunk is not looked at yet: the session is not as far any more as was said last.
    CASE WHEN state IN ('labelling', 'noting', 'ready', 'failed') AND revision > planned_revision
          THEN 'transcribing' ELSE state END AS state,
    media_type, sample_rate, chunk_seconds, language, version,
    created_at, stopped_at, last_seq, max_seq, contiguous_through, end_sample, speaker_count
"""


@dataclass(frozen=True, slots=True)
class NewSession:
    org_id: UUID
    id: UUID
    created_by: UUID
    client_ref: str
    details: SessionDetails
    media_type: str
    sample_rate: int
    chunk_seconds: float
    language: str | None


@dataclass(frozen=True, slots=True)
class Planning:
    """The planner's memory. ``cut`` is at 16 kHz; see ``chunk_workers.plan``."""

    revision: int
    planned_revision: int
    cut: int
    overlaps_previous: bool
    ended: bool
    generation: int
    seen_at: datetime
    now: datetime


@dataclass(frozen=True, slots=True)
class Recorded:
    """How far the recording reaches, at the session's rate. Where ``revision`` is the same, so is the audio."""

    sample_rate: int
    end_sample: int
    revision: int


@dataclass(frozen=True, slots=True)
class DueSession:
    org_id: UUID
    session_id: UUID
    revision: int


@dataclass(frozen=True, slots=True)
class SessionFilter:
    """What a list is narrowed to; terms and patient are blind digests."""

    state: str | None = None
    patient: bytes | None = None
    terms: tuple[bytes, ...] = ()
    before: tuple[datetime, UUID] | None = None


async def insert(
    connection: Connection, new: NewSession, wrapped_key: bytes, key: Key, patient: bytes | None, terms: list[bytes]
) -> bool:
    """False where the user has a session of this ``client_ref`` already."""
    status = await connection.execute(
        """
        INSERT INTO sessions (org_id, id, created_by, client_ref, key, details, patient, terms, media_type,
                              sample_rate, chunk_seconds, language)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
        ON CONFLICT (org_id, created_by, client_ref) DO NOTHING
        """,
        new.org_id,
        new.id,
        new.created_by,
        new.client_ref,
        wrapped_key,
        seal_details(key, new.id, new.details),
        patient,
        terms,
        new.media_type,
        new.sample_rate,
        new.chunk_seconds,
        new.language,
    )
    return bool(status == "INSERT 0 1")


async def find_by_ref(connection: Connection, created_by: UUID, client_ref: str) -> UUID | None:
    found: UUID | None = await connection.fetchval(
        "SELECT id FROM sessions WHERE created_by = $1 AND client_ref = $2", created_by, client_ref
    )
    return found


async def wrapped_key(connection: Connection, session_id: UUID) -> bytes | None:
    value: bytes | None = await connection.fetchval("SELECT key FROM sessions WHERE id = $1", session_id)
    return value


async def get(connection: Connection, session_id: UUID, key: Key, *, lock: bool = False) -> Session | None:
    row = await connection.fetchrow(
        f"SELECT {_COLUMNS} FROM sessions WHERE id = $1 {'FOR NO KEY UPDATE' if lock else ''}",  # noqa: S608
        session_id,
    )
    return from_row(row, key) if row else None


async def recorded(connection: Connection, session_id: UUID) -> Recorded | None:
    row = await connection.fetchrow("SELECT sample_rate, end_sample, revision FROM sessions WHERE id = $1", session_id)
    return Recorded(**dict(row)) if row else None


async def page(connection: Connection, wanted: SessionFilter, limit: int) -> Sequence[asyncpg.Record]:
    """Rows newest first, with the wrapped key of each for :func:`from_row`."""
    before_at, before_id = wanted.before if wanted.before else (None, None)
    return await connection.fetch(
        f"""
        SELECT {_COLUMNS}, key, coverage FROM sessions
        WHERE ($1::text IS NULL OR state = $1)
          AND ($2::bytea IS NULL OR patient = $2)
          AND (cardinality($3::bytea[]) = 0 OR terms @> $3)
          AND ($4::timestamptz IS NULL OR (created_at, id) < ($4, $5::uuid))
        ORDER BY created_at DESC, id DESC LIMIT $6
        """,  # noqa: S608
        wanted.state,
        wanted.patient,
        list(wanted.terms),
        before_at,
        before_id,
        limit,
    )


def from_row(row: asyncpg.Record, key: Key) -> Session:
    fields = {name: row[name] for name in Session.__dataclass_fields__}
    fields["state"] = SessionState(row["state"])
    fields["details"] = open_details(key, row["id"], row["details"])
    return Session(**fields)


def seal_details(key: Key, session_id: UUID, details: SessionDetails) -> bytes:
    plain = orjson.dumps({"title": details.title, "patient_id": details.patient_id, "consent": details.consent})
    return key.seal(plain, details_label(session_id))


def open_details(key: Key, session_id: UUID, sealed: bytes) -> SessionDetails:
    return SessionDetails(**orjson.loads(key.open(sealed, details_label(session_id))))


async def update_details(
    connection: Connection, session_id: UUID, sealed: bytes, patient: bytes | None, terms: list[bytes]
) -> None:
    await connection.execute(
        "UPDATE sessions SET details = $2, patient = $3, terms = $4 WHERE id = $1", session_id, sealed, patient, terms
    )


async def delete(connection: Connection, session_id: UUID) -> bytes | None:
    """The blind digest of its patient, where one was named."""
    patient: bytes | None = await connection.fetchval(
        "DELETE FROM sessions WHERE id = $1 RETURNING patient", session_id
    )
    return patient


async def set_state(connection: Connection, session_id: UUID, state: SessionState) -> None:
    await connection.execute("UPDATE sessions SET state = $2 WHERE id = $1", session_id, state.value)


async def touch(connection: Connection, session_id: UUID) -> None:
    """The recorder has shown itself."""
    await connection.execute("UPDATE sessions SET seen_at = clock_timestamp() WHERE id = $1", session_id)


async def reopen(connection: Connection, session_id: UUID) -> bool:
    """Whether a session whose words were all there has something that planning has not seen; it is ``transcribing``
    again."""
    status = await connection.execute(
        """
        UPDATE sessions SET state = 'transcribing'
        WHERE id = $1 AND state IN ('labelling', 'noting', 'ready', 'failed') AND revision > planned_revision
        """,
        session_id,
    )
    return bool(status == "UPDATE 1")


async def stop(connection: Connection, session_id: UUID, last_seq: int | None) -> int:
    """Remember the end and the last chunk, None where nobody named one. The revision that planning must reach."""
    revision: int = await connection.fetchval(
        """
        UPDATE sessions SET last_seq = $2, stopped_at = clock_timestamp(), revision = revision + 1,
               seen_at = clock_timestamp(), settled = false
        WHERE id = $1 RETURNING revision
        """,
        session_id,
        last_seq,
    )
    return revision


async def planning(connection: Connection, session_id: UUID) -> Planning | None:
    row = await connection.fetchrow(
        """
        SELECT revision, planned_revision, plan_cut AS cut, plan_overlaps AS overlaps_previous, plan_ended AS ended,
               generation, seen_at, clock_timestamp() AS now
        FROM sessions WHERE id = $1
        """,
        session_id,
    )
    return Planning(**dict(row)) if row else None


async def save_planning(connection: Connection, session_id: UUID, planning: Planning, due_at: datetime | None) -> None:
    await connection.execute(
        """
        UPDATE sessions SET planned_revision = $2, plan_cut = $3, plan_overlaps = $4, plan_ended = $5,
               generation = $6, plan_due_at = $7
        WHERE id = $1
        """,
        session_id,
        planning.planned_revision,
        planning.cut,
        planning.overlaps_previous,
        planning.ended,
        planning.generation,
        due_at,
    )


async def request_planning(connection: Connection, session_id: UUID) -> int:
    revision: int = await connection.fetchval(
        "UPDATE sessions SET revision = revision + 1, settled = false WHERE id = $1 RETURNING revision", session_id
    )
    return revision


async def wake_planning(connection: Connection, session_id: UUID) -> int:
    """Have planning look at the session although its audio is as it was. The revision, for a hint."""
    revision: int = await connection.fetchval(
        """
        UPDATE sessions SET plan_due_at = least(plan_due_at, clock_timestamp()), settled = false
        WHERE id = $1 RETURNING revision
        """,
        session_id,
    )
    return revision


async def settle(connection: Connection, session_id: UUID) -> None:
    """Where the session is done and planning has seen all of it, nobody needs to look at it any more."""
    await connection.execute(
        """
        UPDATE sessions SET settled = true
        WHERE id = $1 AND NOT settled AND state IN ('ready', 'failed') AND revision = planned_revision
          AND plan_due_at IS NULL
        """,
        session_id,
    )


async def of_same_patient(connection: Connection, session_id: UUID, limit: int) -> list[tuple[UUID, bytes]]:
    """The newest other sessions of the session's patient in which people named somebody, with their wrapped keys; none
    where no patient is named."""
    rows = await connection.fetch(
        """
        SELECT other.id, other.key FROM sessions s JOIN sessions other USING (org_id, patient)
        WHERE s.id = $1 AND other.id <> s.id AND EXISTS (
            SELECT FROM speakers named WHERE (named.org_id, named.session_id) = (other.org_id, other.id)
              AND named.name IS NOT NULL AND NOT named.recognised)
        ORDER BY other.created_at DESC LIMIT $2
        """,
        session_id,
        limit,
    )
    return [(row["id"], row["key"]) for row in rows]


async def set_speaker_count(connection: Connection, session_id: UUID, count: int | None) -> None:
    await connection.execute("UPDATE sessions SET speaker_count = $2 WHERE id = $1", session_id, count)


async def set_language(connection: Connection, session_id: UUID, language: str) -> None:
    await connection.execute("UPDATE sessions SET language = $2 WHERE id = $1", session_id, language)


async def coverage(connection: Connection, session_id: UUID, key: Key) -> dict[str, Any] | None:
    sealed = await connection.fetchval("SELECT coverage FROM sessions WHERE id = $1", session_id)
    return open_coverage(key, session_id, sealed)


def open_coverage(key: Key, session_id: UUID, sealed: bytes | None) -> dict[str, Any] | None:
    if sealed is None:
        return None
    opened: dict[str, Any] = orjson.loads(key.open(sealed, coverage_label(session_id)))
    return opened


async def save_coverage(connection: Connection, session_id: UUID, key: Key, coverage: dict[str, Any]) -> None:
    await connection.execute(
        "UPDATE sessions SET coverage = $2 WHERE id = $1",
        session_id,
        key.seal(orjson.dumps(coverage), coverage_label(session_id)),
    )


async def due(connection: Connection, *, interrupted_s: float, abandoned_s: float, limit: int) -> list[DueSession]:
    rows = await connection.fetch(
        """
        SELECT org_id, session_id, revision FROM due_sessions(
            make_interval(secs => $1), make_interval(secs => $2), $3)
        """,
        interrupted_s,
        abandoned_s,
        limit,
    )
    return [DueSession(**dict(row)) for row in rows]


async def heads(connection: Connection, session_ids: Sequence[UUID]) -> dict[UUID, int]:
    rows = await connection.fetch("SELECT id, version FROM sessions WHERE id = ANY($1::uuid[])", list(session_ids))
    return {row["id"]: row["version"] for row in rows}
