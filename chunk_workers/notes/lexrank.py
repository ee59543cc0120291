"""LexRank: how central each sentence is among all, and a choice of sentences that do not repeat one another.

Erkan & Radev, "LexRank: Graph-based Lexical Centrality as Salience in Text Summarization", JAIR 22 (2004), the
continuous variant of section 3.3, on the squares of the cosines of embeddings; Carbonell & Goldstein, "The Use of
MMR, Diversity-Based Reranking", SIGIR (1998).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from chunk_workers.embedding import Vectors

DAMPING: Final = 0.85
"""The chance to walk on along a likeness instead of starting anywhere; as in the paper and in PageRank."""

_CLOSE_ENOUGH = 1e-6
_MOST_STEPS = 200
"""The difference shrinks by DAMPING a step: 1e-6 is reached after 85."""

Scores = NDArray[np.float64]


def centrality(vectors: Vectors) -> Scores:
    """Each sentence's LexRank, the most central scaled to 1. Every one is above 0; shape (len(vectors),)."""
    count = len(vectors)
    if count == 0:
        return np.zeros(0)
    # The cosines of embeddings are all a little above 0, those of the paper's words mostly 0: squares tell them apart.
    # One square is all the memory that this takes: three hours of talk have thousands of sentences.
    walk = vectors @ vectors.T
    np.square(np.clip(walk, 0, 1, out=walk), out=walk)
    # No sentence speaks for itself: one that is like no other would keep all the rank that comes to it.
    np.fill_diagonal(walk, 0)
    degrees = walk.sum(axis=1, keepdims=True)
    alone = degrees[:, 0] <= 0
    np.divide(walk, degrees, out=walk, where=degrees > 0)
    walk[alone] = 1 / count
    rank = np.full(count, 1 / count, dtype=walk.dtype)
    for _ in range(_MOST_STEPS):
        before, rank = rank, (1 - DAMPING) / count + DAMPING * (rank @ walk)
        if np.abs(rank - before).sum() < _CLOSE_ENOUGH:
            break
    scaled: Scores = (rank / rank.max()).astype(np.float64)
    return scaled


def diverse(scores: Scores, vectors: Vectors, most: int, *, weight: float, taken: Sequence[int] = ()) -> list[int]:
    """Indexes of at most ``most`` sentences, best first: maximal marginal relevance.

    Each next one has the most of ``weight * score - (1 - weight) * cosine`` to what was chosen or ``taken`` before;
    those below 0 are not chosen. Scores below or at 0 mean "not to be chosen".
    """
    nearest = (vectors @ vectors[list(taken)].T).max(axis=1, initial=0)
    open_ = scores > 0
    chosen: list[int] = []
    open_[list(taken)] = False
    while len(chosen) < most and open_.any():
        worth = np.where(open_, weight * scores - (1 - weight) * nearest, -np.inf)
        best = int(worth.argmax())
        if worth[best] <= 0:
            break
        chosen.append(best)
        open_[best] = False
        nearest = np.maximum(nearest, vectors @ vectors[best])
    return chosen
