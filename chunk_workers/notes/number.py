"""Numbers in what a model states and in what was said: digits, and English words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import groupby
from typing import Final

_SMALL: Final = 12
"""Up to here numbers are mostly said as words, which are known in English only."""

_ONES: Final = """zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen
    seventeen eighteen nineteen"""
_TENS: Final = "twenty thirty forty fifty sixty seventy eighty ninety"
_NAMED: Final = {
    **{name: value for value, name in enumerate(_ONES.split())},
    **{name: 10 * value for value, name in enumerate(_TENS.split(), 2)},
}
_TIMES: Final = {"hundred": 100, "thousand": 1_000}
_SAYS_ALSO: Final = {
    "a": "1", "an": "1", "once": "1", "first": "1", "single": "1", "twice": "2", "both": "2", "couple": "2",
    "second": "2", "third": "3", "half": "0.5", "quarter": "0.25", "dozen": "12", "no": "0", "none": "0",
    "nothing": "0",
}  # fmt: skip
_MINUTES: Final = {
    30: re.compile(r"\bhalf (?:past|(?:an )?hour)\b"),
    15: re.compile(r"\bquarter (?:past|after|(?:of an )?hour)\b"),
    45: re.compile(r"\bquarter (?:to|till)\b|\bthree quarters of an hour\b"),
}
"""Of halves and quarters that are time."""

_UNITS: Final = "mg g kg µg μg ug mcg ml cl dl l iu ie ui u.i. i.e. % мг мкг г мл hub"
_UNITS_BEGIN: Final = """milligram miligram mikrogram microgram gram millilit mililit tablet compri compress cachet
    pastill pastigl pill pilul píldora capsul cápsul kapsel kapsl gélul tropfen drupp goutte gota gocc einheit eenhe
    unit unid löffel puff bouff hübe ampul ampoul таб капл"""
_UNIT: Final = "|".join(
    (
        "[毫微]克|毫升|片|粒|錠|滴",
        rf"(?:{'|'.join(re.escape(unit) for unit in _UNITS.split())})(?!\w)",
        "|".join(_UNITS_BEGIN.split()),
    )
)
_DOSE: Final = re.compile(rf"(\d[\d.,]*)[ -]?(?:[^\W\d]+[ -])?(?:{_UNIT})", re.IGNORECASE)
"""A number with a unit of dose, one word between them or none, in languages of Europe and East Asia."""

_DIGITS = re.compile(r"\d{1,3}(?:,\d{3})+(?![\d,])|\d+(?:\.\d+)?")


def numbers_are_said(text: str, texts: Sequence[str], *, in_english: bool) -> bool:
    """Whether each number in a text stands in those that it cites, as digits or as English words.

    In other languages numbers are known as digits alone. There those up to twelve may have been said as words, and
    pass unless they are a dose.
    """
    if in_english:
        return set(_stated(text)) <= {number for each in texts for number in _heard(each)}
    known = {number for each in texts for number in _digits(each)}
    doses = {number for found in _DOSE.findall(text) for number in _digits(found)}
    return all(number in known or (number <= _SMALL and number not in doses) for number in _digits(text))


def _digits(text: str) -> Iterator[Decimal]:
    return (Decimal(found.replace(",", "")) for found in _DIGITS.findall(text))


def _stated(text: str) -> Iterator[Decimal]:
    """The numbers that a text states; "one" is mostly none."""
    yield from _digits(text)
    for run in _runs(text):
        if run != ["one"]:
            yield _value(run)


def _heard(text: str) -> set[Decimal]:
    """Every number that may be meant: "one twenty" is 1, 20, 21 and 120."""
    found = set(_digits(text))
    for word in re.findall(r"[a-z]+", text.casefold()):
        if word in _SAYS_ALSO:
            found.add(Decimal(_SAYS_ALSO[word]))
    found |= {Decimal(minutes) for minutes, said in _MINUTES.items() if said.search(text.casefold())}
    for run in _runs(text):
        for first in range(len(run)):
            for end in range(first + 1, min(len(run), first + 8) + 1):
                part = run[first:end]
                found.add(_value(part))
                if all(word in _NAMED for word in part):
                    found.add(Decimal("".join(str(_NAMED[word]) for word in part)))
                    tens_last = "".join(str(_NAMED[word]) for word in part[:-2])
                    found.add(Decimal(f"{tens_last}{_value(part[-2:])}"))
    for whole, rest in re.findall(r"(\w+) point (\w+)", text.casefold()):
        if whole in _NAMED and rest in _NAMED:
            found.add(Decimal(f"{_NAMED[whole]}.{_NAMED[rest]}"))
    halves = {_value(run) + Decimal("0.5") for run in _runs(text)} if "and a half" in text.casefold() else set()
    return found | halves


def _runs(text: str) -> Iterator[list[str]]:
    """Number words that follow one another; "and" between them is none."""
    words = re.findall(r"[^\W_]+", text.casefold())
    words = [
        word
        for place, word in enumerate(words)
        if not (word == "and" and place and words[place - 1] in _TIMES and words[place + 1 : place + 2])
    ]
    for is_number, run in groupby(words, lambda word: word in _NAMED or word in _TIMES):
        if is_number:
            yield list(run)


def _value(run: Sequence[str]) -> Decimal:
    total = current = 0
    for word in run:
        if word in _NAMED:
            current += _NAMED[word]
        elif word == "hundred":
            current = max(current, 1) * 100
        else:
            total, current = total + max(current, 1) * 1_000, 0
    return Decimal(total + current)
