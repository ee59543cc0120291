"""A note: sections of statements, each of which cites the segments that support it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Annotated, Final, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from session_core.line import Line
from session_core.segment import spelling

Severity = Literal["low", "medium", "high"]

SectionKind = Literal["statements", "flags", "text"]
"""``statements`` is a list, ``flags`` are risks with severity and quote, ``text`` is statements that read as prose."""

RiskKind = Literal["suicide", "self_harm", "harm_to_others", "abuse", "neglect", "overdose"]


LONGEST_TEXT: Final = 2_000
"""Letters of a statement and of its quote."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Statement(_Strict):
    """``segment_ids`` are in the order of the transcript; ``quote`` is what was said there, word for word.

    ``severity``, ``risk`` and ``denied`` belong to flags: a risk that was asked about and denied is told as such.
    """

    id: Annotated[str, Field(min_length=1, max_length=64)]
    text: Annotated[str, Field(min_length=1, max_length=LONGEST_TEXT)]
    # JSON has lists and no tuples.
    segment_ids: Annotated[tuple[UUID, ...], Field(strict=False)]
    severity: Severity | None = None
    risk: RiskKind | None = None
    denied: bool = False
    quote: Annotated[str, Field(max_length=LONGEST_TEXT)] | None = None


class Section(_Strict):
    key: str
    title: str
    kind: SectionKind = "statements"
    statements: Annotated[tuple[Statement, ...], Field(strict=False)] = ()


class Note(_Strict):
    """``template`` and ``template_version`` say what it was written by, ``writer`` by whom.

    ``dropped`` counts statements that were taken out because their evidence did not check out. ``language`` is a
    BCP 47 tag, None where nobody knows. ``screened``: words about risk were looked for in a language in which they are
    known; where they were not, that none is flagged says nothing.
    """

    template: str
    template_version: int
    sections: Annotated[tuple[Section, ...], Field(strict=False)]
    dropped: Annotated[int, Field(ge=0)] = 0
    writer: str
    language: str | None = None
    screened: bool = False


def checked(note: Note, lines: Sequence[Line]) -> Note:
    """The note without the statements that cite nothing valid, and with those counted.

    Out go statements of whose segments none exists, and those whose quote is not in the cited segments. Of a
    statement that stays, unknown and repeated segments go, and its quote becomes the transcript's own letters,
    where these are no more than a quote may hold. ``lines`` is the whole transcript in order. Checking twice changes
    nothing more.
    """
    places = {line.id: place for place, line in enumerate(lines)}
    texts = [line.text for line in lines]
    dropped = note.dropped
    sections = []
    for section in note.sections:
        kept = [found for statement in section.statements if (found := _supported(statement, places, texts))]
        dropped += len(section.statements) - len(kept)
        sections.append(section.model_copy(update={"statements": tuple(kept)}))
    return note.model_copy(update={"sections": tuple(sections), "dropped": dropped})


def _supported(statement: Statement, places: dict[UUID, int], texts: Sequence[str]) -> Statement | None:
    cited = sorted({each for each in statement.segment_ids if each in places}, key=places.__getitem__)
    if not cited:
        return None
    quote = statement.quote
    if quote is not None:
        letters = quoted(quote, [places[each] for each in cited], texts)
        if letters is None:
            return None
        # Between the words may stand any amount of white space and marks.
        quote = letters if len(letters) <= LONGEST_TEXT else quote
    return statement.model_copy(update={"segment_ids": tuple(cited), "quote": quote})


def quoted(quote: str, cited: Sequence[int], texts: Sequence[str]) -> str | None:
    """What of the transcript's ``texts`` is ``quote``, in their own letters; None where that is not said there.

    ``cited`` are places in ``texts``, at least one, in order. Those of neighbours are read as one: a question and its
    answer are quoted together.
    """
    passages = [texts[cited[0]]]
    for before, place in pairwise(cited):
        if place == before + 1:
            passages[-1] += f" {texts[place]}"
        else:
            passages.append(texts[place])
    found = (verbatim(quote, passage) for passage in passages)
    return next((each for each in found if each is not None), None)


def verbatim(quote: str, text: str) -> str | None:
    """The stretch of ``text`` with the words of ``quote``, one after the other; None where there is none.

    Case, punctuation and spaces between words do not count.
    """
    wanted = [spelled for word in quote.split() if (spelled := _spelled(word))]
    words = [(spelled, start, end) for start, end, word in spans(text) if (spelled := _spelled(word))]
    for first in range(len(words) - len(wanted) + 1 if wanted else 0):
        stretch = words[first : first + len(wanted)]
        if [spelled for spelled, _, _ in stretch] == wanted:
            return text[stretch[0][1] : stretch[-1][2]]
    return None


def spans(text: str) -> list[tuple[int, int, str]]:
    """The words between white space with where they start and end in the text."""
    found, place = [], 0
    for word in text.split():
        start = text.index(word, place)
        place = start + len(word)
        found.append((start, place, word))
    return found


def _spelled(word: str) -> str:
    """Empty for what is only punctuation."""
    return spelling(word) if any(letter.isalnum() for letter in word) else ""
