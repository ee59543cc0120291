"""Asking a session: the answer is what was said there, word for word, or nothing."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

import numpy as np

from chunk_workers.embedding import Vectors
from chunk_workers.notes.candidate import Candidate, candidates
from chunk_workers.notes.lexrank import Scores
from chunk_workers.sentences import content_words, sentences
from session_core.line import Line

MEANING: Final = 0.7
"""Share of the cosine in the score; the rest is the share of the question's words that are said."""

LEAST_SCORE: Final = 0.33
"""Below this nothing was said about it: at most one in ten questions that a session does not answer scores as much (see
docs/bench.md)."""

_STEM = 5
"""Letters by which two words count as one: "allergy" and "allergies", "headache" and "headaches"."""


@dataclass(frozen=True, slots=True)
class Quote:
    """``text`` is word for word what stands in the segments; ``score`` is in (0, 1]."""

    text: str
    segment_ids: tuple[UUID, ...]
    start_ms: int
    score: float


class Inquiry:
    """One session that can be asked: embed ``texts`` once, and each question when it comes."""

    def __init__(self, lines: Sequence[Line], near: Collection[UUID] | None = None) -> None:
        """``lines`` is the whole transcript in order, so that a question finds no answer but the one that followed it.
        ``near``: segments to which quotes are limited; an exchange with one of them is whole."""
        # One word is enough to answer: "Do you smoke? No."
        found = candidates(sentences(lines), least_content=1)
        self._candidates = [
            each for each in found if near is None or any(segment in near for segment in each.segment_ids)
        ]

    @property
    def texts(self) -> list[str]:
        return [candidate.text for candidate in self._candidates]

    def quotes(self, question: str, asked: Vectors, vectors: Vectors, *, most: int = 5) -> list[Quote]:
        """The best quotes, best first; none where nothing scores :data:`LEAST_SCORE`.

        ``asked`` is the question's vector as a row, ``vectors`` are those of ``texts``, all by one embedder.
        """
        scores = self._scores(question, asked, vectors)
        best = sorted(range(len(scores)), key=lambda place: (-scores[place], place))[:most]
        return [_quote(self._candidates[place], scores[place]) for place in best if scores[place] >= LEAST_SCORE]

    def _scores(self, question: str, asked: Vectors, vectors: Vectors) -> Scores:
        meaning: Scores = np.clip(vectors @ asked.reshape(-1), 0, 1).astype(np.float64)
        wanted = _stems(question)
        if not wanted:
            return meaning
        said = [len(wanted & _stems(candidate.text)) / len(wanted) for candidate in self._candidates]
        scores: Scores = MEANING * meaning + (1 - MEANING) * np.array(said, dtype=np.float64)
        return scores


def _stems(text: str) -> frozenset[str]:
    return frozenset(word[:_STEM] for word in content_words(text))


def _quote(candidate: Candidate, score: float) -> Quote:
    return Quote(candidate.quote, candidate.segment_ids, candidate.sentences[0].line.start_ms, min(float(score), 1.0))
