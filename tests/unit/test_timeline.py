"""What of a session's timeline is decided, what is missing, and how long it is: the cases one by one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from chunk_workers.timeline import Horizon, Waits, holes, horizon, recorded_ms
from session_core.decoding.pcm import from_16k, ms_of_16k, to_16k
from session_core.storage.chunks import ChunkPlace

RATE = 8_000
SECOND = timedelta(seconds=1)
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
WAITS = Waits(hole=20 * SECOND, seal=45 * SECOND)


def place(
    seq: int,
    *,
    first: int | None = None,
    state: str = "decoded",
    missing: int = 0,
    planned: bool = False,
    at: datetime = NOON,
) -> ChunkPlace:
    """A chunk of one second."""
    return ChunkPlace(seq, seq * RATE if first is None else first, RATE, state, missing, planned, at)


def look(
    *places: ChunkPlace, now: datetime = NOON, last_seq: int | None = None, stopped_at: datetime | None = None
) -> Horizon:
    return horizon(places, last_seq=last_seq, stopped_at=stopped_at, now=now, waits=WAITS)


def test_a_contiguous_beginning_is_usable_and_waits_for_nothing_but_chunks() -> None:
    assert look(place(0), place(1)) == Horizon(frozenset({0, 1}), None, complete=False)
    assert look() == Horizon(frozenset(), None, complete=False)


def test_a_hole_is_waited_for_since_the_chunk_behind_it_came() -> None:
    behind = place(2, at=NOON + 5 * SECOND)
    waiting = look(place(0), behind, place(3), now=NOON + 24 * SECOND)
    assert waiting == Horizon(frozenset({0}), NOON + 25 * SECOND, complete=False)
    assert look(place(0), behind, place(3), now=NOON + 25 * SECOND).usable == {0, 2, 3}


def test_the_first_chunk_may_be_the_one_that_is_missing() -> None:
    assert look(place(1)).due_at == NOON + 20 * SECOND
    assert look(place(1), now=NOON + 20 * SECOND).usable == {1}


def test_a_hole_that_was_passed_stays_passed() -> None:
    assert look(place(0), place(2, planned=True), place(3)).usable == {0, 2, 3}


def test_after_stop_a_hole_is_waited_for_until_sealing_ends() -> None:
    stopped_at = NOON + 100 * SECOND
    old = place(2, at=NOON)
    waiting = look(place(0), old, now=stopped_at + 44 * SECOND, last_seq=2, stopped_at=stopped_at)
    assert waiting == Horizon(frozenset({0}), stopped_at + 45 * SECOND, complete=False)
    sealed = look(place(0), old, now=stopped_at + 45 * SECOND, last_seq=2, stopped_at=stopped_at)
    assert sealed == Horizon(frozenset({0, 2}), None, complete=True)


def test_stop_may_name_chunks_that_are_still_to_come() -> None:
    waiting = look(place(0), now=NOON + 44 * SECOND, last_seq=3, stopped_at=NOON)
    assert waiting == Horizon(frozenset({0}), NOON + 45 * SECOND, complete=False)
    assert look(place(0), now=NOON + 45 * SECOND, last_seq=3, stopped_at=NOON).complete


def test_with_all_chunks_a_stopped_session_is_complete_at_once() -> None:
    assert look(place(0), place(1), last_seq=1, stopped_at=NOON) == Horizon(frozenset({0, 1}), None, complete=True)
    assert look(last_seq=-1, stopped_at=NOON).complete


def test_nothing_is_decided_behind_a_chunk_that_nobody_has_decoded() -> None:
    stopped = {"last_seq": 2, "stopped_at": NOON - 100 * SECOND}
    sight = look(place(0), place(1, state="stored"), place(2), **stopped)  # type: ignore[arg-type]
    assert sight == Horizon(frozenset({0}), None, complete=False)


def test_an_undecodable_chunk_is_decided_and_its_place_is_a_hole() -> None:
    places = [place(0), place(1, state="undecodable"), place(2)]
    assert look(*places).usable == {0, 1, 2}
    assert holes(places, RATE, 3000) == [(1000, 2000)]


def test_what_a_file_is_short_of_is_a_hole() -> None:
    assert holes([place(0, missing=RATE // 4), place(1)], RATE, 2000) == [(750, 1000)]
    assert holes([place(0, missing=RATE), place(1)], RATE, 2000) == [(0, 1000)]


def test_holes_that_touch_are_one() -> None:
    places = [place(0, missing=RATE // 2), place(1, state="undecodable"), place(3)]
    assert holes(places, RATE, 5000) == [(500, 3000), (4000, 5000)]


def test_a_session_of_nothing_is_one_hole_or_none() -> None:
    assert holes([], RATE, 0) == []
    assert holes([], RATE, 30_000) == [(0, 30_000)]


@pytest.mark.parametrize(
    ("places", "last_seq", "recorded"),
    [
        ([], None, 0),
        ([], -1, 0),
        ([], 1, 30_000),
        ([place(0), place(1)], None, 2000),
        ([place(0), place(1)], 1, 2000),
        ([place(0), place(1)], 3, 32_000),
        ([place(0), place(4)], None, 5000),
        ([place(0), place(1, first=10 * RATE)], None, 11_000),
    ],
)
def test_chunks_that_were_named_but_never_came_count_with_their_usual_length(
    places: list[ChunkPlace], last_seq: int | None, recorded: int
) -> None:
    assert recorded_ms(places, RATE, 15.0, last_seq) == recorded


def test_positions_are_exact_where_the_rates_are() -> None:
    assert to_16k(44_100 * 3600, 44_100) == 16_000 * 3600
    assert from_16k(16_000 * 3600, 44_100) == 44_100 * 3600
    assert ms_of_16k(16_000 * 3600 + 15) == 3_600_000
