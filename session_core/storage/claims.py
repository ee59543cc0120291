"""Claims of windows: the lease of the worker that transcribes one, and its writes, which the attempt fences.

``attempt`` is the fencing token: whoever claims a window raises it, and the final write names the attempt
it belongs to. A worker that slept through its lease finds another number and writes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from session_core.envelope import Key
from session_core.segment import Word
from session_core.storage.database import Connection
from session_core.storage.windows import EXTENT, Extent, extent_of, seal_words


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to transcribe a window until the lease runs out. ``attempt`` only ever grows; ``tries`` counts those
    of the present series. ``urgency`` is one of the priorities of ``storage.windows``, ``wanted_s`` when the words are
    wanted, in seconds on the database's clock."""

    org_id: UUID
    session_id: UUID
    window_id: UUID
    attempt: int
    tries: int
    urgency: int
    wanted_s: float


@dataclass(frozen=True, slots=True)
class ClaimedWindow:
    extent: Extent
    kind: str
    generation: int


async def take(connection: Connection, worker: str, lease_s: float, kinds: Sequence[str]) -> Claim | None:
    """The window of these kinds that is due and wanted first."""
    row = await connection.fetchrow(
        """
        SELECT org_id, session_id, window_id, attempt, tries, urgency, wanted_s
        FROM claim_window($1, make_interval(secs => $2), $3)
        """,
        worker,
        lease_s,
        list(kinds),
    )
    return Claim(**dict(row)) if row else None


async def renew(connection: Connection, claim: Claim, lease_s: float) -> bool:
    """False where the claim is lost: the window was given to another, or is not planned any more."""
    status = await connection.execute(
        """
        UPDATE windows SET lease_until = clock_timestamp() + make_interval(secs => $4)
        WHERE session_id = $1 AND id = $2 AND attempt = $3 AND state = 'running' AND planned
        """,
        claim.session_id,
        claim.window_id,
        claim.attempt,
        lease_s,
    )
    return bool(status == "UPDATE 1")


async def window(connection: Connection, claim: Claim) -> ClaimedWindow | None:
    """What is to be transcribed; None where the claim is lost."""
    row = await connection.fetchrow(
        f"""
        SELECT {EXTENT}, kind, generation FROM windows
        WHERE session_id = $1 AND id = $2 AND attempt = $3 AND state = 'running' AND planned
        """,  # noqa: S608
        claim.session_id,
        claim.window_id,
        claim.attempt,
    )
    if row is None:
        return None
    return ClaimedWindow(extent_of(row), row["kind"], row["generation"])


async def finish(
    connection: Connection,
    claim: Claim,
    key: Key,
    words: Sequence[Word],
    *,
    language: str,
    recogniser: str,
    cpu_ms: int,
    took_ms: int,
) -> bool:
    """The fenced final write; False where the claim is lost, and nothing is written."""
    status = await connection.execute(
        """
        UPDATE windows SET state = 'done', words = $4, recogniser = $5, cpu_ms = $6, language = $7, took_ms = $8,
               error_code = NULL, lease_until = NULL, finished_at = clock_timestamp()
        WHERE session_id = $1 AND id = $2 AND attempt = $3 AND state = 'running' AND planned
        """,
        claim.session_id,
        claim.window_id,
        claim.attempt,
        seal_words(key, claim.session_id, claim.window_id, words),
        recogniser,
        cpu_ms,
        language if words else None,
        took_ms,
    )
    return bool(status == "UPDATE 1")


async def give_back(connection: Connection, claim: Claim, delay_s: float, error_code: str | None) -> bool:
    """To be tried again after ``delay_s``. Without an ``error_code`` the try does not count."""
    status = await connection.execute(
        """
        UPDATE windows SET state = 'pending', lease_until = NULL, error_code = $4::text,
               due_at = clock_timestamp() + make_interval(secs => $5),
               tries = tries - CASE WHEN $4::text IS NULL THEN 1 ELSE 0 END
        WHERE session_id = $1 AND id = $2 AND attempt = $3 AND state = 'running'
        """,
        claim.session_id,
        claim.window_id,
        claim.attempt,
        error_code,
        delay_s,
    )
    return bool(status == "UPDATE 1")


async def fail(connection: Connection, claim: Claim, error_code: str) -> bool:
    """No further attempt; shown in the transcript until somebody retries it. Words of an earlier time are kept."""
    status = await connection.execute(
        """
        UPDATE windows SET state = 'failed', error_code = $4, lease_until = NULL, finished_at = clock_timestamp()
        WHERE session_id = $1 AND id = $2 AND attempt = $3 AND state = 'running' AND planned
        """,
        claim.session_id,
        claim.window_id,
        claim.attempt,
        error_code,
    )
    return bool(status == "UPDATE 1")
