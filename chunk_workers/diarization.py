"""Diarization: who spoke when, from the voiceprints of a session. A pure function, well under a second for an hour.

1. The voiceprints are clustered by average linkage; of a long session a few minutes at a time, then what came of them.
2. From the tree come candidates: clusters that may be speakers. Two are one speaker when they are as alike as their
   own voiceprints are among themselves: the mean likeness across, divided by the geometric mean of the likeness
   within (Spearman's correction for attenuation). So the bound holds for a close microphone and a far one alike.
   Voiceprints that share audio are left out of those means: they are alike whoever speaks.
3. Every voiceprint goes to the nearest speaker, changes of speaker costing a little.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from chunk_workers.linkage import Merge, average_linkage, cut
from chunk_workers.speakers.embedding import Voiceprint, unit
from session_core.turn import Turn

ONE_VOICE: Final = 0.84
"""Two clusters that are at least so alike, corrected for attenuation, are one speaker.

One speaker's halves come to 0.9 and more, two people to 0.8 and less.
"""

ONE_VOICE_FOR_SURE: Final = 0.9
"""The same where the number of speakers was given: then more alike ones are told apart, but not one voice in two."""

LEAST_S: Final = 4.0
LEAST_SHARE: Final = 0.005
"""A speaker is found who speaks for as many seconds and for such a share of all speech."""

TELLING_MS: Final = 700
"""Shorter voiceprints are given to speakers but make none: an uncertain voice is like no other, and not even itself."""

CHANGE_COST: Final = 0.08
"""How much more alike the next voiceprints must be to another speaker, in sum, for the speaker to change."""

LATE_MS: Final = 100
"""A voiceprint half of which is one speaker and half another sounds a little more like the first."""

LONGEST_PAUSE_MS: Final = 1000
"""A turn goes on over a pause of this length."""

EDGE_MS: Final = 100
"""Detectors hear a word's first and last sounds late and early: turns reach so far into silence."""

_AT_ONCE: Final = 256
_KEPT: Final = 32
_ROUNDS: Final = 3
_NO_PAIRS: Final = 1e-6

Floats = NDArray[np.float64]
Numbers = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Speakers:
    """``turns`` are in order, of speakers 0, 1, ... as they first speak. Those that ``diarize`` finds do not overlap.

    ``voices`` has a row of unit length for each speaker.
    """

    turns: tuple[Turn[int], ...]
    voices: NDArray[np.float32]


def diarize(prints: Sequence[Voiceprint], speakers: int | None = None) -> Speakers:
    """Turns of the speakers. The order of ``prints`` does not matter, their times are those of the session.

    ``speakers``: how many there are at most, where somebody knows; else the number is found. Fewer are found where
    some hardly speak.
    """
    if not prints:
        return Speakers((), np.zeros((0, 0), dtype=np.float32))
    if speakers is not None and speakers < 1:
        raise ValueError("nobody cannot have spoken")
    ordered = sorted(prints, key=lambda each: (each.start_ms, each.end_ms, each.vector.tobytes()))
    spans = np.array([(each.start_ms, each.end_ms) for each in ordered], dtype=np.int64)
    vectors = unit(np.stack([each.vector for each in ordered])).astype(np.float64)
    places = _places(spans)
    seconds = np.maximum(places[:, 1] - places[:, 0], 1) / 1000.0
    long = spans[:, 1] - spans[:, 0] >= TELLING_MS
    if not long.any():
        long[:] = True
    voices = _voices(vectors[long], seconds[long], spans[long], speakers)
    spoken = _spoken(vectors, seconds, voices)
    first_heard = list(dict.fromkeys(spoken.tolist()))
    number = {old: new for new, old in enumerate(first_heard)}
    voices = np.stack([_mean(vectors[spoken == old], seconds[spoken == old]) for old in first_heard])
    renumbered = np.array([number[old] for old in spoken.tolist()])
    parted = _parted(places, spans, renumbered, _likeness(vectors, voices))
    return Speakers(_turns(parted, renumbered.tolist()), unit(voices.astype(np.float32)))


def _places(spans: Numbers) -> Numbers:
    """What each voiceprint speaks for: where two overlap, each for its half."""
    places = spans.copy()
    overlap = np.minimum(spans[1:, 0] - spans[:-1, 1], 0)
    places[1:, 0] -= overlap // 2
    places[:-1, 1] = np.where(overlap < 0, places[1:, 0], places[:-1, 1])
    places[:, 1] = np.maximum(places[:, 1], places[:, 0])
    return places


