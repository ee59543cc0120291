"""Chunks: hot audio and its place, in rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg

from session_core.chunk import Chunk
from session_core.storage.database import Connection


@dataclass(frozen=True, slots=True)
class ChunkToStore:
    """A checked chunk with its sealed bytes."""

    org_id: UUID
    chunk: Chunk
    audio: bytes


@dataclass(frozen=True, slots=True)
class StoreOutcome:
    """``outcome``: stored, duplicate, conflict, closed, overlap, too_long, not_found, or busy: the session's row is
    held by somebody else, try again."""

    outcome: str
    contiguous_through: int
    revision: int


@dataclass(frozen=True, slots=True)
class ChunkPlace:
    """A chunk without its bytes. ``usable`` is the number of samples that could be read from it."""

    seq: int
    first_sample: int
    sample_count: int
    state: str
    missing_samples: int
    planned: bool
    stored_at: datetime

    @property
    def end_sample(self) -> int:
        return self.first_sample + self.sample_count

    @property
    def usable(self) -> int:
        return 0 if self.state == "undecodable" else self.sample_count - self.missing_samples


@dataclass(frozen=True, slots=True)
class VoicedChunk:
    seq: int
    first_sample: int
    sample_count: int
    sha256: bytes
    voice: bytes


@dataclass(frozen=True, slots=True)
class PeakedChunk:
    """A decoded chunk with its sealed peaks, None where it was decoded before there were any."""

    seq: int
    first_sample: int
    peaks: bytes | None


@dataclass(frozen=True, slots=True)
class ArchivePlace:
    """Where in the object store a chunk's sealed bytes are."""

    object: UUID
    offset: int
    length: int


@dataclass(frozen=True, slots=True)
class SealedChunk:
    """A chunk with its sealed bytes, or with where they are."""

    seq: int
    first_sample: int
    sample_count: int
    sha256: bytes
    media_type: str
    decode_attempts: int
    audio: bytes | ArchivePlace


_SEALED = """
    SELECT c.seq, c.first_sample, c.sample_count, c.sha256, c.media_type, c.decode_attempts, c.audio,
           a.object, c.archive_offset, c.archive_length
    FROM chunks c LEFT JOIN archives a ON a.session_id = c.session_id
"""


async def store(connection: Connection, sealed: Sequence[ChunkToStore], max_seconds: float) -> list[StoreOutcome]:
    """One round trip and one transaction: when this returns, the chunks are committed. Give them sorted by session."""
    rows = await connection.fetch(
        "SELECT outcome, contiguous, new_revision FROM store_chunks($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        [one.org_id for one in sealed],
        [one.chunk.session_id for one in sealed],
        [one.chunk.seq for one in sealed],
        [one.chunk.first_sample for one in sealed],
        [one.chunk.sample_count for one in sealed],
        max_seconds,
        [one.chunk.sha256 for one in sealed],
        [one.chunk.media_type for one in sealed],
        [one.audio for one in sealed],
    )
    return [StoreOutcome(row["outcome"], row["contiguous"], row["new_revision"]) for row in rows]


async def stored_ranges(connection: Connection, session_id: UUID) -> list[tuple[int, int]]:
    """Runs of stored sequence numbers, both ends included."""
    rows = await connection.fetch(
        """
        SELECT min(seq) AS first, max(seq) AS last
        FROM (SELECT seq, seq - row_number() OVER (ORDER BY seq) AS run FROM chunks WHERE session_id = $1) numbered
        GROUP BY run ORDER BY 1
        """,
        session_id,
    )
    return [(row["first"], row["last"]) for row in rows]


async def places(connection: Connection, session_id: UUID) -> list[ChunkPlace]:
    """Every chunk in order, without bytes; bounded by the most chunks that a session may have."""
    rows = await connection.fetch(
        """
        SELECT seq, first_sample, sample_count, state, missing_samples, planned, stored_at
        FROM chunks WHERE session_id = $1 ORDER BY seq
        """,
        session_id,
    )
    return [ChunkPlace(**dict(row)) for row in rows]


async def voiced_from(connection: Connection, session_id: UUID, sample: int) -> list[VoicedChunk]:
    """Decoded chunks that end after ``sample`` (session rate), in order."""
    rows = await connection.fetch(
        """
        SELECT seq, first_sample, sample_count - missing_samples AS sample_count, sha256, voice
        FROM chunks
        WHERE session_id = $1 AND state = 'decoded'
          AND seq >= coalesce((SELECT seq FROM chunks WHERE session_id = $1 AND first_sample <= $2
                               ORDER BY seq DESC LIMIT 1), 0)
        ORDER BY seq
        """,
        session_id,
        sample,
    )
    return [VoicedChunk(**dict(row)) for row in rows]


async def voiced_within(
    connection: Connection, session_id: UUID, first_sample: int, end_sample: int
) -> list[VoicedChunk]:
    """Decoded chunks that touch ``[first_sample, end_sample)`` (session rate), in order."""
    rows = await connection.fetch(
        """
        SELECT seq, first_sample, sample_count - missing_samples AS sample_count, sha256, voice
        FROM chunks
        WHERE session_id = $1 AND state = 'decoded' AND first_sample < $3 AND first_sample + sample_count > $2
          AND seq >= coalesce((SELECT seq FROM chunks WHERE session_id = $1 AND first_sample <= $2
                               ORDER BY seq DESC LIMIT 1), 0)
        ORDER BY seq
        """,
        session_id,
        first_sample,
        end_sample,
    )
    return [VoicedChunk(**dict(row)) for row in rows]


