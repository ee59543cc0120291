"""What is said: sentences of a small grammar, ``grammar.txt``, in the spelling in which people write them.

A sentence is one string with single spaces, a capital at its start and a stop at its end. Some names and drugs are
written in two ways and sound alike; the first spelling of a pair is what is written unless a prompt says otherwise.
"""

from __future__ import annotations

import random
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

PAIRS: tuple[tuple[str, str], ...] = (
    *(("Catherine", "Katherine"), ("Smith", "Smyth"), ("Stephen", "Steven"), ("Neil", "Neal"), ("Sarah", "Sara")),
    *(("Anne", "Ann"), ("John", "Jon"), ("Philip", "Phillip"), ("Eric", "Erik"), ("Mark", "Marc"), ("Alan", "Allan")),
    *(("Jeffrey", "Geoffrey"), ("Brian", "Bryan"), ("Teresa", "Theresa"), ("Reed", "Reid"), ("Clark", "Clarke")),
    *(("Brown", "Browne"), ("Corvadin", "Korvadin"), ("Niloprex", "Nyloprex"), ("Zantolin", "Xantolin")),
    *(("Fenovil", "Phenovil"), ("Calmoxa", "Kalmoxa"), ("Seradol", "Ceradol"), ("Tirazen", "Tyrazen")),
)
"""Two spellings of one sound, the usual one first: people up to Browne, the rest drugs that do not exist."""

_TRAINED, _HELD_BACK, _SEED = 5000, 400, 1
_DRUGS_FROM = 17

_SPOKEN = {"mg": "milligrams", "ml": "milliliters", "kg": "kilograms", "Dr.": "doctor", "am": "A M", "pm": "P M"}
_SPOKEN |= {second: first for first, second in PAIRS} | {"GP": "G P", "ECG": "E C G", "MRI": "M R I"}
# flite reads the usual spelling of these otherwise than the other one.
_SPOKEN |= {"Niloprex": "Nyloprex", "Nyloprex": "Nyloprex", "Tirazen": "Tyrazen", "Tyrazen": "Tyrazen"}

_NUMBERS: tuple[str, ...] = (
    "",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
)
_NUMBERS += ("thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen")
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")


@dataclass(frozen=True)
class Grammar:
    """``templates`` have slots in braces, ``slots`` what may stand there; ``fixed`` are sentences as they are."""

    templates: list[str]
    slots: dict[str, list[str]]
    fixed: list[str]


@cache
def grammar() -> Grammar:
    parts = re.split(r"^\[(\w*)]$", (Path(__file__).parent / "grammar.txt").read_text(encoding="utf-8"), flags=re.M)
    named = {name: body.strip() for name, body in zip(parts[1::2], parts[2::2], strict=True)}
    templates, fixed = named.pop("").splitlines(), named.pop("fixed").splitlines()
    slots = {name: " ".join(body.split()).split(" | ") for name, body in named.items()}
    first, last = slots.pop("first"), slots.pop("last")
    slots["drug"] = slots.pop("medicine") + 2 * [usual for usual, _ in PAIRS[_DRUGS_FROM:]]
    slots["person"] = [f"{one} {other}" for one in first for other in last] + 4 * first
    slots["doctor"] = [f"Dr. {name}" for name in last]
    slots["year"] = [str(year) for year in (*range(1984, 2000, 3), *range(2001, 2010, 2), *range(2010, 2027))]
    return Grammar(templates, slots, fixed)


def sentences(count: int, seed: int) -> list[str]:
    """So many different sentences. One in six is words in any order: so that words are heard, not guessed."""
    random_ = random.Random(seed)
    made = list(grammar().fixed)
    seen = set(made)
    loose = sorted({word for sentence in (_written(random_) for _ in range(9_000)) for word in sentence.split()})
    loose = [word for word in loose if word[-1] not in ".,?" and word != "X-ray"]
    opening = [word for word in loose if word[0].isupper() and word.isalpha()]
    while len(made) < count:
        sentence = _jumbled(random_, opening, loose) if len(made) % 6 == 0 else _written(random_)
        if sentence not in seen:
            seen.add(sentence)
            made.append(sentence)
    return made


def trained() -> list[str]:
    """The sentences that the model learns from."""
    return sentences(_TRAINED + _HELD_BACK, _SEED)[:_TRAINED]


def held_back() -> list[str]:
    """Sentences of the same grammar that are not among those."""
    return sentences(_TRAINED + _HELD_BACK, _SEED)[_TRAINED:]


def grammatical(text: str) -> bool:
    """Whether it is a sentence, not words in any order."""
    rules = grammar()
    slots = {name: "(?:" + "|".join(map(re.escape, values)) + ")" for name, values in rules.slots.items()}
    shapes = (re.sub(r"\\{(\w+)\\}", lambda slot: slots[slot[1]], re.escape(shape)) for shape in rules.templates)
    return text in rules.fixed or any(re.fullmatch(shape, text) for shape in shapes)


def words(written: str) -> list[str]:
    """The words of a text without what is only seen: stops, commas and question marks."""
    return [word if word in _SPOKEN else word.rstrip(".,?") for word in written.split()]


def spoken(word: str) -> str:
    """What a voice is given to say for a written word."""
    if word.endswith("%"):
        return f"{word[:-1]} percent"
    if re.fullmatch(r"\d{4}", word):  # a year; flite would read it now one way, now another
        century, rest = int(word[:2]), int(word[2:])
        return (
            f"{_NUMBERS[century // 10]} thousand {_NUMBERS[rest]}" if rest < 10 else f"{_said(century)} {_said(rest)}"
        )
    return _SPOKEN.get(word, word)


def aloud(written: str) -> str:
    """What a voice is given to say for a sentence."""
    stops = (re.sub(r"^Dr\.$|[^.,?]", "", word) for word in written.split())
    return " ".join(spoken(word) + stop for word, stop in zip(words(written), stops, strict=True))


def _said(number: int) -> str:
    """A number below 100 in words."""
    return _NUMBERS[number] if number < 20 else f"{_TENS[number // 10 - 2]} {_NUMBERS[number % 10]}".strip()


def lexicon() -> list[str]:
    """Short texts in which every word of the grammar stands in every written form."""
    rules = grammar()
    texts = [*rules.templates, *rules.fixed, *(value for values in rules.slots.values() for value in values)]
    return [*(re.sub(r"{\w+}", "", text) for text in texts), *(spelling for pair in PAIRS for spelling in pair)]


def _written(random_: random.Random) -> str:
    sentence = random_.choice(grammar().templates)
    return re.sub(r"{(\w+)}", lambda slot: random_.choice(grammar().slots[slot[1]]), sentence)


def _jumbled(random_: random.Random, opening: list[str], loose: list[str]) -> str:
    return " ".join([random_.choice(opening), *random_.choices(loose, k=random_.randrange(2, 8))]) + "."
