"""Search: passages of an organisation's sessions by their words and by their meaning, and questions to one session."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from session_core.envelope import Key
from session_core.errors import Invalid, NotFound, Unavailable
from session_core.keyring import Keyring
from session_core.messages.search import (
    AnswerQuote,
    AskAnswer,
    Matched,
    SearchAnswer,
    SearchFilters,
    SearchHit,
    SearchRequest,
    SearchSetup,
    WireEmbedder,
)
from session_core.passage import Embedding, PassageFilter, PassageId
from session_core.passage_rank import fused
from session_core.passage_words import digests_of, highlights, speaker_term
from session_core.principal import Principal
from session_core.session import TRANSCRIBED_STATES
from session_core.storage import passages, sessions, workers
from session_core.storage.database import Connection, Database
from session_core.storage.passages import SealedPassage
from session_core.title_index import patient_term
from stream_server.questions import Questions

MOST_FUSED: Final = 100
"""Of each ranking. A hit needs no more than the first places: a request asks for 50 at most."""

LEAST_LIKENESS: Final = 0.2
"""Cosine below which a passage has nothing to do with what is looked for."""

MEANING_WITHIN_S: Final = 1.5
ANSWER_WITHIN_S: Final = 8.0
_DAY: Final = timedelta(days=1)

AT_ONCE: Final = 4
"""Searches of this node in the database: the others wait, so that chunks find connections."""


@dataclass(frozen=True, slots=True)
class Found:
    """A passage, not opened yet."""

    passage: SealedPassage
    matched: Matched
    score: float


class Search:
    def __init__(self, database: Database, keyring: Keyring, questions: Questions) -> None:
        self._database = database
        self._keyring = keyring
        self._questions = questions
        self._places = asyncio.Semaphore(AT_ONCE)

    async def search(self, principal: Principal, wanted: SearchRequest) -> SearchAnswer:
        org_id = principal.org_id
        organisation = await self._keyring.organisation(org_id)
        within = _within(organisation, wanted.filters)
        # The words are looked for while a worker embeds the question.
        worded, answered = await asyncio.gather(
            self._worded(org_id, digests_of(organisation, wanted.query), within),
            self._questions.ask(org_id, wanted.query, MEANING_WITHIN_S),
        )
        asked = Embedding(answered["model"], tuple(answered["vector"])) if answered else None
        async with self._places, self._database.organisation(org_id, snapshot=True) as connection:
            found = await _ranked(connection, org_id, worded, asked, within, wanted.limit)
        hits = [self._hit(organisation, each, wanted.query) for each in found]
        return SearchAnswer(hits=hits, meaning=asked is not None)

    async def setup(self) -> SearchSetup:
        """By what passages and questions are compared."""
        async with self._database.single() as connection:
            engines = await workers.engines(connection, workers.ALIVE_S)
        embedders = sorted({(engine.embedder, engine.embedder_leaves) for engine in engines})
        return SearchSetup(embedders=[WireEmbedder(name=name, leaves=leaves) for name, leaves in embedders])

    async def ask(self, principal: Principal, session_id: UUID, question: str) -> AskAnswer:
        """What was said in the session about it, word for word."""
        key = await self._keyring.session(principal.org_id, session_id)
        async with self._database.organisation(principal.org_id) as connection:
            session = await sessions.get(connection, session_id, key)
        if session is None:
            raise NotFound("there is no such session")
        if session.state not in TRANSCRIBED_STATES:
            raise Invalid("the session is not transcribed yet")
        answered = await self._questions.ask(principal.org_id, question, ANSWER_WITHIN_S, session_id)
        if answered is None:
            raise Unavailable("nobody can answer at the moment")
        if answered["quotes"] is None:
            raise Unavailable("the session is not indexed yet", retry_after_s=5.0)
        return AskAnswer(quotes=[AnswerQuote.model_validate(quote, strict=False) for quote in answered["quotes"]])

    async def _worded(self, org_id: UUID, digests: Sequence[str], within: PassageFilter) -> list[PassageId]:
        async with self._places, self._database.organisation(org_id, snapshot=True) as connection:
            return await passages.with_words(connection, digests, MOST_FUSED, within)

    def _hit(self, organisation: Key, found: Found, query: str) -> SearchHit:
        passage = found.passage
        key = self._keyring.unwrap_session(organisation, passage.id.session_id, passage.key)
        body, details = passage.open(key)
        return SearchHit(
            session_id=passage.id.session_id,
            title=details.title,
            patient_id=details.patient_id,
            created_at=passage.created_at.isoformat(),
            segment_id=body.segment_ids[0],
            start_ms=passage.start_ms,
            end_ms=passage.end_ms,
            speaker=body.speaker,
            text=body.text,
            highlights=highlights(body.text, query),
            matched=found.matched,
            score=found.score,
        )


async def _ranked(
    connection: Connection,
    org_id: UUID,
    worded: Sequence[PassageId],
    asked: Embedding | None,
    within: PassageFilter,
    limit: int,
) -> list[Found]:
    """The best passages by both rankings. What was indexed anew since one of them is left out."""
    meant: list[PassageId] = []
    if asked is not None:
        alike = await passages.nearest(connection, org_id, asked, MOST_FUSED, within)
        meant = [passage for passage, likeness in alike if likeness >= LEAST_LIKENESS]
    best = fused(worded, meant)[:limit]
    sealed = await passages.sealed(connection, [passage for passage, _ in best])
    by_words, by_meaning = set(worded), set(meant)
    return [
        Found(sealed[passage], _matched(passage in by_words, passage in by_meaning), score)
        for passage, score in best
        if passage in sealed
    ]


def _matched(words: bool, meaning: bool) -> Matched:
    if words and meaning:
        return "both"
    return "words" if words else "meaning"


def _within(organisation: Key, filters: SearchFilters) -> PassageFilter:
    speaker = speaker_term(organisation, filters.speaker)
    if filters.speaker is not None and speaker is None:
        raise Invalid("missing or wrong: speaker")
    return PassageFilter(
        speaker=speaker,
        patient=patient_term(organisation, filters.patient_id),
        since=_begin(filters.since, "since"),
        until=_begin(filters.until, "until", after=_DAY),
    )


def _begin(text: str | None, name: str, after: timedelta = timedelta()) -> datetime | None:
    """The moment, or for a day its beginning in UTC, ``after`` later."""
    if text is None:
        return None
    try:
        at = datetime.fromisoformat(text)
        return at.replace(tzinfo=UTC) + after if at.tzinfo is None else at.astimezone(UTC)
    except (ValueError, OverflowError):
        raise Invalid(f"missing or wrong: {name}") from None
