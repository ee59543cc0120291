"""The timeline of any session: what is usable depends on what has come, not on how; holes and audio fill it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from chunk_workers.timeline import Horizon, Waits, holes, horizon, recorded_ms
from session_core.decoding.pcm import from_16k, to_16k
from session_core.storage.chunks import ChunkPlace

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
LONG = timedelta(days=1)
WAITS = Waits(hole=timedelta(seconds=20), seal=timedelta(seconds=45))
rates = st.sampled_from([8_000, 16_000, 44_100, 48_000, 192_000])


@st.composite
def timelines(
    draw: st.DrawFn, rate: int, states: Sequence[str] = ("decoded", "decoded", "undecodable")
) -> list[ChunkPlace]:
    """Chunks in order, with sequence numbers and audio missing between them, come at any time."""
    places: list[ChunkPlace] = []
    seq = first = 0
    for _ in range(draw(st.integers(0, 12))):
        skipped = draw(st.sampled_from([0, 0, 0, 1, 3]))
        seq += skipped
        first += draw(st.sampled_from([0, 0, 1, rate // 3, 15 * rate])) + skipped * rate
        count = draw(st.integers(rate // 100, 20 * rate))
        state = draw(st.sampled_from(states))
        missing = draw(st.sampled_from([0, 0, 1, count // 2, count])) if state == "decoded" else 0
        stored_at = NOON + timedelta(seconds=draw(st.integers(0, 100)))
        places.append(ChunkPlace(seq, first, count, state, missing, draw(st.booleans()), stored_at))
        seq, first = seq + 1, first + count
    return places


def look(
    places: Sequence[ChunkPlace], now: datetime, last_seq: int | None = None, stopped_at: datetime | None = None
) -> Horizon:
    return horizon(places, last_seq=last_seq, stopped_at=stopped_at, now=now, waits=WAITS)


@given(st.data(), rates)
def test_holes_and_readable_audio_fill_the_session_and_never_meet(data: st.DataObject, rate: int) -> None:
    places = data.draw(timelines(rate))
    last_seq = data.draw(st.none() | st.integers(-1, 40))
    recorded = recorded_ms(places, rate, 15.0, last_seq)
    found = holes(places, rate, recorded)
    assert all(start < end for start, end in found)
    assert all(before[1] < after[0] for before, after in pairwise(found))
    assert all(start >= 0 and end <= recorded for start, end in found)
    readable = [
        (place.first_sample * 1000 // rate, (place.first_sample + place.usable) * 1000 // rate)
        for place in places
        if place.usable
    ]
    reached = 0
    for start, end in sorted([*found, *readable]):
        assert start == reached
        reached = end
    assert reached == recorded


@given(st.data(), rates, st.permutations(range(12)))
def test_with_enough_time_only_what_has_come_decides_what_is_usable(
    data: st.DataObject, rate: int, order: list[int]
) -> None:
    places = data.draw(timelines(rate))
    times = [NOON + timedelta(seconds=order[index]) for index in range(len(places))]
    arrived = [
        replace(place, stored_at=at, planned=data.draw(st.booleans())) for place, at in zip(places, times, strict=True)
    ]
    now = NOON + LONG
    everything = frozenset(place.seq for place in places)
    assert look(places, now) == look(arrived, now) == Horizon(everything, None, complete=False)
    last_seq = data.draw(st.integers(places[-1].seq if places else -1, 60))
    assert look(arrived, now, last_seq, NOON) == Horizon(everything, None, complete=True)


@given(st.data(), rates, st.integers(0, 200), st.booleans())
def test_waiting_shows_more_and_takes_nothing_back_and_ends_when_it_was_said_to(
    data: st.DataObject, rate: int, seconds: int, stops: bool
) -> None:
    places = data.draw(timelines(rate, ("decoded", "undecodable", "stored")))
    last_seq = data.draw(st.integers(places[-1].seq if places else -1, 60)) if stops else None
    stopped_at = NOON + timedelta(seconds=50) if stops else None
    now = NOON + timedelta(seconds=seconds)
    sight = look(places, now, last_seq, stopped_at)
    later = look(places, now + timedelta(seconds=data.draw(st.integers(0, 200))), last_seq, stopped_at)
    assert sight.usable <= later.usable
    assert not sight.complete or later == sight
    if sight.due_at is not None:
        assert sight.due_at > now
        assert look(places, sight.due_at - timedelta(microseconds=1), last_seq, stopped_at) == sight
        assert look(places, sight.due_at, last_seq, stopped_at) != sight


@given(st.data(), rates)
def test_usable_chunks_are_a_beginning_without_any_that_is_not_decoded(data: st.DataObject, rate: int) -> None:
    places = data.draw(timelines(rate, ("decoded", "undecodable", "stored")))
    usable = look(places, NOON + LONG).usable
    until_stored = [place.seq for place in places[: _first(places, "stored")]]
    assert usable == frozenset(until_stored)


def _first(places: Sequence[ChunkPlace], state: str) -> int:
    return next((index for index, place in enumerate(places) if place.state == state), len(places))


@given(rates, st.integers(0, 10**12))
def test_positions_come_back_from_16_khz_within_a_sample_of_the_coarser_rate(rate: int, sample: int) -> None:
    back = from_16k(to_16k(sample, rate), rate)
    assert 0 <= sample - back <= max(1, -(-rate // 16_000))
    assert to_16k(sample, rate) <= to_16k(sample + 1, rate)
