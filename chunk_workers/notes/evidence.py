"""Whether what a model states is borne out by what it quotes and cites, as far as words can show."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import groupby
from typing import Final
from uuid import UUID

from chunk_workers.spoken_english import says_nothing
from session_core.line import Line
from session_core.note import Note, Statement
from session_core.segment import spelling

_LEAST_WORDS: Final = 2
_SMALL: Final = 12
"""Up to here numbers are mostly said and written as words, which are known in English only."""

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
    "second": "2", "third": "3", "half": "30 0.5", "quarter": "15 45 0.25", "dozen": "12", "no": "0", "none": "0",
    "nothing": "0",
}  # fmt: skip
_DIGITS = re.compile(r"\d{1,3}(?:,\d{3})+(?![\d,])|\d+(?:\.\d+)?")


def borne_out(note: Note, lines: Sequence[Line]) -> Note:
    """The checked note of a model without the statements that could have been made of nothing, and with those counted.

    A statement needs a quote of two words that carry meaning, or of a whole line; and each number in it stands in the
    lines that it cites, as digits or as English words. Doing it twice changes nothing more.
    """
    said = {line.id: line.text for line in lines}
    in_english = note.language is None or note.language.partition("-")[0].lower() == "en"
    dropped, sections = note.dropped, []
    for section in note.sections:
        kept = tuple(each for each in section.statements if _is_borne_out(each, said, in_english))
        dropped += len(section.statements) - len(kept)
        sections.append(section.model_copy(update={"statements": kept}))
    return note.model_copy(update={"sections": tuple(sections), "dropped": dropped})


def _is_borne_out(statement: Statement, said: Mapping[UUID, str], in_english: bool) -> bool:
    texts = [said[each] for each in statement.segment_ids if each in said]
    if not statement.quote or not _says_enough(statement.quote, texts):
        return False
    known = set().union(*(_heard(text) for text in texts))
    wanted = list(_stated(statement.text)) if in_english else list(_digits(statement.text))
    return all(number in known or (not in_english and number <= _SMALL) for number in wanted)


def _says_enough(quote: str, texts: Sequence[str]) -> bool:
    words = [spelling(word) for word in quote.split()]
    telling = {word for word in words if any(map(str.isalnum, word)) and not says_nothing(word)}
    # Where no spaces stand between words, two letters are about one.
    enough = sum(len(word) // 2 if _is_unspaced(word) else 1 for word in telling) >= _LEAST_WORDS
    return enough or any([spelling(word) for word in text.split()] == words for text in texts)


def _is_unspaced(word: str) -> bool:
    return any("\u0e00" <= letter <= "\u0eff" or "\u3040" <= letter <= "\u9fff" for letter in word)


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
        found |= {Decimal(value) for value in _SAYS_ALSO.get(word, "").split()}
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
