"""The words of passages: folded and stemmed, so that they are found in other forms; stored as keyed digests alone.

The text index is a ``tsvector`` whose lexemes are digests under the organisation's key. It tells which passages of an
organisation share a word and where in them it stands, but not which word it is.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import Final

from session_core.envelope import Key

MOST_WORDS: Final = 32
"""Of a query."""

_WORD: Final = re.compile(r"\w+(?:['’]\w+)*")
_DIGEST: Final = 16
"""Hexadecimal digits of a word's digest: 64 bits. Among 100,000 words two are the same with a chance below 1e-9."""

_IN_EVERY_PASSAGE: Final = re.compile(
    "a|about|all|am|an|and|any|are|as|at|be|been|but|by|can|could|did|didnt|do|does|dont|for|from|get|go|got|had|has|"
    "have|he|her|here|hes|him|his|how|i|id|if|ill|im|in|into|is|it|its|ive|just|like|me|my|no|not|of|off|ok|okay|on|"
    "or|our|out|she|shes|so|some|than|that|thats|the|their|them|then|there|these|they|theyre|this|those|to|too|uh|um|"
    "up|us|was|we|well|were|what|when|where|which|who|why|will|with|would|yeah|yes|you|your|youre|youve"
)
"""English words that tell no passage from another, without their apostrophes. They are not indexed."""


def stems(text: str) -> Iterator[tuple[int, int, int, str]]:
    """``(place, start, end, stem)`` of each word that is indexed: which word of the text it is, counting from 1, and
    its extent in characters."""
    for place, word in enumerate(_WORD.finditer(text), 1):
        folded = _folded(word.group())
        if folded and not _IN_EVERY_PASSAGE.fullmatch(folded):
            yield place, word.start(), word.end(), _stem(folded)


def vector_of(key: Key, text: str) -> str:
    """The text as Postgres reads a ``tsvector``. ``key`` is the organisation's."""
    places: dict[str, list[int]] = {}
    for place, _, _, stem in stems(text):
        places.setdefault(stem, []).append(place)
    digests = {_digest(key, stem): at for stem, at in places.items()}
    return " ".join(f"{digest}:{','.join(map(str, at))}" for digest, at in sorted(digests.items()))


def digests_of(key: Key, query: str) -> list[str]:
    """What is looked for, each word once; empty where the query holds no word that is indexed."""
    return [_digest(key, stem) for stem in list(dict.fromkeys(_stems_of(query)))[:MOST_WORDS]]


def highlights(text: str, query: str) -> list[tuple[int, int]]:
    """``[start, end)`` of each word of the text that the query asks for, in characters."""
    wanted = set(_stems_of(query))
    return [(start, end) for _, start, end, stem in stems(text) if stem in wanted]


def speaker_term(key: Key, name: str | None) -> bytes | None:
    """A digest of the name by which a speaker's passages are found, whatever its case and spaces."""
    folded = " ".join((name or "").casefold().split())
    return key.blind(folded, "speaker name") if folded else None


def _stems_of(query: str) -> list[str]:
    return [stem for _, _, _, stem in stems(query)]


def _digest(key: Key, stem: str) -> str:
    return key.blind(stem, "passage word").hex()[:_DIGEST]


def _folded(word: str) -> str:
    """Without case, accents and apostrophes."""
    apart = unicodedata.normalize("NFKD", word.casefold())
    return "".join(letter for letter in apart if letter.isalnum())


def _stem(word: str) -> str:
    """Without the plural's ending: the S stemmer of D. Harman, "How effective is suffixing?", JASIS 42 (1991)."""
    if len(word) > 3 and word.endswith("ies") and not word.endswith(("eies", "aies")):
        return word[:-3] + "y"
    if len(word) > 3 and word.endswith("es") and not word.endswith(("aes", "ees", "oes")):
        return word[:-1]
    if len(word) > 3 and word.endswith("s") and not word.endswith(("us", "ss")):
        return word[:-1]
    return word
