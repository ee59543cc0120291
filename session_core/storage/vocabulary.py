"""Vocabularies of organisations and patients, sealed under the organisation's key, and the hotwords that sessions keep
of them, sealed under the session's. The patient is a blind digest; None stands for the organisation itself."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import orjson

from session_core.envelope import Key, hotwords_label, vocabulary_label
from session_core.storage.database import Connection
from session_core.vocabulary import Hotwords, Vocabulary

_ORGANISATION = b""


async def get(connection: Connection, org_id: UUID, key: Key, patient: bytes | None) -> Vocabulary:
    """An empty one where none was written."""
    place = patient or _ORGANISATION
    row = await connection.fetchrow("SELECT version, body FROM vocabularies WHERE patient = $1", place)
    if row is None:
        return Vocabulary()
    words = orjson.loads(key.open(row["body"], vocabulary_label(org_id, place)))
    return Vocabulary(tuple(words), row["version"])


async def save(
    connection: Connection, org_id: UUID, user_id: UUID, key: Key, patient: bytes | None, vocabulary: Vocabulary
) -> bool:
    """In place of the version before; False where that is not there, because somebody else has saved one."""
    place = patient or _ORGANISATION
    status = await connection.execute(
        """
        INSERT INTO vocabularies (org_id, patient, version, body, edited_by) VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (org_id, patient) DO UPDATE SET
          version = excluded.version, body = excluded.body, edited_by = excluded.edited_by,
          edited_at = clock_timestamp()
        WHERE vocabularies.version = excluded.version - 1
        """,
        org_id,
        place,
        vocabulary.version,
        key.seal(orjson.dumps(vocabulary.words), vocabulary_label(org_id, place)),
        user_id,
    )
    return bool(status == "INSERT 0 1")


async def hold(connection: Connection, patients: Sequence[bytes]) -> None:
    """Called where a session comes to a patient or goes from one, for all of them at once, before words are read or
    forgotten. Of two transactions that do so neither sees what the other has done: the second waits here until the
    first has ended, and looks with a statement of its own, which sees that."""
    await connection.execute(
        "SELECT FROM vocabularies WHERE patient = ANY($1::bytea[]) ORDER BY patient FOR UPDATE", patients
    )


async def forget_stranger(connection: Connection, patient: bytes) -> None:
    """The words of a patient of whom there is no session any more. Called after the one that may have been the last was
    deleted or put to another patient, in the same transaction."""
    await hold(connection, [patient])
    await connection.execute(
        "DELETE FROM vocabularies WHERE patient = $1 AND NOT EXISTS (SELECT FROM sessions WHERE patient = $1)", patient
    )


async def hotwords(connection: Connection, session_id: UUID, key: Key) -> Hotwords:
    """What the session is heard with."""
    sealed = await connection.fetchval("SELECT body FROM session_hotwords WHERE session_id = $1", session_id)
    if sealed is None:
        return Hotwords()
    kept = orjson.loads(key.open(sealed, hotwords_label(session_id)))
    return Hotwords(tuple(kept["patient"]), tuple(kept["organisation"]))


async def keep_hotwords(connection: Connection, org_id: UUID, session_id: UUID, key: Key, kept: Hotwords) -> None:
    """In place of those that the session had."""
    await connection.execute(
        """
        INSERT INTO session_hotwords (org_id, session_id, body) VALUES ($1, $2, $3)
        ON CONFLICT (session_id) DO UPDATE SET body = excluded.body
        """,
        org_id,
        session_id,
        key.seal(
            orjson.dumps({"patient": kept.patient, "organisation": kept.organisation}), hotwords_label(session_id)
        ),
    )
