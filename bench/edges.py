"""What cutting costs near the cuts: word errors near the edges of windows, and in the same places of uncut audio.

Windows end in pauses, and pauses are where turns change: what is said there is short, soft and seldom a sentence. So
more of it is misheard than of other speech even where nothing is cut, and only the comparison tells what the cut does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from bench.consultation import Consultation, WordErrors
from bench.reference import Said
from bench.word_errors import Normalise, by_edges, judge, normalised
from hearken.chunk_file import SAMPLE_RATE


@dataclass(frozen=True, slots=True)
class EdgeErrors:
    near: WordErrors = field(default_factory=WordErrors)
    elsewhere: WordErrors = field(default_factory=WordErrors)

    def __add__(self, other: EdgeErrors) -> EdgeErrors:
        return EdgeErrors(self.near + other.near, self.elsewhere + other.elsewhere)

    @property
    def ratio(self) -> float:
        """Error rate near edges by that of all other words."""
        return self.near.rate / self.elsewhere.rate


def edge_errors(
    consultation: Consultation, heard: Sequence[Said], edges_s: Sequence[float], normalise: Normalise
) -> EdgeErrors:
    """``edges_s`` need not be edges of what ``heard`` was heard in."""
    length_s = len(consultation.samples) / SAMPLE_RATE
    judged = judge(normalised(consultation.said, normalise), normalised(heard, normalise), length_s)
    # The recording's own beginning and end are nobody's cut.
    return EdgeErrors(*by_edges(judged, [edge for edge in edges_s if 0 < edge < length_s]))
