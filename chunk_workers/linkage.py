"""Average-linkage clustering of weighted unit vectors by cosine.

The likeness of two clusters is the mean dot product of their pairs, so a cluster is known by sums alone and the tree is
the same in whatever order equal things come: the nearest-neighbour chain (F. Murtagh, "A survey of recent advances in
hierarchical clustering algorithms", 1983) finds it in O(n^2).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Merge:
    """Clusters ``left`` and ``right`` become one. The n items are clusters 0 to n - 1, the first merge makes n."""

    left: int
    right: int
    likeness: float


def average_linkage(vectors: Floats, weights: Floats) -> list[Merge]:
    """The tree of n vectors as n - 1 merges, the most alike first; a cluster is made before it is merged.

    ``vectors``: shape (n, size), means of unit vectors; ``weights``: shape (n,), positive.
    """
    count = len(weights)
    summed = vectors * weights[:, None]
    sums = summed @ summed.T
    np.fill_diagonal(sums, -np.inf)
    mass = weights.astype(np.float64)
    alive = np.ones(count, dtype=bool)
    likeness = np.empty(count)
    merges: list[Merge] = []
    chain: list[int] = []
    for _ in range(count - 1):
        if not chain:
            chain.append(int(alive.argmax()))
        while True:
            np.divide(sums[chain[-1]], mass, out=likeness)
            nearest = int(likeness.argmax())
            if len(chain) > 1 and likeness[chain[-2]] >= likeness[nearest]:
                break
            chain.append(nearest)
        right, left = chain.pop(), chain.pop()
        merges.append(Merge(left, right, float(sums[left, right] / (mass[left] * mass[right]))))
        # What is gone, and a cluster's likeness to itself, stays -inf.
        sums[left] += sums[right]
        sums[:, left] += sums[:, right]
        sums[right] = sums[:, right] = -np.inf
        mass[left] += mass[right]
        alive[right] = False
    return _numbered(merges, count)


def _numbered(merges: list[Merge], count: int) -> list[Merge]:
    """In order of likeness. So far a cluster was named by the place where it is kept, now by its number."""
    # A stable order: what was merged first comes first among equals, so children stay before their parents.
    ordered = sorted(_monotone(merges), key=lambda merge: -merge.likeness)
    number = list(range(count))
    made = []
    for index, merge in enumerate(ordered):
        made.append(Merge(number[merge.left], number[merge.right], merge.likeness))
        number[merge.left] = count + index
    return made


def _monotone(merges: list[Merge]) -> list[Merge]:
    """A parent is never more alike than its children; rounding may say so by a last digit."""
    bound: dict[int, float] = {}
    made = []
    for merge in merges:
        likeness = min(merge.likeness, bound.get(merge.left, np.inf), bound.get(merge.right, np.inf))
        bound[merge.left] = likeness
        made.append(Merge(merge.left, merge.right, likeness))
    return made


def cut(merges: list[Merge], count: int, clusters: int) -> NDArray[np.int64]:
    """Number of the cluster of each of ``count`` items where the tree is cut into ``clusters``: shape (count,)."""
    parent = np.arange(count + len(merges))
    for index, merge in enumerate(merges[: max(0, count - clusters)]):
        parent[[merge.left, merge.right]] = count + index
    for node in range(len(parent) - 1, -1, -1):
        parent[node] = parent[parent[node]]
    return np.unique(parent[:count], return_inverse=True)[1].astype(np.int64)
