"""Where nobody speaks, and the words that were recognised there all the same."""

from __future__ import annotations

from collections.abc import Sequence

from bench.reference import Span

MARGIN_S = 0.5
"""So much before and after speech is not looked at: neither references nor recognisers time words to the frame."""


def non_speech(speech: Sequence[Span], length_s: float) -> list[Span]:
    """The stretches of a recording of ``length_s`` seconds that are further than ``MARGIN_S`` from all speech."""
    found, since = [], 0.0
    for start, end in sorted(speech):
        if start - MARGIN_S > since:
            found.append((since, start - MARGIN_S))
        since = max(since, end + MARGIN_S)
    return [*found, (since, length_s)] if since < length_s else found


def inside(span: Span, stretches: Sequence[Span]) -> bool:
    """Whether the middle of ``span`` lies in one of the stretches."""
    middle = (span[0] + span[1]) / 2
    return any(start <= middle < end for start, end in stretches)