def _voices(vectors: Floats, seconds: Floats, spans: Numbers, speakers: int | None) -> Floats:
    """The mean voiceprint of each speaker: shape (speakers, size)."""
    items = np.arange(len(vectors))
    while items.max() >= 2 * _AT_ONCE:
        items = _condensed(vectors, seconds, items)
    sums, mass = _summed(vectors, seconds, items)
    merges = average_linkage(sums / mass[:, None], mass)
    bound = ONE_VOICE if speakers is None else ONE_VOICE_FOR_SURE
    alike = _Alike(vectors, seconds, spans, items)
    least = max(LEAST_S, LEAST_SHARE * float(seconds.sum()))
    groups = alike.joined(_candidates(merges, mass, least, alike, bound), bound, speakers)
    return np.stack([_mean(sums[group] / mass[group][:, None], mass[group]) for group in groups])


def _condensed(vectors: Floats, seconds: Floats, items: Numbers) -> Numbers:
    """Fewer items: of each run of consecutive ones, those most alike are taken together."""
    sums, mass = _summed(vectors, seconds, items)
    taken = np.empty(len(mass), dtype=np.int64)
    reached = 0
    for first in range(0, len(mass), _AT_ONCE):
        part = slice(first, first + _AT_ONCE)
        merges = average_linkage(sums[part] / mass[part][:, None], mass[part])
        labels = cut(merges, len(mass[part]), _KEPT)
        taken[part] = labels + reached
        reached += int(labels.max()) + 1
    return taken[items]


def _summed(vectors: Floats, seconds: Floats, items: Numbers) -> tuple[Floats, Floats]:
    """Sums of vectors and of seconds of each item."""
    count = int(items.max()) + 1
    order = np.argsort(items, kind="stable")
    first = np.searchsorted(items[order], np.arange(count))
    sums = np.add.reduceat((vectors * seconds[:, None])[order], first, axis=0)
    return sums, np.bincount(items, seconds, count).astype(np.float64)


class _Alike:
    """Mean likeness of pairs of voiceprints that share no audio, between groups of items."""

    def __init__(self, vectors: Floats, seconds: Floats, spans: Numbers, items: Numbers) -> None:
        sums, mass = _summed(vectors, seconds, items)
        self._likeness = sums @ sums.T
        self._pairs = np.outer(mass, mass)
        for one, other in _sharing(spans):
            weight = seconds[one] * seconds[other]
            shared = weight * np.einsum("ij,ij->i", vectors[one], vectors[other])
            np.subtract.at(self._likeness, (items[one], items[other]), shared)
            np.subtract.at(self._pairs, (items[one], items[other]), weight)

    def joined(self, groups: list[Numbers], bound: float, most: int | None) -> list[Numbers]:
        """Groups joined, the most alike first, while any are alike by ``bound`` or there are more than ``most``."""
        groups = list(groups)
        likeness, pairs = self._between(groups)
        while len(groups) > 1:
            corrected = _corrected(likeness, pairs)
            np.fill_diagonal(corrected, -np.inf)
            one, other = sorted(divmod(int(corrected.argmax()), len(groups)))
            if corrected[one, other] < bound and (most is None or len(groups) <= most):
                break
            groups[one] = np.concatenate([groups[one], groups.pop(other)])
            likeness, pairs = _merged(likeness, one, other), _merged(pairs, one, other)
        return groups

    def one_voice(self, one: Numbers, other: Numbers, bound: float) -> bool:
        return bool(_corrected(*self._between([one, other]))[0, 1] >= bound)

    def _between(self, groups: Sequence[Numbers]) -> tuple[Floats, Floats]:
        """Sums of likeness and of weights of the pairs of any two groups, and of each with itself."""
        everyone = np.concatenate(groups)
        starts = np.cumsum([0, *map(len, groups[:-1])])
        blocks = np.ix_(everyone, everyone)
        likeness, pairs = (
            np.add.reduceat(np.add.reduceat(every[blocks], starts, axis=0), starts, axis=1)
            for every in (self._likeness, self._pairs)
        )
        return likeness, pairs


def _corrected(likeness: Floats, pairs: Floats) -> Floats:
    """Mean likeness of groups, corrected for attenuation: about 1 for one voice; 1 where too little is known."""
    mean = np.divide(likeness, pairs, out=np.zeros_like(likeness), where=pairs > _NO_PAIRS)
    within = np.sqrt(np.maximum(mean.diagonal(), 0.0))
    expected = np.outer(within, within)
    return np.asarray(np.divide(mean, expected, out=np.ones_like(mean), where=expected > 0.0))


def _merged(square: Floats, one: int, other: int) -> Floats:
    """Rows and columns of ``other`` added to those of ``one`` and taken out."""
    square[one] += square[other]
    square[:, one] += square[:, other]
    return np.delete(np.delete(square, other, axis=0), other, axis=1)


def _sharing(spans: Numbers) -> list[tuple[Numbers, Numbers]]:
    """Pairs of voiceprints that overlap in time, in both orders and each with itself."""
    everyone = np.arange(len(spans))
    found = [(everyone, everyone)]
    for step in range(1, len(spans)):
        near = np.flatnonzero(spans[step:, 0] < spans[:-step, 1])
        if not near.size:
            break
        found += [(near, near + step), (near + step, near)]
    return found


