"""What is said of risks, as in a table: what is to be found of it, and the lines of its speakers, "/" between them.

Found are kind, severity and "denied" of each risk, "+" between several, or nothing. A line that goes on ends with a
backslash. C is a clinician, p a patient; where none is named, nobody knows who spoke.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from tests.risk_corpus.asked import ANSWERED, IN_DOUBT, NO_QUESTIONS, SCREENED
from tests.risk_corpus.ordinary import ORDINARY
from tests.risk_corpus.told import ADMITTED, DENIED, IN_OTHER_WORDS, IN_TWO_LINES

_TABLES: Final = (
    SCREENED,
    ANSWERED,
    IN_DOUBT,
    NO_QUESTIONS,
    ADMITTED,
    IN_OTHER_WORDS,
    DENIED,
    IN_TWO_LINES,
    ORDINARY,
)


def rows() -> Iterator[tuple[tuple[str, ...], tuple[str, ...]]]:
    """The lines that are spoken, and what is to be found of them, in the order of the alphabet."""
    for row in "".join(_TABLES).splitlines():
        found, _, spoken = row.partition(" | ")
        if spoken:
            yield tuple(spoken.split(" / ")), tuple(sorted(found.split(" + "))) if found != "nothing" else ()
