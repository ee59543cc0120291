"""Searching what was said, in all sessions or in one."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from session_core.messages.message import Answer, Message, Request

Question = Annotated[str, StringConstraints(min_length=1, max_length=400, strip_whitespace=True)]
DayOrMoment = Annotated[
    str,
    StringConstraints(pattern=r"^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(Z|[+-]\d{2}:\d{2}))?$"),
]


class SearchFilters(Request):
    """Of when a session began: days in UTC, ``since`` and ``until`` included; or moments with their offset from UTC,
    ``until`` not included. ``speaker``: a speaker's name."""

    patient_id: Annotated[str, StringConstraints(min_length=1, max_length=300)] | None = None
    since: DayOrMoment | None = None
    until: DayOrMoment | None = None
    speaker: Annotated[str, StringConstraints(min_length=1, max_length=100)] | None = None


class SearchRequest(Request):
    query: Question
    limit: Annotated[int, Field(ge=1, le=50)] = 20
    filters: SearchFilters = SearchFilters()


Matched = Literal["words", "meaning", "both"]


class SearchHit(Message):
    """``matched``: by what the passage was found. ``highlights`` are ``[start, end)`` offsets in ``text``.
    ``segment_id`` is where the passage begins; ``score`` only orders the hits of one answer."""

    session_id: UUID
    title: str | None
    patient_id: str | None
    created_at: str
    segment_id: UUID
    start_ms: int
    end_ms: int
    speaker: str | None
    text: str
    highlights: list[tuple[int, int]]
    matched: Matched
    score: float


class SearchAnswer(Answer):
    """``meaning``: whether passages were looked for by meaning too; false where no embedder answers at the moment."""

    hits: list[SearchHit]
    meaning: bool


class WireEmbedder(Message):
    """What compares meanings; ``leaves``: passages and questions leave this installation for it."""

    name: str
    leaves: bool


class SearchSetup(Answer):
    """``embedders``: of the workers that run; empty where none does."""

    embedders: list[WireEmbedder]


class AskRequest(Request):
    question: Question


class AnswerQuote(Message):
    """Something that was said, word for word; ``score`` is the likeness to the question, 0 to 1."""

    segment_ids: list[UUID]
    start_ms: int
    end_ms: int
    speaker: str | None
    text: str
    score: float


class AskAnswer(Answer):
    """``quotes`` is empty where nothing that was said answers the question."""

    quotes: list[AnswerQuote]
