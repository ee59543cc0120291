"""Errors of recognised words, each with the time at which it was made.

Reference and transcript are normalised as a whole, since normalising joins and splits words ("twenty one" is "21",
"don't" is "do not"), and aligned by Levenshtein distance. A word of the reference is where the word lies that it is
aligned with, moved into the span that the reference gives for it, if any; words that were not heard share the gap
between their neighbours. So times near which errors are counted are the recogniser's own unless the reference times
every word, and they are as good as these: some tenths of a second. Among alignments of the same distance the choice is
arbitrary.
"""

from __future__ import annotations

import bisect
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import jiwer

from bench.consultation import WordErrors
from bench.reference import Said, Span

Normalise = Callable[[str], str]
EDGE_S = 1.0


@dataclass(frozen=True, slots=True)
class Judged:
    """A word of the reference, or (``added``) one that was heard beside them."""

    at_s: float
    wrong: bool
    added: bool = False


def normalised(pieces: Sequence[Said], normalise: Normalise) -> list[Said]:
    """The words of the whole normalised text, each when the piece was that it comes from."""
    words = normalise(" ".join(each.text for each in pieces)).split()
    singly = [(word, each.span) for each in pieces for word in normalise(each.text).split()]
    spans: list[Span | None] = [None] * len(words)
    known: Span | None = singly[0][1] if singly else None
    for kind, mine, theirs in _aligned(words, [word for word, _ in singly]):
        for place in mine:
            known = singly[theirs[place - mine.start]][1] if kind in ("equal", "substitute") else known
            spans[place] = known
    return [Said(word, span) for word, span in zip(words, spans, strict=True)]


def judge(reference: Sequence[Said], heard: Sequence[Said], length_s: float) -> list[Judged]:
    """Every word of both, normalised before, of a recording of ``length_s`` seconds. All of ``heard`` have times."""
    judged = []
    spans = [each.span or (0.0, length_s) for each in heard]
    for kind, said, recognised in _aligned([each.text for each in reference], [each.text for each in heard]):
        if kind == "insert":
            judged += [Judged(_middle(spans[place]), wrong=True, added=True) for place in recognised]
        elif kind == "delete":
            start = spans[recognised.start - 1][1] if recognised.start else 0.0
            end = spans[recognised.start][0] if recognised.start < len(spans) else length_s
            for number, place in enumerate(said):
                at = start + (end - start) * (number + 0.5) / len(said)
                judged.append(Judged(_within(at, reference[place].span), wrong=True))
        else:
            for place, other in zip(said, recognised, strict=True):
                at = _within(_middle(spans[other]), reference[place].span)
                judged.append(Judged(at, wrong=kind == "substitute"))
    return judged


def by_edges(judged: Sequence[Judged], edges_s: Sequence[float]) -> tuple[WordErrors, WordErrors]:
    """Errors within ``EDGE_S`` of an edge, and all others."""
    edges = sorted(edges_s)
    near, elsewhere = WordErrors(), WordErrors()
    for each in judged:
        one = WordErrors(errors=int(each.wrong), words=int(not each.added))
        after = bisect.bisect(edges, each.at_s)
        if any(abs(each.at_s - edge) <= EDGE_S for edge in edges[max(0, after - 1) : after + 1]):
            near += one
        else:
            elsewhere += one
    return near, elsewhere


def _aligned(reference: Sequence[str], hypothesis: Sequence[str]) -> list[tuple[str, range, range]]:
    (chunks,) = jiwer.process_words(" ".join(reference), " ".join(hypothesis)).alignments
    return [
        (each.type, range(each.ref_start_idx, each.ref_end_idx), range(each.hyp_start_idx, each.hyp_end_idx))
        for each in chunks
    ]


def _middle(span: Span) -> float:
    return (span[0] + span[1]) / 2


def _within(at_s: float, span: Span | None) -> float:
    return at_s if span is None else min(max(at_s, span[0]), span[1])
