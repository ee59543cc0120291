"""Enrolled voices: how people who asked for it sound, by name. Sealed under the organisation's key."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import orjson

from session_core.envelope import Key, enrolled_voice_label
from session_core.storage.database import Connection


@dataclass(frozen=True, slots=True)
class EnrolledVoice:
    """``vector`` is a mean voiceprint of the model ``maker``, of unit length."""

    name: str
    maker: str
    vector: tuple[float, ...]


async def save(connection: Connection, org_id: UUID, user_id: UUID, key: Key, voice: EnrolledVoice) -> datetime:
    """In place of the one that the user had. When it was enrolled."""
    at: datetime = await connection.fetchval(
        """
        INSERT INTO enrolled_voices (org_id, user_id, maker, body) VALUES ($1, $2, $3, $4)
        ON CONFLICT (org_id, user_id) DO UPDATE SET
          maker = excluded.maker, body = excluded.body, enrolled_at = clock_timestamp()
        RETURNING enrolled_at
        """,
        org_id,
        user_id,
        voice.maker,
        key.seal(orjson.dumps({"name": voice.name, "vector": voice.vector}), enrolled_voice_label(org_id, user_id)),
    )
    return at


async def get(connection: Connection, org_id: UUID, user_id: UUID, key: Key) -> EnrolledVoice | None:
    row = await connection.fetchrow("SELECT maker, body FROM enrolled_voices WHERE user_id = $1", user_id)
    if row is None:
        return None
    plain = orjson.loads(key.open(row["body"], enrolled_voice_label(org_id, user_id)))
    return EnrolledVoice(plain["name"], row["maker"], tuple(plain["vector"]))


async def enrolled_at(connection: Connection, user_id: UUID) -> datetime | None:
    at: datetime | None = await connection.fetchval(
        "SELECT enrolled_at FROM enrolled_voices WHERE user_id = $1", user_id
    )
    return at


async def delete(connection: Connection, user_id: UUID) -> None:
    await connection.execute("DELETE FROM enrolled_voices WHERE user_id = $1", user_id)
