"""Answering: what nodes ask of the models, while somebody waits."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Mapping, Sequence
from contextlib import aclosing
from typing import Any
from uuid import UUID

import numpy as np

from chunk_workers.embedding import TextEmbedder, Vectors
from chunk_workers.indexing import REST_S
from chunk_workers.lines import lines_of, names_of
from chunk_workers.notes.inquiry import Inquiry, Quote
from chunk_workers.voice_sampling import VoiceSampling
from session_core.envelope import Key
from session_core.errors import EngineUnavailable, HearkenError, Unavailable
from session_core.keyring import Keyring
from session_core.line import Line
from session_core.log import Outage, where
from session_core.names import QUESTION_CHANNEL
from session_core.passage import Embedding, PassageFilter, PassageId
from session_core.passage_words import digests_of
from session_core.storage import passages, questions
from session_core.storage.database import Connection, Database
from session_core.storage.questions import Question, QuestionClaim

log = logging.getLogger(__name__)

AT_ONCE = 4
FEW_LINES = 80
"""A session with no more lines is read whole."""

MOST_PASSAGES = 12
"""Of a longer one are read, by meaning and by words each, with the passages beside them."""

SENTENCES_AT_ONCE = 16
"""Embedded in one call, so that another question waits for no more than a tenth of a second."""

SWEEP_EVERY_S = 30.0


class Answering:
    """Takes questions as they are asked. Its embedder is its own: whoever asks does not wait for what is being indexed
    or noted."""

    def __init__(
        self,
        database: Database,
        keyring: Keyring,
        embedder: TextEmbedder,
        sampling: VoiceSampling,
        spawn: Callable[[Coroutine[object, object, None]], asyncio.Task[None]],
    ) -> None:
        self._database = database
        self._keyring = keyring
        self._embedder = embedder
        self._sampling = sampling
        self._spawn = spawn
        self._places = asyncio.Semaphore(AT_ONCE)
        self._outage = Outage(log, "no questions heard of", "questions are heard of again")

    async def run(self) -> None:
        """Take questions for as long as the database tells of them."""
        try:
            await self._embedder.model()
        except EngineUnavailable as error:
            log.warning("questions are left to other workers: %s", error.message)
            await asyncio.sleep(REST_S)
            return
        try:
            async with aclosing(questions.notifications(self._database, QUESTION_CHANNEL)) as told:
                async for _ in told:
                    self._outage.ended()
                    while await self._take():
                        pass
        except Unavailable as error:
            self._outage.began(error)

    async def sweep(self) -> None:
        """Remove what was asked and never fetched, every now and then."""
        while True:
            try:
                async with self._database.single() as connection:
                    await questions.sweep(connection)
            except HearkenError as error:
                log.warning("no questions swept: %s", where(error))
            await asyncio.sleep(SWEEP_EVERY_S)

    async def _take(self) -> bool:
        """False where nothing is asked."""
        await self._places.acquire()
        try:
            async with self._database.single() as connection:
                claim = await questions.claim(connection)
            if claim is not None:
                self._spawn(self._answer(claim))
                return True
        except BaseException:
            self._places.release()
            raise
        self._places.release()
        return False

    async def _answer(self, claim: QuestionClaim) -> None:
        try:
            await self._do(claim)
        except HearkenError as error:
            # Whoever waits is told by the clock.
            log.warning("question %s is not answered: %s", claim.question_id, where(error))
        finally:
            self._places.release()

    async def _do(self, claim: QuestionClaim) -> None:
        key = await self._keyring.organisation(claim.org_id)
        async with self._database.single() as connection:
            question = await questions.get(connection, claim.org_id, key, claim.question_id)
        if question is None:
            return
        if question.sample is not None:
            answered = await self._sampling.heard(question.sample)
        else:
            answered = await self._said(claim.org_id, key, question)
        async with self._database.single() as connection:
            await questions.answer(connection, claim.org_id, key, question.id, answered)

    async def _said(self, org_id: UUID, key: Key, question: Question) -> dict[str, Any]:
        model, vector = await self._embedder.model(), await self._embedder.embed([question.text])
        asked = Embedding(model, tuple(vector[0].tolist()))
        if question.session_id is None:
            return {"model": model, "vector": asked.vector}
        return {"quotes": await self._quotes(org_id, key, question, question.session_id, asked)}

    async def _quotes(
        self, org_id: UUID, organisation: Key, question: Question, session_id: UUID, asked: Embedding
    ) -> list[dict[str, Any]] | None:
        """None where the session is long and has no passages yet to look in."""
        key = await self._keyring.session(org_id, session_id)
        async with self._database.organisation(org_id, snapshot=True) as connection:
            lines, near = await lines_of(connection, session_id, key), None
            if len(lines) > FEW_LINES:
                near = await _near(connection, org_id, organisation, key, question.text, session_id, asked)
                if near is None:
                    return None
        inquiry = await asyncio.to_thread(Inquiry, lines, near)
        vectors = await self._embedded(inquiry.texts)
        wanted = np.array([asked.vector], dtype=np.float32)
        found = await asyncio.to_thread(inquiry.quotes, question.text, wanted, vectors)
        names = names_of(lines)
        return [_wire(quote, lines, names) for quote in found]

    async def _embedded(self, texts: Sequence[str]) -> Vectors:
        if not texts:
            return np.empty((0, 1), dtype=np.float32)
        starts = range(0, len(texts), SENTENCES_AT_ONCE)
        return np.concatenate([await self._embedder.embed(texts[at : at + SENTENCES_AT_ONCE]) for at in starts])


async def _near(
    connection: Connection,
    org_id: UUID,
    organisation: Key,
    key: Key,
    text: str,
    session_id: UUID,
    asked: Embedding,
) -> frozenset[UUID] | None:
    """The segments of the session's passages that are nearest to the question, and of those beside them: an answer may
    stand in the passage after its question."""
    if not await passages.count(connection, session_id):
        return None
    only = PassageFilter(session_id)
    meant = [found for found, _ in await passages.nearest(connection, org_id, asked, MOST_PASSAGES, only)]
    worded = await passages.with_words(connection, digests_of(organisation, text), MOST_PASSAGES, only)
    numbers = {found.number + beside for found in (*meant, *worded) for beside in (-1, 0, 1)}
    sealed = await passages.sealed(connection, [PassageId(session_id, number) for number in sorted(numbers)])
    return frozenset(segment for each in sealed.values() for segment in each.open(key)[0].segment_ids)


def _wire(quote: Quote, lines: Sequence[Line], names: Mapping[str, str]) -> dict[str, Any]:
    said = [line for line in lines if line.id in quote.segment_ids]
    return {
        "segment_ids": [str(segment) for segment in quote.segment_ids],
        "start_ms": quote.start_ms,
        "end_ms": max(line.end_ms for line in said),
        "speaker": names.get(said[0].speaker or ""),
        "text": quote.text,
        "score": quote.score,
    }
