"""Risk language: suicide, self-harm, harm to others, abuse, neglect, overdose, found by patterns.

A screen that points at words for a clinician to judge; it finds what is said plainly in English and is no
assessment. What is denied is told as denied, never left out; where that is in doubt it is not (see ``denial``): a risk
wrongly shown as denied is worse than a denial shown as a risk.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from chunk_workers.notes.denial import answers_no, denies, no_denies, supposes, takes_back
from chunk_workers.notes.risk_pattern import PATTERNS, Pattern
from chunk_workers.notes.tongue import is_english, is_in_another_language
from chunk_workers.sentences import Sentence, without_openings
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

    ``severity`` is what the words alone weigh: low where it was denied, supposed ("if you ever feel") or asked
    without an answer.
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
        for risk in _mentioned(sentences, place):
            known = by_kind.get(risk.kind)
            if known is None or risk.gravity > known.gravity:
                by_kind[risk.kind] = risk
        found += by_kind.values()
    return found


def _mentioned(sentences: Sequence[Sentence], place: int) -> Iterator[Risk]:
    sentence = sentences[place]
    said = _plain(sentence.text)
    matches = [(pattern, match) for pattern in PATTERNS for match in pattern.expression.finditer(said)]
    if not matches:
        return
    answer = _answer(sentences, place) if sentence.asks else []
    quoted = [sentence, *answer]
    for pattern, match in matches:
        before, after = said[: match.start()], said[match.end() :]
        if sentence.asks:
            severity, denied = _asked(pattern, answer, no_denies(before, after))
        else:
            severity, denied = _told(pattern, before, after)
        yield Risk(
            place,
            pattern.kind,
            severity,
            denied,
            " ".join(each.text for each in quoted),
            tuple(dict.fromkeys(each.line.id for each in quoted)),
        )


def _plain(text: str) -> str:
    return text.casefold().replace("’", "'")


def _answer(sentences: Sequence[Sentence], place: int) -> list[Sentence]:
    """The first sentence of the next line, where another one speaks there and the question ends its own line.

    With what follows on the same line up to what takes it back.
    """
    question, following = sentences[place], sentences[place + 1 : place + 2]
    another = question.line.speaker is None or any(question.line.speaker != each.line.speaker for each in following)
    if not (following and question.closes and another):
        return []
    begin = place + 1
    for end in range(begin + 1, len(sentences)):
        if sentences[end].line.id != sentences[begin].line.id:
            break
        if takes_back(_plain(sentences[end].text)):
            return list(sentences[begin : end + 1])
    return list(following)


def _asked(pattern: Pattern, answer: Sequence[Sentence], no_denies_it: bool) -> tuple[Severity, bool]:
    """Only a plain no to a plain question is a denial; whatever else is answered may be a yes."""
    if not answer:
        return "low", False
    if no_denies_it and len(answer) == 1 and answers_no(_plain(without_openings(answer[0].text))):
        return "low", True
    return pattern.severity, False


def _told(pattern: Pattern, before: str, after: str) -> tuple[Severity, bool]:
    if denies(before, after):
        return "low", True
    return ("low" if supposes(before) and not takes_back(after) else pattern.severity), False
