"""Rates as pure functions of time."""

from __future__ import annotations

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from session_core.errors import QuotaExceeded, RateLimited
from stream_server.quota import ChunkQuota, Rates

ORG, ANN, ANNE = UUID(int=1), UUID(int=2), UUID(int=3)


def test_a_minutes_worth_passes_at_once_and_then_as_much_as_time_fills() -> None:
    rates = Rates(60)
    assert [rates.take("key", 1, 0.0) for _ in range(60)] == [0.0] * 60
    assert rates.take("key", 1, 0.0) == pytest.approx(1.0)
    assert rates.take("key", 1, 0.5) == pytest.approx(0.5)
    assert rates.take("key", 1, 1.0) == 0.0
    assert rates.take("key", 1, 1.0) > 0


def test_a_long_rest_saves_no_more_than_a_minute() -> None:
    rates = Rates(6)
    rates.take("key", 1, 0.0)
    taken = [rates.take("key", 1, 1e6) for _ in range(7)]
    assert taken[:6] == [0.0] * 6
    assert taken[6] > 0


def test_keys_do_not_share() -> None:
    rates = Rates(1)
    assert rates.take("one", 1, 0.0) == rates.take("other", 1, 0.0) == 0.0
    assert rates.take("one", 1, 0.0) > 0


def test_what_is_larger_than_a_bucket_passes_when_it_is_full_and_is_paid_for_afterwards() -> None:
    rates = Rates(60)
    assert rates.take("key", 90, 0.0) == 0.0
    assert rates.take("key", 1, 0.0) == pytest.approx(31.0)
    assert rates.take("key", 90, 60.0) > 0
    assert rates.take("key", 90, 90.0) == 0.0


@given(
    st.integers(1, 1000),
    st.lists(st.tuples(st.floats(0, 20), st.integers(0, 1500)), max_size=60),
)
def test_the_time_told_is_enough_and_never_more_passes_than_was_filled(
    per_minute: int, asked: list[tuple[float, int]]
) -> None:
    rates, now, passed, largest = Rates(per_minute), 0.0, 0.0, 0
    for pause, amount in asked:
        now += pause
        wait = rates.take("key", amount, now)
        if wait:
            now += wait + 1e-6
            assert rates.take("key", amount, now) == 0.0
        passed, largest = passed + amount, max(largest, amount)
        assert passed <= per_minute * (1 + now / 60) + largest + 1e-3


def test_the_longest_unused_key_is_forgotten_first() -> None:
    rates = Rates(1, largest=2)
    for key in ("a", "b", "a", "c"):
        rates.take(key, 1, 0.0)
    assert rates.take("a", 1, 0.0) > 0
    assert rates.take("b", 1, 0.0) == 0.0


def test_each_quota_has_its_code_and_the_time_to_wait() -> None:
    quota = ChunkQuota(user_chunks=2, user_bytes=1_000, organisation_bytes=1_500)
    quota.take(ORG, ANN, 10, 0.0)
    quota.take(ORG, ANN, 10, 0.0)
    with pytest.raises(RateLimited) as chunks:
        quota.take(ORG, ANN, 10, 0.0)
    assert chunks.value.retry_after_s == pytest.approx(30.0)
    quota.take(ORG, ANNE, 990, 0.0)
    with pytest.raises(QuotaExceeded) as own:
        quota.take(ORG, ANNE, 20, 0.0)
    assert own.value.retry_after_s == pytest.approx(0.6)
    with pytest.raises(QuotaExceeded, match="organisation"):
        quota.take(ORG, UUID(int=4), 600, 0.0)
