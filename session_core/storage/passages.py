"""Passages: what search finds. Words are digests and vectors are plain; everything else of a passage is sealed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple, dataclass
from datetime import datetime
from uuid import UUID

import orjson

from session_core.envelope import Key, passage_label
from session_core.passage import Embedding, IndexedPassage, PassageBody, PassageFilter, PassageId
from session_core.session import SessionDetails
from session_core.storage.database import Connection
from session_core.storage.sessions import open_details

EVERYTHING = PassageFilter()


@dataclass(frozen=True, slots=True)
class DueIndexing:
    org_id: UUID
    session_id: UUID


@dataclass(frozen=True, slots=True)
class SealedPassage:
    """A passage with what of its session is shown beside it. ``key`` is the session's, wrapped."""

    id: PassageId
    start_ms: int
    end_ms: int
    body: bytes
    key: bytes
    details: bytes
    created_at: datetime

    def open(self, key: Key) -> tuple[PassageBody, SessionDetails]:
        """``key``: the session's."""
        plain = key.open(self.body, passage_label(self.id.session_id, self.id.number))
        return PassageBody.from_wire(orjson.loads(plain)), open_details(key, self.id.session_id, self.details)


async def replace(
    connection: Connection,
    org_id: UUID,
    session_id: UUID,
    key: Key,
    model: str | None,
    passages: Sequence[IndexedPassage],
) -> None:
    """In place of the passages that the session had. ``model`` embedded them, None where none did."""
    await connection.execute("DELETE FROM passages WHERE session_id = $1", session_id)
    await connection.execute("DELETE FROM passage_vectors WHERE org_id = $1 AND session_id = $2", org_id, session_id)
    await connection.executemany(
        """
        INSERT INTO passages (org_id, session_id, number, start_ms, end_ms, speaker, words, body)
        VALUES ($1, $2, $3, $4, $5, $6, $7::text::tsvector, $8)
        """,
        [
            (org_id, session_id, number, each.start_ms, each.end_ms, each.speaker, each.words,
             seal_body(key, PassageId(session_id, number), each.body))
            for number, each in enumerate(passages)
        ],
    )  # fmt: skip
    await connection.executemany(
        """
        INSERT INTO passage_vectors (org_id, session_id, number, speaker, model, dimension, embedding)
        VALUES ($1, $2, $3, $4, $5, $6, $7::real[]::vector)
        """,
        [
            (org_id, session_id, number, each.speaker, each.embedding.model, len(each.embedding.vector),
             each.embedding.vector)
            for number, each in enumerate(passages)
            if each.embedding is not None
        ],
    )  # fmt: skip
    await connection.execute(
        """
        INSERT INTO indexings (org_id, session_id, model) VALUES ($1, $2, $3)
        ON CONFLICT (session_id) DO UPDATE SET model = excluded.model, indexed_at = clock_timestamp()
        """,
        org_id,
        session_id,
        model,
    )


def seal_body(key: Key, passage: PassageId, body: PassageBody) -> bytes:
    return key.seal(orjson.dumps(body.to_wire()), passage_label(passage.session_id, passage.number))


async def with_words(
    connection: Connection, digests: Sequence[str], limit: int, wanted: PassageFilter = EVERYTHING
) -> list[PassageId]:
    """Passages with any of the words, best first."""
    if not digests:
        return []
    rows = await connection.fetch(
        """
        SELECT session_id, number
        FROM find_passages($1::text::tsquery, $2::text::tsquery, $3, $4, $5, $6, $7, $8)
        """,
        " | ".join(digests),
        " & ".join(digests),
        *astuple(wanted),
        limit,
    )
    return [PassageId(row["session_id"], row["number"]) for row in rows]


async def nearest(
    connection: Connection, org_id: UUID, asked: Embedding, limit: int, wanted: PassageFilter = EVERYTHING
) -> list[tuple[PassageId, float]]:
    """Passages with their cosine to ``asked``, the most alike first. Exact: every vector of the model in the
    organisation is compared."""
    rows = await connection.fetch(
        """
        SELECT session_id, number, -distance AS likeness FROM (
          SELECT p.session_id, p.number, p.embedding <#> $4::real[]::vector AS distance FROM passage_vectors p
          WHERE p.org_id = $1 AND p.model = $2 AND p.dimension = $3
            AND ($6::uuid IS NULL OR p.session_id = $6) AND ($7::bytea IS NULL OR p.speaker = $7)
            AND (($8::bytea IS NULL AND $9::timestamptz IS NULL AND $10::timestamptz IS NULL) OR EXISTS (
              SELECT FROM sessions s WHERE s.id = p.session_id AND ($8 IS NULL OR s.patient = $8)
                AND ($9 IS NULL OR s.created_at >= $9) AND ($10 IS NULL OR s.created_at < $10)))
          ORDER BY distance, p.session_id, p.number LIMIT $5) nearest
        ORDER BY distance, session_id, number
        """,
        org_id,
        asked.model,
        len(asked.vector),
        asked.vector,
        limit,
        *astuple(wanted),
    )
    return [(PassageId(row["session_id"], row["number"]), row["likeness"]) for row in rows]


async def sealed(connection: Connection, passages: Sequence[PassageId]) -> dict[PassageId, SealedPassage]:
    rows = await connection.fetch(
        """
        SELECT p.session_id, p.number, p.start_ms, p.end_ms, p.body, s.key, s.details, s.created_at
        FROM unnest($1::uuid[], $2::integer[]) AS w (session_id, number)
        JOIN passages p USING (session_id, number) JOIN sessions s ON s.id = p.session_id
        """,
        [each.session_id for each in passages],
        [each.number for each in passages],
    )
    found = {}
    for row in rows:
        place = PassageId(row["session_id"], row["number"])
        shown = (row["body"], row["key"], row["details"], row["created_at"])
        found[place] = SealedPassage(place, row["start_ms"], row["end_ms"], *shown)
    return found


async def count(connection: Connection, session_id: UUID) -> int:
    found: int = await connection.fetchval("SELECT count(*) FROM passages WHERE session_id = $1", session_id)
    return found


async def stale(connection: Connection, model: str, rest_s: float, limit: int) -> list[DueIndexing]:
    """Sessions, of whatever organisation, that are ready and not indexed with this model, in no order. What was given
    up or has no vectors was so for ``rest_s`` at least."""
    rows = await connection.fetch(
        "SELECT org_id, session_id FROM stale_indexings($1, make_interval(secs => $2), $3)", model, rest_s, limit
    )
    return [DueIndexing(**dict(row)) for row in rows]
