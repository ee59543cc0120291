"""Two rankings become one."""

from __future__ import annotations

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from session_core.passage import PassageId
from session_core.passage_rank import K, fused

A, B, C, D = (PassageId(UUID(int=number), 0) for number in range(4))


def test_what_both_rankings_have_comes_before_what_one_has() -> None:
    assert [each for each, _ in fused([A, B], [C, B])] == [B, A, C]


def test_the_score_is_the_sum_of_the_inverse_ranks() -> None:
    assert dict(fused([A, B], [B])) == pytest.approx({B: 1 / (K + 2) + 1 / (K + 1), A: 1 / (K + 1)})


def test_one_ranking_keeps_its_order_and_none_gives_nothing() -> None:
    assert [each for each, _ in fused([C, A, D], [])] == [C, A, D]
    assert fused([], []) == fused() == []


@given(st.permutations([A, B, C, D]), st.permutations([A, B, C, D]))
def test_the_order_of_the_rankings_does_not_matter(one: list[PassageId], other: list[PassageId]) -> None:
    assert fused(one, other) == fused(other, one)
