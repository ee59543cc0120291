"""Vocabulary: names of people, drugs and places as they are to be written, for recognisers that take hotwords.

An organisation has words of its own and each patient has some. A session keeps those that were there when it began.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from session_core.errors import Invalid

LONGEST: Final = 60
"""Characters of an entry, which is a word or several."""

MOST_OF_ORGANISATION, MOST_OF_PATIENT = 500, 100

_JOINERS: Final = "\u200c\u200d"
"""The only invisible characters that belong into names: some scripts need them."""


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """``version`` counts the changes, 0 for one that nobody has written."""

    words: tuple[str, ...] = ()
    version: int = 0


@dataclass(frozen=True, slots=True)
class Hotwords:
    """The words that a session is heard with, whatever is changed in the vocabularies later."""

    patient: tuple[str, ...] = ()
    organisation: tuple[str, ...] = ()

    @property
    def words(self) -> tuple[str, ...]:
        """The likeliest first: recognisers take as many as they have room for."""
        return _each_once((*self.patient, *self.organisation))


def normalised(given: Sequence[str], most: int) -> tuple[str, ...]:
    """The words as they are kept: composed, trimmed, each once in any case, in their order; empty ones are left out.

    :class:`Invalid` names the place of what is wrong, never the word.
    """
    words = _each_once(word for place, each in enumerate(given, 1) if (word := _normalised(each, place)))
    if len(words) > most:
        raise Invalid(f"{len(words)} words are given, {most} are kept at most")
    return words


def _normalised(given: str, place: int) -> str:
    trimmed = given.strip()
    if any(_is_control(character) for character in trimmed):
        raise Invalid(f"word {place} has a control character in it")
    word = " ".join(unicodedata.normalize("NFC", trimmed).split())
    if len(word) > LONGEST:
        raise Invalid(f"word {place} is longer than {LONGEST} characters")
    if word and not any(character.isalnum() for character in word):
        raise Invalid(f"word {place} has neither letter nor digit")
    return word


def _is_control(character: str) -> bool:
    category = unicodedata.category(character)
    return (category[0] == "C" or category in ("Zl", "Zp")) and character not in _JOINERS


def _each_once(words: Iterable[str]) -> tuple[str, ...]:
    """The first of those that differ in case alone."""
    found: dict[str, str] = {}
    for word in words:
        found.setdefault(word.casefold(), word)
    return tuple(found.values())