def _candidates(merges: list[Merge], mass: Floats, least: float, alike: _Alike, bound: float) -> list[Numbers]:
    """Groups of items that may be speakers, from the leaves up.

    A cluster is one candidate unless both its parts speak long enough and sound different, or one of its parts holds
    several. Parts that speak too little for a speaker are left out of the candidates: noise, laughter, mixtures.
    """
    members = [np.array([item]) for item in range(len(mass))]
    found = [[one] if weight >= least else [] for one, weight in zip(members, mass, strict=True)]
    for merge in merges:
        left, right = found[merge.left], found[merge.right]
        both = np.concatenate([members[merge.left], members[merge.right]])
        members.append(both)
        if max(len(left), len(right)) > 1 or (left and right and not alike.one_voice(left[0], right[0], bound)):
            found.append(left + right)
        else:
            found.append([both] if mass[both].sum() >= least else [])
    return found[-1] or [members[-1]]


def _mean(vectors: Floats, weights: Floats) -> Floats:
    return np.asarray(np.average(vectors, axis=0, weights=weights))


def _spoken(vectors: Floats, seconds: Floats, voices: Floats) -> Numbers:
    """The speaker of each voiceprint. Voices are taken anew from who was near them, a few times over."""
    for _ in range(_ROUNDS):
        nearest = np.argmax(_likeness(vectors, voices), axis=1)
        heard = np.unique(nearest)
        voices = np.stack([_mean(vectors[nearest == one], seconds[nearest == one]) for one in heard])
    return _steadied(_likeness(vectors, voices))


def _likeness(vectors: Floats, voices: Floats) -> Floats:
    return np.asarray(vectors @ (voices / np.linalg.norm(voices, axis=1, keepdims=True)).T)


def _steadied(likeness: Floats) -> Numbers:
    """The sequence of speakers with the largest sum of likeness, less what its changes cost (Viterbi)."""
    best = likeness[0]
    came_from = np.empty(likeness.shape, dtype=np.int64)
    stay = np.arange(likeness.shape[1])
    for index, likely in enumerate(likeness[1:], start=1):
        leader = int(np.argmax(best))
        change = best < best[leader] - CHANGE_COST
        came_from[index] = np.where(change, leader, stay)
        best = np.where(change, best[leader] - CHANGE_COST, best) + likely
    spoken = np.empty(len(likeness), dtype=np.int64)
    spoken[-1] = np.argmax(best)
    for index in range(len(likeness) - 1, 0, -1):
        spoken[index - 1] = came_from[index, spoken[index]]
    return spoken


def _parted(places: Numbers, spans: Numbers, spoken: Numbers, likeness: Floats) -> Numbers:
    """The places, where the speaker changes within speech parted at the moment at which both are equally likely.

    Likeness is known at the middles of voiceprints and taken as linear between them.
    """
    changes = np.flatnonzero((spoken[1:] != spoken[:-1]) & (spans[1:, 0] < spans[:-1, 1]))
    if not changes.size:
        return places
    before, after = spoken[changes], spoken[changes + 1]
    old = np.maximum(likeness[changes, before] - likeness[changes, after], 0.0)
    new = np.maximum(likeness[changes + 1, after] - likeness[changes + 1, before], 0.0)
    share = np.divide(old, old + new, out=np.full(len(changes), 0.5), where=old + new > 0.0)
    middles = spans.mean(axis=1)
    moment = middles[changes] + share * (middles[changes + 1] - middles[changes]) - LATE_MS
    parted = places.copy()
    parted[changes, 1] = np.clip(np.rint(moment), places[changes, 0], places[changes + 1, 1])
    parted[changes + 1, 0] = parted[changes, 1]
    return parted


def _turns(places: Numbers, spoken: Sequence[int]) -> tuple[Turn[int], ...]:
    """Places of one speaker in a row are one turn. Turns reach into the silence around them, at most to its middle."""
    runs: list[Turn[int]] = []
    for (start, end), speaker in zip(places.tolist(), spoken, strict=True):
        if runs and runs[-1].speaker == speaker and start - runs[-1].end_ms <= LONGEST_PAUSE_MS:
            runs[-1] = Turn(runs[-1].start_ms, end, speaker)
        else:
            runs.append(Turn(start, end, speaker))
    middles = [(before.end_ms + after.start_ms) // 2 for before, after in pairwise(runs)]
    return tuple(
        Turn(max(run.start_ms - EDGE_MS, earliest), min(run.end_ms + EDGE_MS, latest), run.speaker)
        for run, earliest, latest in zip(runs, [0, *middles], [*middles, runs[-1].end_ms + EDGE_MS], strict=True)
    )