async def undecoded(connection: Connection, session_id: UUID, limit: int) -> list[SealedChunk]:
    rows = await connection.fetch(
        f"{_SEALED} WHERE c.session_id = $1 AND c.state = 'stored' ORDER BY c.seq LIMIT $2",
        session_id,
        limit,
    )
    return [_sealed(row) for row in rows]


async def within(connection: Connection, session_id: UUID, first_sample: int, end_sample: int) -> list[SealedChunk]:
    """Decodable chunks that touch ``[first_sample, end_sample)``, in order."""
    rows = await connection.fetch(
        f"""
        {_SEALED}
        WHERE c.session_id = $1 AND c.state = 'decoded' AND c.first_sample < $3 AND c.first_sample + c.sample_count > $2
          AND c.seq >= coalesce((SELECT seq FROM chunks WHERE session_id = $1 AND first_sample <= $2
                                 ORDER BY seq DESC LIMIT 1), 0)
        ORDER BY c.seq
        """,  # noqa: S608
        session_id,
        first_sample,
        end_sample,
    )
    return [_sealed(row) for row in rows]


async def audible(connection: Connection, session_id: UUID, first_sample: int, end_sample: int) -> list[ChunkPlace]:
    """Places of the chunks that touch ``[first_sample, end_sample)`` and are not known to be undecodable, in order."""
    rows = await connection.fetch(
        """
        SELECT seq, first_sample, sample_count, state, missing_samples, planned, stored_at
        FROM chunks
        WHERE session_id = $1 AND state <> 'undecodable' AND first_sample < $3 AND first_sample + sample_count > $2
          AND seq >= coalesce((SELECT seq FROM chunks WHERE session_id = $1 AND first_sample <= $2
                               ORDER BY seq DESC LIMIT 1), 0)
        ORDER BY seq
        """,
        session_id,
        first_sample,
        end_sample,
    )
    return [ChunkPlace(**dict(row)) for row in rows]


async def sealed(connection: Connection, session_id: UUID, seq: int) -> SealedChunk | None:
    row = await connection.fetchrow(
        f"{_SEALED} WHERE c.session_id = $1 AND c.seq = $2",
        session_id,
        seq,
    )
    return _sealed(row) if row else None


async def to_archive(connection: Connection, session_id: UUID) -> list[int]:
    """Every chunk, in order, of a session with audio in its rows; none where all of it is archived."""
    rows = await connection.fetch(
        """
        SELECT seq FROM chunks
        WHERE session_id = $1 AND EXISTS (SELECT FROM chunks WHERE session_id = $1 AND audio IS NOT NULL)
        ORDER BY seq
        """,
        session_id,
    )
    return [row["seq"] for row in rows]


async def peaks(connection: Connection, session_id: UUID) -> list[PeakedChunk]:
    """Every decoded chunk in order; bounded by the most chunks that a session may have."""
    rows = await connection.fetch(
        "SELECT seq, first_sample, peaks FROM chunks WHERE session_id = $1 AND state = 'decoded' ORDER BY seq",
        session_id,
    )
    return [PeakedChunk(**dict(row)) for row in rows]


async def count_decode_attempt(connection: Connection, session_id: UUID, seq: int) -> None:
    await connection.execute(
        "UPDATE chunks SET decode_attempts = decode_attempts + 1 WHERE session_id = $1 AND seq = $2", session_id, seq
    )


async def mark_decoded(
    connection: Connection, session_id: UUID, seq: int, voice: bytes, peaks: bytes, missing_samples: int
) -> None:
    """``peaks`` are sealed."""
    await connection.execute(
        """
        UPDATE chunks SET state = 'decoded', voice = $3, peaks = $4, missing_samples = $5
        WHERE session_id = $1 AND seq = $2 AND state = 'stored'
        """,
        session_id,
        seq,
        voice,
        peaks,
        missing_samples,
    )


async def mark_undecodable(connection: Connection, session_id: UUID, seq: int) -> bool:
    """False where somebody else has already judged the chunk."""
    status = await connection.execute(
        "UPDATE chunks SET state = 'undecodable' WHERE session_id = $1 AND seq = $2 AND state = 'stored'",
        session_id,
        seq,
    )
    return bool(status == "UPDATE 1")


async def retry_undecodable(connection: Connection, session_id: UUID) -> bool:
    """Have every chunk that could not be decoded looked at anew, as if it came only now; False where there is none."""
    status = await connection.execute(
        """
        UPDATE chunks SET state = 'stored', decode_attempts = 0, planned = false
        WHERE session_id = $1 AND state = 'undecodable'
        """,
        session_id,
    )
    return bool(status != "UPDATE 0")


async def mark_planned(connection: Connection, session_id: UUID, seqs: Sequence[int]) -> None:
    await connection.execute(
        "UPDATE chunks SET planned = true WHERE session_id = $1 AND seq = ANY($2::integer[])",
        session_id,
        list(seqs),
    )


def _sealed(row: asyncpg.Record) -> SealedChunk:
    found = dict(row)
    place = ArchivePlace(*(found.pop(name) for name in ("object", "archive_offset", "archive_length")))
    return SealedChunk(**found | {"audio": place if found["audio"] is None else found["audio"]})
