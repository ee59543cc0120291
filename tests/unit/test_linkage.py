"""Average linkage against its definition."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from chunk_workers.linkage import average_linkage, cut

Floats = NDArray[np.float64]


def by_definition(vectors: Floats, weights: Floats) -> list[float]:
    """Merge the two clusters whose pairs are most alike on average, until one is left; likeness of each merge."""
    clusters = [[index] for index in range(len(vectors))]
    found = []
    while len(clusters) > 1:
        likeness, one, other = max(
            (mean_likeness(vectors, weights, clusters[one], clusters[other]), one, other)
            for one in range(len(clusters))
            for other in range(one)
        )
        clusters[other] += clusters.pop(one)
        found.append(likeness)
    return found


def mean_likeness(vectors: Floats, weights: Floats, one: list[int], other: list[int]) -> float:
    pairs = np.outer(weights[one], weights[other])
    return float((vectors[one] @ vectors[other].T * pairs).sum() / pairs.sum())


@pytest.mark.parametrize("seed", range(4))
def test_merges_are_those_of_the_definition(seed: int) -> None:
    random = np.random.default_rng(seed)
    vectors = random.normal(0.3, 1.0, (16, 12))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    weights = random.uniform(0.2, 1.6, 16)
    found = [merge.likeness for merge in average_linkage(vectors, weights)]
    assert found == pytest.approx(by_definition(vectors, weights))


@pytest.mark.parametrize("clusters", [1, 2, 5, 30, 50])
def test_a_tree_is_cut_into_as_many_clusters_as_asked_for(clusters: int) -> None:
    vectors = np.random.default_rng(1).normal(0.3, 1.0, (30, 12))
    labels = cut(average_linkage(vectors, np.ones(30)), 30, clusters)
    assert len(np.unique(labels)) == labels.max() + 1 == min(clusters, 30)


def test_equal_vectors_are_one_cluster() -> None:
    vectors = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 0.0], [0.0, 1.0], [1.0, 0.0]])
    labels = cut(average_linkage(vectors, np.ones(5)), 5, 2)
    assert labels[0] == labels[2] == labels[4] != labels[1] == labels[3]


@pytest.mark.parametrize("count", [0, 1])
def test_nothing_to_merge(count: int) -> None:
    assert average_linkage(np.ones((count, 3)), np.ones(count)) == []
