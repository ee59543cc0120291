"""Artifacts: what the steps of a session published. A row is written once (P5)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
import orjson

from session_core.envelope import Key, artifact_label
from session_core.storage.database import Connection
from session_core.turn import Turn

LABELS, QUALITY, NOTES = "labels", "quality", "notes"
"""Kinds: who speaks where, how good the transcript is, the notes written from it."""


@dataclass(frozen=True, slots=True)
class Artifact:
    """``maker`` names the model or program that it is from."""

    kind: str
    generation: int
    maker: str
    made_at: datetime
    body: Any


async def publish(
    connection: Connection, org_id: UUID, session_id: UUID, key: Key, kind: str, generation: int, maker: str, body: Any
) -> None:
    """Written once: publishing a generation for a second time breaks the transaction."""
    await connection.execute(
        """
        INSERT INTO artifacts (org_id, session_id, kind, generation, maker, body) VALUES ($1, $2, $3, $4, $5, $6)
        """,
        org_id,
        session_id,
        kind,
        generation,
        maker,
        key.seal(orjson.dumps(body), artifact_label(session_id, kind, generation)),
    )


async def newest(connection: Connection, session_id: UUID, key: Key, kind: str) -> Artifact | None:
    row = await connection.fetchrow(
        """
        SELECT kind, generation, maker, made_at, body FROM artifacts
        WHERE session_id = $1 AND kind = $2 ORDER BY generation DESC LIMIT 1
        """,
        session_id,
        kind,
    )
    return _open(key, session_id, row) if row else None


async def get(connection: Connection, session_id: UUID, key: Key, kind: str, generation: int) -> Artifact | None:
    row = await connection.fetchrow(
        """
        SELECT kind, generation, maker, made_at, body FROM artifacts
        WHERE session_id = $1 AND kind = $2 AND generation = $3
        """,
        session_id,
        kind,
        generation,
    )
    return _open(key, session_id, row) if row else None


async def turns(connection: Connection, session_id: UUID, key: Key) -> list[Turn[str]]:
    """Who speaks where, as the newest labelling has it; nobody before there is one."""
    labels = await newest(connection, session_id, key, LABELS)
    return [Turn(*turn) for turn in labels.body["turns"]] if labels else []


def _open(key: Key, session_id: UUID, row: asyncpg.Record) -> Artifact:
    plain = orjson.loads(key.open(row["body"], artifact_label(session_id, row["kind"], row["generation"])))
    return Artifact(row["kind"], row["generation"], row["maker"], row["made_at"], plain)
