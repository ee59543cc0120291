"""Steps: the work on a whole session after Stop, with its lease.

``attempt`` is the fencing token, as it is for windows: whoever claims a step raises it, and the final write names the
attempt it belongs to.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from session_core.step import Step
from session_core.storage.database import Connection


@dataclass(frozen=True, slots=True)
class StepClaim:
    """The right to do a step until the lease runs out, and to publish its ``generation``."""

    org_id: UUID
    session_id: UUID
    step: Step
    generation: int
    attempt: int
    tries: int


@dataclass(frozen=True, slots=True)
class StepStatus:
    """``state`` is pending, running, done, failed, or void: not wanted any more."""

    step: Step
    generation: int
    state: str
    error_code: str | None


async def request(connection: Connection, org_id: UUID, session_id: UUID, step: Step, delay_s: float = 0.0) -> int:
    """Ask for the step, once more where it was done or is being done. The generation that it will publish."""
    generation: int = await connection.fetchval(
        """
        INSERT INTO steps (org_id, session_id, step, generation, due_at)
        VALUES ($1, $2, $3, 1, clock_timestamp() + make_interval(secs => $4))
        ON CONFLICT (session_id, step) DO UPDATE SET
          generation = steps.generation + 1, state = 'pending', tries = 0, due_at = excluded.due_at,
          lease_until = NULL, error_code = NULL, finished_at = NULL
        RETURNING generation
        """,
        org_id,
        session_id,
        step.value,
        delay_s,
    )
    return generation


async def void(connection: Connection, session_id: UUID) -> None:
    """What the session's steps work on has changed: nothing of what is under way may be published."""
    await connection.execute(
        "UPDATE steps SET state = 'void', lease_until = NULL WHERE session_id = $1 AND state <> 'void'", session_id
    )


async def void_unfinished(connection: Connection, session_id: UUID, wanted: Collection[Step]) -> None:
    """The same of these steps alone, and not of those that are done or were given up."""
    await connection.execute(
        """
        UPDATE steps SET state = 'void', lease_until = NULL
        WHERE session_id = $1 AND step = ANY($2::text[]) AND state IN ('pending', 'running')
        """,
        session_id,
        [step.value for step in wanted],
    )


async def of_session(connection: Connection, session_id: UUID) -> dict[Step, StepStatus]:
    rows = await connection.fetch(
        "SELECT step, generation, state, error_code FROM steps WHERE session_id = $1", session_id
    )
    found = [StepStatus(Step(row["step"]), row["generation"], row["state"], row["error_code"]) for row in rows]
    return {status.step: status for status in found}


async def claim(connection: Connection, worker: str, lease_s: float, step: Step) -> StepClaim | None:
    """The step of this kind that has been due for longest, of whatever session."""
    row = await connection.fetchrow(
        """
        SELECT org_id, session_id, generation, attempt, tries FROM claim_step($1, make_interval(secs => $2), $3)
        """,
        worker,
        lease_s,
        step.value,
    )
    return StepClaim(step=step, **dict(row)) if row else None


async def renew(connection: Connection, claim: StepClaim, lease_s: float) -> bool:
    """False where the claim is lost."""
    status = await connection.execute(
        """
        UPDATE steps SET lease_until = clock_timestamp() + make_interval(secs => $4)
        WHERE session_id = $1 AND step = $2 AND attempt = $3 AND state = 'running'
        """,
        claim.session_id,
        claim.step.value,
        claim.attempt,
        lease_s,
    )
    return bool(status == "UPDATE 1")


async def is_held(connection: Connection, claim: StepClaim) -> bool:
    """Whether the claim stands, until the transaction ends: for what is told before the final write."""
    found = await connection.fetchval(
        "SELECT 1 FROM steps WHERE session_id = $1 AND step = $2 AND attempt = $3 AND state = 'running' FOR SHARE",
        claim.session_id,
        claim.step.value,
        claim.attempt,
    )
    return found is not None


async def finish(connection: Connection, claim: StepClaim) -> bool:
    """The fenced final write; False where the claim is lost, and nothing may be published."""
    return await _end(connection, claim, "done", None)


async def fail(connection: Connection, claim: StepClaim, error_code: str) -> bool:
    """No further attempt until somebody retries."""
    return await _end(connection, claim, "failed", error_code)


async def _end(connection: Connection, claim: StepClaim, state: str, error_code: str | None) -> bool:
    status = await connection.execute(
        """
        UPDATE steps SET state = $4, error_code = $5, lease_until = NULL, finished_at = clock_timestamp()
        WHERE session_id = $1 AND step = $2 AND attempt = $3 AND state = 'running'
        """,
        claim.session_id,
        claim.step.value,
        claim.attempt,
        state,
        error_code,
    )
    return bool(status == "UPDATE 1")


async def give_back(connection: Connection, claim: StepClaim, delay_s: float, error_code: str | None) -> bool:
    """To be tried again after ``delay_s``. Without an ``error_code`` the try does not count."""
    status = await connection.execute(
        """
        UPDATE steps SET state = 'pending', lease_until = NULL, error_code = $4::text,
               due_at = clock_timestamp() + make_interval(secs => $5),
               tries = tries - CASE WHEN $4::text IS NULL THEN 1 ELSE 0 END
        WHERE session_id = $1 AND step = $2 AND attempt = $3 AND state = 'running'
        """,
        claim.session_id,
        claim.step.value,
        claim.attempt,
        error_code,
        delay_s,
    )
    return bool(status == "UPDATE 1")
