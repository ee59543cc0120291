"""Risk language: suicide, self-harm, harm to others, abuse, neglect, overdose, found by patterns.

A screen that points at words for a clinician to judge; it finds what is said plainly in English and is no
assessment. What is denied is told as denied, never left out; where that is in doubt it is not (see ``denial``): a risk
wrongly shown as denied is worse than a denial shown as a risk.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final
from uuid import UUID

from chunk_workers.notes.candidate import LONGEST_QUOTE
from chunk_workers.notes.denial import denies, no_denies, takes_back
from chunk_workers.notes.reply import NO_REPLY, plain, reply
from chunk_workers.notes.risk_pattern import PATTERNS, Pattern
from chunk_workers.notes.talked_of import asks_of_another, is_no_ones
from chunk_workers.notes.tongue import is_english, is_in_another_language
from chunk_workers.sentences import Sentence
from session_core.line import Line
from session_core.note import RiskKind, Severity

LANGUAGES: Final = frozenset({"en"})
"""Primary subtags of the languages in which risks are found; in others nothing is, and the reader must be told."""


def screens(lines: Sequence[Line], language: str | None) -> bool:
    """Whether risks are found in this transcript: by its language, where one is known, and by what is heard of it."""
    texts = [line.text for line in lines]
    if language is None:
        return is_english(texts)
    return language.partition("-")[0].lower() in LANGUAGES and not is_in_another_language(texts, "en")


@dataclass(frozen=True, slots=True)
class Risk:
    """``quote`` is word for word what was said, with the answer where it was asked. ``place`` counts sentences.

    ``severity`` is what the words alone weigh: low where it was denied, supposed ("if you ever feel"), told as
    information ("may cause") or asked without an answer. A quote is at most :data:`LONGEST_QUOTE` letters long.
    """

    place: int
    kind: RiskKind
    severity: Severity
    denied: bool
    quote: str
    segment_ids: tuple[UUID, ...]

    @property
    def gravity(self) -> int:
        """The graver of two has the greater one."""
        return 2 * ("low", "medium", "high").index(self.severity) + (not self.denied)


def risks(sentences: Sequence[Sentence]) -> list[Risk]:
    """Every risk that is mentioned, in order; of one kind at most one, the gravest, in each sentence."""
    found: list[Risk] = []
    for place in range(len(sentences)):
        by_kind: dict[RiskKind, Risk] = {}
        for risk in (*_within(sentences, place), *_across(sentences, place)):
            known = by_kind.get(risk.kind)
            if known is None or risk.gravity > known.gravity:
                by_kind[risk.kind] = risk
        found += by_kind.values()
    return found


def _within(sentences: Sequence[Sentence], place: int) -> Iterator[Risk]:
    sentence = sentences[place]
    said = plain(sentence.text)
    for pattern in PATTERNS:
        for match in pattern.expression.finditer(said):
            yield from _weighed(pattern, match, sentence.asks, sentences, place, place)


def _across(sentences: Sequence[Sentence], place: int) -> Iterator[Risk]:
    """Mentions that begin in this sentence and end in the next: speech is cut at breaths, in the middle of words."""
    pair = sentences[place : place + 2]
    if len(pair) < 2 or not _goes_on(*pair):
        return
    first = plain(pair[0].text).rstrip(" .,;:…–-")
    joined = f"{first} {plain(pair[1].text)}"
    asks = replace(pair[0], text=joined).asks
    for pattern in PATTERNS:
        for match in pattern.expression.finditer(joined):
            if match.start() < len(first) < match.end() - 1:
                yield from _weighed(pattern, match, asks, sentences, place, place + 1)


def _goes_on(one: Sentence, following: Sentence) -> bool:
    near = following.place == one.place or (
        following.place == one.place + 1 and following.line.speaker == one.line.speaker
    )
    return near and not one.text.rstrip("\"'”’)] ").endswith(("?", "!"))


def _weighed(
    pattern: Pattern, match: re.Match[str], asks: bool, sentences: Sequence[Sentence], first: int, last: int
) -> Iterator[Risk]:
    """The mention as it was told, or as it was asked and answered. What is in doubt weighs what its words do."""
    said, start, end = match.string, match.start(), match.end()
    of_another = asks_of_another(said, start, end)
    if pattern.reassures and not of_another:
        return
    answer = reply(sentences, last) if asks or of_another else NO_REPLY
    severity, denied = pattern.severity, False
    if answer.says == "yes" if pattern.reassures else answer.says == "no" and no_denies(match):
        severity, denied = "low", True
    elif of_another and answer.says == "nothing":
        severity = "low"
    elif not (of_another or said.endswith("?")):
        answer = NO_REPLY
        severity, denied = _told(pattern, match)
    stretch = sentences[first : last + 1]
    cited = _fitting(stretch, answer.sentences)
    quote = _bounded(" ".join(each.text for each in cited), len(said[:start].split()))
    if quote:
        ids = tuple(dict.fromkeys(each.line.id for each in cited))
        yield Risk(first, pattern.kind, severity, denied, quote, ids)


def _told(pattern: Pattern, match: re.Match[str]) -> tuple[Severity, bool]:
    acts = "act" in match.re.groupindex and match["act"] is not None
    before, after = match.string[: match.start("act" if acts else 0)], match.string[match.end() :]
    if denies(before, after):
        return "low", True
    return ("low" if is_no_ones(before, after) and not takes_back(after) else pattern.severity), False


def _fitting(stretch: Sequence[Sentence], answer: Sequence[Sentence]) -> list[Sentence]:
    """The mention's sentences, with as many of its answer as a quote may hold."""
    cited = [*stretch, *answer]
    while len(cited) > len(stretch) and len(" ".join(each.text for each in cited)) > LONGEST_QUOTE:
        cited.pop()
    return cited


def _bounded(text: str, words_before: int) -> str:
    """The text, or its words from the mention on where it is too long to be speech."""
    if len(text) <= LONGEST_QUOTE:
        return text
    words = text.split()[words_before:]
    while words and len(" ".join(words)) > LONGEST_QUOTE:
        words.pop()
    return " ".join(words)
