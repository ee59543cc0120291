"""Whether a text is in the language that was asked for, told by its letters and its commonest words.

It is sure of little, and says so only of what is plainly another language.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import Final

_COMMON: Final = {
    "de": "der die das und ist nicht ein eine mit auf für von dem den sich es im zu wird wurde hat war bei",
    "en": "the and of to is was that with for not has had his her they this are been have he she",
    "es": "el los las una que es por con para del se su al está fue como ha sus pero muy",
    "fr": "le les des une est que dans pour pas sur avec qui du au il elle sont été ses cette",
    "it": "il gli una che di è per non con del della sono nel alla ha si le suo sua anche",
    "nl": "de het een van en is niet met op voor dat zijn heeft aan hij zij was bij wordt ook",
    "pt": "os uma que não com para do da é em se por ao foi tem mais sua seu está dos",
}
"""Function words by language; enough of any text for a verdict on sentences."""

_SCRIPTS: Final = {
    "ar": "ARABIC", "fa": "ARABIC", "ur": "ARABIC", "he": "HEBREW", "el": "GREEK", "ru": "CYRILLIC", "uk": "CYRILLIC",
    "bg": "CYRILLIC", "ja": "CJK", "zh": "CJK", "ko": "HANGUL", "hi": "DEVANAGARI", "th": "THAI",
}  # fmt: skip
"""Languages that are not written in Latin letters; all the others are taken to be."""

_KIN: Final = {"HIRAGANA": "CJK", "KATAKANA": "CJK", "IDEOGRAPHIC": "CJK"}
_LEAST_WORDS, _LEAST_LETTERS = 20, 40
_FOREIGN = 0.6
"""Share of letters of another script from which a text is not in the language: names and doses stay Latin."""

_ENGLISH = 0.1
"""Share of English function words in spoken English, at least; in its nearest kin it is below half of that."""


def is_in_another_language(texts: Sequence[str], language: str | None) -> bool:
    """``language`` is a BCP 47 tag. False where it cannot be told."""
    if language is None:
        return False
    spoken = language.partition("-")[0].lower()
    text = " ".join(texts)
    letters = [letter for letter in text if letter.isalpha()]
    if len(letters) < _LEAST_LETTERS:
        return False
    script = _SCRIPTS.get(spoken, "LATIN")
    if sum(_script(letter) != script for letter in letters) > _FOREIGN * len(letters):
        return spoken in _SCRIPTS or spoken in _COMMON
    return spoken in _COMMON and _sounds_foreign(text, spoken)


def is_english(texts: Sequence[str]) -> bool:
    """Whether the commonest words of English are as common here as they are there; texts without words are as well."""
    words = _words(" ".join(texts))
    return sum(word in _COMMON["en"].split() for word in words) >= _ENGLISH * len(words)


def _sounds_foreign(text: str, spoken: str) -> bool:
    words = _words(text)
    if len(words) < _LEAST_WORDS:
        return False
    counts = {
        name: sum(word in common for word in words)
        for name, common in ((name, frozenset(listed.split())) for name, listed in _COMMON.items())
    }
    likeliest = max(counts, key=lambda name: counts[name])
    return counts[likeliest] >= 0.15 * len(words) and counts[likeliest] > 3 * counts[spoken]


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W\d_]+", text.casefold())


def _script(letter: str) -> str:
    name = unicodedata.name(letter, "").partition(" ")[0]
    return _KIN.get(name, name)
