"""Risk language: suicide, self-harm, harm to others, abuse, neglect, overdose, found by patterns.

A screen that points at words for a clinician to judge; it finds what is said plainly in English and is no
assessment. What is denied is told as denied, never left out. Denials are found as in NegEx (Chapman et al., "A
Simple Algorithm for Identifying Negated Findings and Diseases in Discharge Summaries", J. Biomed. Inform. 34,
2001), with scopes that end early: a risk wrongly shown as denied is worse than a denial shown as a risk.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from chunk_workers.notes.risk_pattern import PATTERNS, Pattern
from chunk_workers.sentences import Sentence, without_openings
from session_core.note import RiskKind, Severity

LANGUAGES: Final = frozenset({"en"})
"""Primary subtags of the languages in which risks are found; in others nothing is, and the reader must be told."""

_DENIES = re.compile(
    r"\b(?:no|not|never|none|without|nor|neither|deny|denies|denied|denying|cannot|\w+n't|free of|negative for)\b"
)
_DENIES_NOTHING = re.compile(
    r"\b(?:not (?:only|just|sure|certain|(?:the )?first time)|no (?:doubt|wonder|longer sure)"
    r"|(?:not|don't|do not) know|why (?:don't|not)"
    r"|(?:can't|cannot|can not|couldn't|never|don't|doesn't|won't|not) (?:stop|help|forget|get rid of|rule out))\b"
)
"""What looks like a denial and is none."""

_BELIEF = re.compile(
    r"\b(?:think|believe|say|feel like|suppose) (?:that )?(?:i|i'd|i'm|i've|i'll|he|she|they)(?: \w+ly)?\b"
)
"""Between a denial and what it denies: "I don't think I'd ever"."""

_SCOPE_ENDS = re.compile(
    r"[.;:!?]|\b(?:and|but|because|so|although|though|except|however|yet|still|then|when|until|unless|which"
    r"|i|i'm|i've|i'd|i'll|he|she|they|we|he's|she's|they're)\b"
)
_SCOPE_WORDS = 8

_SUPPOSES = re.compile(r"\b(?:if|in case|should you|were you to|whenever)\b")

_ANSWER_DENIES = re.compile(
    r"(?:no|nope|never|none|not (?:at all|really)|(?:absolutely|of course|definitely|certainly) not"
    r"|i (?:haven't|don't|didn't|wouldn't|would never|have never)|i'm not)\b"
)
_ANSWER_TAKES_BACK = re.compile(
    r"\b(?:but|although|though|except|sometimes|once|before|used to|yes|yeah|maybe|not really|don't know|not sure)\b"
)


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
    matches = [(pattern, match.start()) for pattern in PATTERNS for match in pattern.expression.finditer(said)]
    if not matches:
        return
    answer = _answer(sentences, place) if sentence.asks else []
    quoted = [sentence, *answer]
    reply = _plain(without_openings(" ".join(each.text for each in answer)))
    for pattern, start in matches:
        severity, denied = _asked(pattern, reply) if sentence.asks else _told(pattern, said[:start])
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
    """The first sentence of the next line, where another one speaks there and the question ends its own line."""
    question, following = sentences[place], sentences[place + 1 : place + 2]
    another = question.line.speaker is None or any(question.line.speaker != each.line.speaker for each in following)
    return list(following) if question.closes and another else []


def _asked(pattern: Pattern, reply: str) -> tuple[Severity, bool]:
    """Only a plain no is a denial; whatever else is answered may be a yes."""
    if not reply:
        return "low", False
    if _ANSWER_DENIES.match(reply) and not _ANSWER_TAKES_BACK.search(reply):
        return "low", True
    return pattern.severity, False


def _told(pattern: Pattern, before: str) -> tuple[Severity, bool]:
    """By the words before the mention: those that a denial among them would reach, and whether all is supposed."""
    plain = _BELIEF.sub("", _DENIES_NOTHING.sub(";", before))
    scope = " ".join(_SCOPE_ENDS.split(plain)[-1].split()[-_SCOPE_WORDS:])
    if _DENIES.search(scope):
        return "low", True
    return ("low" if _SUPPOSES.search(before) else pattern.severity), False
