"""Indexing: the passages of a session, to be found by their words and by their meaning."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence

from chunk_workers.embedding import TextEmbedder
from chunk_workers.lines import lines_of, names_of
from chunk_workers.passages import Passage, passages
from chunk_workers.provider import ProviderError
from chunk_workers.steps import Publication
from chunk_workers.telling import Tell
from session_core.change import Change, Changes
from session_core.envelope import Key
from session_core.errors import EngineUnavailable, HearkenError, NotFound
from session_core.keyring import Keyring
from session_core.line import Line
from session_core.log import where
from session_core.passage import Embedding, IndexedPassage, PassageBody
from session_core.passage_words import speaker_term, vector_of
from session_core.session import SessionState
from session_core.step import Step
from session_core.storage import passages as rows
from session_core.storage import sessions, steps
from session_core.storage.database import Database
from session_core.storage.steps import StepClaim

log = logging.getLogger(__name__)

STALE_AT_ONCE = 4
"""Sessions whose step is asked for in one look: what people wait for is not to wait behind all that is old."""

TEXTS_AT_ONCE = 64
"""Embedded in one call: how many an embedder takes at once anyway."""

STALE_EVERY_S = 30.0
REST_S = 600.0
"""Until an embedder that could not be had is tried again, and a session that was given up or has words alone is taken
again. Somebody's server may be down for hours."""


class Indexing:
    """The step ``index``; see ``chunk_workers.steps.StepWork``."""

    def __init__(self, database: Database, keyring: Keyring, embedder: TextEmbedder) -> None:
        self._database = database
        self._keyring = keyring
        self._embedder = embedder

    async def prepare(self, claim: StepClaim, tell: Tell) -> Publication:
        organisation = await self._keyring.organisation(claim.org_id)
        key = await self._keyring.session(claim.org_id, claim.session_id)
        async with self._database.organisation(claim.org_id, snapshot=True) as connection:
            if await sessions.wrapped_key(connection, claim.session_id) is None:
                raise NotFound("there is no such session")
            lines = await lines_of(connection, claim.session_id, key)
        found = passages(lines)
        model, embeddings = await self._embeddings([each.text for each in found], tell)
        made = await asyncio.to_thread(_indexed, organisation, lines, found, embeddings)

        async def publish(change: Change) -> None:
            session = change.session
            await rows.replace(change.connection, session.org_id, session.id, change.key, model, made)
            change.event("artifact.ready", {"kind": "index", "generation": claim.generation})

        return publish

    async def _embeddings(self, texts: Sequence[str], tell: Tell) -> tuple[str | None, list[Embedding | None]]:
        """The embedder's model and what it makes of the texts; nothing where it cannot run here, or its provider fails:
        words are found at once, and what they mean once ``StaleIndexings`` takes the session again."""
        embeddings: list[Embedding | None] = []
        try:
            model = await self._embedder.model()
            for at in range(0, len(texts), TEXTS_AT_ONCE):
                tell(at / len(texts), f"{at} of {len(texts)} passages read")
                vectors = await self._embedder.embed(texts[at : at + TEXTS_AT_ONCE])
                embeddings += [Embedding(model, tuple(vector)) for vector in vectors.tolist()]
        except (EngineUnavailable, ProviderError) as error:
            log.warning("passages are found by their words alone: %s", error.message)
            return None, [None] * len(texts)
        return model, embeddings


class StaleIndexings:
    """Has sessions indexed anew whose passages are not of this worker's embedder, and those that never were; after a
    rest those that have words alone, and those of which indexing was given up.

    All workers of an installation have the same embedder: two different ones would take sessions from each other.
    """

    def __init__(self, database: Database, changes: Changes, embedder: TextEmbedder) -> None:
        self._database = database
        self._changes = changes
        self._embedder = embedder

    async def run(self) -> None:
        while True:
            pause = STALE_EVERY_S
            try:
                await self.look()
            except EngineUnavailable:
                # Nothing could take the place of what there is.
                pause = REST_S
            except HearkenError as error:
                log.warning("no stale passages looked for: %s", where(error))
            await asyncio.sleep(pause)

    async def look(self) -> int:
        """Ask for the step of a few such sessions; of how many."""
        model = await self._embedder.model()
        async with self._database.single() as connection:
            found = await rows.stale(connection, model, REST_S, STALE_AT_ONCE)
        for each in found:
            try:
                async with self._changes.of(each.org_id, each.session_id) as change:
                    if change.state is SessionState.READY:
                        await steps.request(change.connection, each.org_id, each.session_id, Step.INDEX)
            except NotFound:
                log.info("session %s was deleted before it was indexed anew", each.session_id)
        return len(found)


def _indexed(
    organisation: Key, lines: Sequence[Line], found: Sequence[Passage], embeddings: Sequence[Embedding | None]
) -> list[IndexedPassage]:
    names = names_of(lines)
    return [
        IndexedPassage(
            each.start_ms,
            each.end_ms,
            speaker_term(organisation, names.get(each.speaker or "")),
            vector_of(organisation, each.text),
            PassageBody(each.text, each.segment_ids, names.get(each.speaker or "")),
            embedding,
        )
        for each, embedding in zip(found, embeddings, strict=True)
    ]
