"""Whether a reassurance ("denies", "no risk", "is safe") is shown by what it quotes, as far as English words can.

A note that reassures about nothing is the one that harms, and what somebody asks a model to write. So a denial quotes
one: any word that denies, or says the same itself. Negations that are the finding ("don't want to live") are none.
That it is a denial of the same thing is left to whoever reads the quote.
"""

from __future__ import annotations

import re
from typing import Final

_BETWEEN: Final = (
    r"(?:(?:any|a|at|of|or|to|for|in|being|current|immediate|imminent|acute|active|known|significant|increased|suicidal"
    r"|evidence|indication|mention|signs?|history|thoughts?|ideas?|plans?|intent|intention|risk) )*"
)
_REASSURES: Final = re.compile(
    r"\b(?:(?<!was )(?<!were )(?<!been )den(?:y|ies|ied|ying)|(?:low|minimal|zero) (?:\w+ )?risk"
    rf"|(?:no|not|without) {_BETWEEN}(?:risks?|danger|harm|self-harm|suicid\w+|ideation|abuse|violence)"
    r"|risks? (?:is|are|was|were) (?:\w+ )?(?:not|none|no|low|minimal|absent)"
    r"|(?:is|are|was|feels?|felt|remains?|stays?|keeps?|considered) (?:(?!not |never )\w+ ){0,2}safe)\b"
)
_NOT_SO: Final = re.compile(r"\b(?:not|never|without|if|whether|\w+n't) (?:\w+ ){0,2}$")
"""Before a reassurance: it is none."""

_NEGATIVE_FINDING: Final = re.compile(
    r"\b(?:\w+n't|not|never|no|nothing)(?: \w+){0,3} (?:live|living|alive|exist|wake|be here|go on|been born|worth"
    r"|point|reason|hope|future|way out|cope|stand|safe|sure|know)\b"
)
_DENIAL: Final = re.compile(
    r"\b(?:no|nope|nah|not|never|none|nothing|nobody|neither|nor|without|den(?:y|ies|ied|ying)|safe"
    r"|(?:low|minimal) risk|(?:have|has|had|is|are|was|were|do|does|did|would|wo|ai)n't)\b"
)
"""Not among them, as in ``denial``: what is no choice ("can't", "shouldn't")."""


def is_shown(text: str, quote: str) -> bool:
    """Whether the text reassures about nothing, or its quote holds a denial."""
    return not _reassures(_plain(text)) or holds_denial(quote)


def holds_denial(quote: str) -> bool:
    return _DENIAL.search(_NEGATIVE_FINDING.sub(" ", _plain(quote))) is not None


def _reassures(text: str) -> bool:
    return any(not _NOT_SO.search(text[: found.start()]) for found in _REASSURES.finditer(text))


def _plain(text: str) -> str:
    return " ".join(text.casefold().replace("’", "'").split())
