"""The session's timeline: what of it is stored, what may be planned now, what is missing. Pure functions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from session_core.storage.chunks import ChunkPlace

LEAST_HOLE_MS = 1


@dataclass(frozen=True, slots=True)
class Waits:
    """How long a missing chunk is waited for: during the session, and after Stop."""

    hole: timedelta
    seal: timedelta


@dataclass(frozen=True, slots=True)
class Horizon:
    """How far planning may look.

    ``usable`` are the sequence numbers whose place is decided. ``due_at`` is when a wait ends that holds
    planning back, None where nothing but new chunks will change anything. ``complete``: the session was
    stopped and nothing is waited for.
    """

    usable: frozenset[int]
    due_at: datetime | None
    complete: bool


def horizon(
    places: Sequence[ChunkPlace], *, last_seq: int | None, stopped_at: datetime | None, now: datetime, waits: Waits
) -> Horizon:
    """Walk the chunks in order up to the first gap that is still waited for, or a chunk nobody has decoded.

    A gap that planning has passed before stays passed. Before Stop a gap is waited for since the chunk behind
    it came; after Stop, until the time that sealing waits has gone by.
    """
    usable: list[int] = []
    expected = 0
    for place in places:
        if place.seq > expected and not place.planned:
            due_at = stopped_at + waits.seal if stopped_at else place.stored_at + waits.hole
            if now < due_at:
                return Horizon(frozenset(usable), due_at, complete=False)
        if place.state == "stored":
            return Horizon(frozenset(usable), None, complete=False)
        usable.append(place.seq)
        expected = place.seq + 1
    if stopped_at is None:
        return Horizon(frozenset(usable), None, complete=False)
    if last_seq is not None and expected <= last_seq and now < stopped_at + waits.seal:
        return Horizon(frozenset(usable), stopped_at + waits.seal, complete=False)
    return Horizon(frozenset(usable), None, complete=True)


def recorded_ms(places: Sequence[ChunkPlace], rate: int, chunk_seconds: float, last_seq: int | None) -> int:
    """The end of what was recorded. Chunks that Stop named but that never came count with their usual length."""
    if not places:
        end, last = 0, -1
    else:
        end, last = places[-1].end_sample * 1000 // rate, places[-1].seq
    missing = max(0, (last_seq if last_seq is not None else -1) - last)
    return end + round(missing * chunk_seconds * 1000)


def holes(places: Sequence[ChunkPlace], rate: int, recorded: int) -> list[tuple[int, int]]:
    """Missing and unreadable stretches in milliseconds, half open, in order, joined where they touch."""
    found: list[tuple[int, int]] = []
    reached = 0
    for place in places:
        readable_from = place.first_sample * 1000 // rate
        readable_to = (place.first_sample + place.usable) * 1000 // rate
        if place.usable == 0:
            continue
        _add(found, reached, readable_from)
        reached = max(reached, readable_to)
    _add(found, reached, recorded)
    return found


def _add(found: list[tuple[int, int]], start: int, end: int) -> None:
    if end - start >= LEAST_HOLE_MS:
        found.append((start, end))
