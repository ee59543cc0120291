"""Joining rankings: what is found by words and what is found by meaning."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Final

from session_core.passage import PassageId

K: Final = 60
"""How little the very first places count more than those after them, as published."""


def fused(*rankings: Sequence[PassageId]) -> list[tuple[PassageId, float]]:
    """All passages of the rankings (best first, each at most once in one) with their scores, best first.

    Reciprocal rank fusion: the score is the sum of 1 / (K + rank) over the rankings that have it, ranks from 1. G. V.
    Cormack, C. L. A. Clarke, S. Büttcher, "Reciprocal rank fusion outperforms Condorcet and individual rank learning
    methods", SIGIR 2009. Needs no scores that compare.
    """
    scores: dict[PassageId, float] = defaultdict(float)
    for ranking in rankings:
        for rank, passage in enumerate(ranking, 1):
            scores[passage] += 1 / (K + rank)
    return sorted(scores.items(), key=lambda each: (-each[1], each[0]))
