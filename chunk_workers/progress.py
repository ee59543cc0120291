"""How far a session is: coverage for the screen, and whether it is done."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from chunk_workers.timeline import holes, recorded_ms
from chunk_workers.transcript import provisional_segment
from session_core.after_stop import transcribed, transcribing_again
from session_core.change import Change
from session_core.decoding.pcm import ms_of_16k, to_16k
from session_core.messages.segment import wire_segment
from session_core.session import TRANSCRIBED_STATES, SessionState
from session_core.storage import sessions, windows
from session_core.storage.chunks import ChunkPlace
from session_core.storage.sessions import Planning
from session_core.storage.windows import Progress


async def report(
    change: Change, planning: Planning, places: Sequence[ChunkPlace] | None, archive_after_s: float
) -> None:
    """Append a coverage event where coverage changed, and go on where all of it has its words.

    ``places`` is None where no chunk came or changed since the last report: its holes still stand.
    """
    progress = await windows.progress(change.connection, change.session.id)
    before = await sessions.coverage(change.connection, change.session.id, change.key)
    coverage = _coverage(change, planning, places, progress, before)
    if coverage != before:
        await sessions.save_coverage(change.connection, change.session.id, change.key, coverage)
        change.event("coverage", coverage)
    done = is_done(planning, progress, coverage)
    if change.state in TRANSCRIBED_STATES and not done:
        await transcribing_again(change)
    if change.state is SessionState.TRANSCRIBING:
        if not done:
            _tell(change, progress, planning.now)
            return
        empty = provisional_segment(
            change.session.id, (), coverage["recorded_ms"], coverage["recorded_ms"], planning.generation
        )
        change.event("segment.provisional", wire_segment(empty))
        await transcribed(change, progress, coverage, archive_after_s)
    if change.state in (SessionState.READY, SessionState.FAILED):
        await sessions.settle(change.connection, change.session.id)


def _tell(change: Change, progress: Progress, now: datetime) -> None:
    """How much of what was recorded is transcribed, and about how long the rest takes."""
    heard = progress.closed - progress.unfinished
    if not progress.closed:
        return
    told: dict[str, Any] = {
        "step": "transcribe",
        "percent": 100 * heard // progress.closed,
        "message": f"{heard} of {progress.closed} parts transcribed",
    }
    if progress.waited_since and progress.heard_since:
        pace_s = (now - progress.waited_since).total_seconds() / progress.heard_since
        told["eta_s"] = round(pace_s * progress.unfinished)
    change.event("session.progress", told)


def is_done(planning: Planning, progress: Progress, coverage: dict[str, Any]) -> bool:
    """P4: not while any acknowledged audio is without words, unless its window is shown as failed."""
    return (
        planning.ended
        and planning.planned_revision == planning.revision
        and progress.unfinished == 0
        and coverage["transcribed_ms"] == coverage["recorded_ms"]
    )


def _coverage(
    change: Change,
    planning: Planning,
    places: Sequence[ChunkPlace] | None,
    progress: Progress,
    before: dict[str, Any] | None,
) -> dict[str, Any]:
    session = change.session
    if places is None and before is not None:
        recorded, missing = before["recorded_ms"], before["holes"]
    else:
        listed, rate = places or (), session.sample_rate
        recorded = recorded_ms(listed, rate, session.chunk_seconds, session.last_seq)
        # A hole that planning has passed stays one until what came for it is decoded.
        read = [
            place for place in listed if place.state != "stored" or to_16k(place.first_sample, rate) >= planning.cut
        ]
        missing = [list(hole) for hole in holes(read, rate, recorded)]
    whole = planning.ended and planning.planned_revision == planning.revision
    planned = recorded if whole else min(recorded, ms_of_16k(planning.cut))
    if progress.unfinished_from is not None:
        planned = min(planned, ms_of_16k(progress.unfinished_from))
    return {"recorded_ms": recorded, "transcribed_ms": planned, "holes": missing}
