"""LexRank and the choice of sentences that say different things."""

from __future__ import annotations

import numpy as np
import pytest

from chunk_workers.embedding import Vectors
from chunk_workers.notes.lexrank import DAMPING, centrality, diverse


def unit(*rows: tuple[float, ...]) -> Vectors:
    vectors = np.array(rows, dtype=np.float32)
    scaled: Vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return scaled


def test_a_sentence_like_many_others_is_more_central_than_one_apart() -> None:
    scores = centrality(unit((1, 0.1, 0), (1, 0, 0), (1, -0.1, 0), (0, 0, 1)))
    assert scores[1] == 1
    assert scores[3] == scores.min() > 0


def test_ranks_are_the_stationary_distribution_of_the_walk() -> None:
    vectors = unit((1, 0, 0), (1, 1, 0), (0, 1, 1), (0.2, 0, 1))
    likeness = np.clip(vectors @ vectors.T, 0, 1).astype(np.float64) ** 2
    np.fill_diagonal(likeness, 0)
    walk = (1 - DAMPING) / 4 + DAMPING * likeness / likeness.sum(axis=1, keepdims=True)
    values, states = np.linalg.eig(walk.T)
    stationary = np.abs(states[:, values.real.argmax()].real)
    assert centrality(vectors) == pytest.approx(stationary / stationary.max(), abs=1e-5)


def test_no_sentences_have_no_ranks() -> None:
    assert centrality(np.zeros((0, 3), dtype=np.float32)).shape == (0,)


def test_what_repeats_a_chosen_sentence_is_passed_by() -> None:
    vectors = unit((1, 0), (1, 0.01), (0, 1))
    assert diverse(np.array([1.0, 0.9, 0.5]), vectors, 2, weight=0.5) == [0, 2]


def test_sentences_taken_elsewhere_are_not_chosen_and_their_likes_lose() -> None:
    vectors = unit((1, 0), (1, 0.01), (0, 1))
    assert diverse(np.array([1.0, 0.9, 0.5]), vectors, 1, weight=0.5, taken=[0]) == [2]


def test_sentences_without_a_score_are_never_chosen() -> None:
    assert diverse(np.array([0.0, 0.3]), unit((1, 0), (0, 1)), 5, weight=0.7) == [1]
