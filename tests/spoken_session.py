"""A session that is ready, with what was said in it as its segments: for tests of what comes after the words."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from uuid import UUID, uuid4

from session_core.envelope import Key
from session_core.keyring import Keyring
from session_core.line import Line
from session_core.segment import Segment, Word
from session_core.speaker import Speaker
from session_core.step import Step
from session_core.storage import segments, speakers, steps
from session_core.storage.database import Database
from tests.caller import Caller
from tests.installation import Installation, until


class Speaking:
    """Fills sessions of ``caller``'s organisation as a worker would have."""

    def __init__(self, installation: Installation, database: Database, caller: Caller) -> None:
        self.caller = caller
        self._installation = installation
        self._database = database
        self._keyring = Keyring(database, Key(installation.settings.master_key_bytes))

    async def session(self, lines: Sequence[Line], **fields: object) -> str:
        """Ready and indexed. Ids of segments are those of the lines, names of speakers their roles."""
        session = await self.caller.session(**fields)
        org_id = await self._org(session)
        key = await self._keyring.session(org_id, UUID(session))
        window = uuid4()
        await self._installation.fetch(
            """
            INSERT INTO windows (org_id, session_id, id, kind, cut_sample, start_sample, end_sample, next_cut_sample,
                                 overlaps_previous, overlaps_next, generation, priority, state)
            VALUES ($1, $2, $3, 'final', 0, 0, 1, 1, false, false, 0, 1, 'done')
            """,
            org_id,
            UUID(session),
            window,
        )
        async with self._database.organisation(org_id) as connection:
            for name, role in dict.fromkeys((line.speaker, line.role) for line in lines):
                if name is not None:
                    await speakers.save(connection, org_id, UUID(session), key, Speaker(name, role))
            said = [(window, _segment(line)) for line in lines]
            await segments.save(connection, org_id, UUID(session), key, said)
        await self._installation.fetch(
            "UPDATE sessions SET state = 'ready', settled = true WHERE id = $1", UUID(session)
        )
        await self.index(session)
        return session

    async def index(self, session: str) -> None:
        """Have the session indexed, and wait for it."""
        org_id = await self._org(session)
        async with self._database.organisation(org_id) as connection:
            generation = await steps.request(connection, org_id, UUID(session), Step.INDEX)
        await self.indexed(session, generation)

    async def indexed(self, session: str, generation: int) -> None:
        async def is_done() -> bool:
            rows = await self._installation.fetch(
                "SELECT state, error_code FROM steps WHERE session_id = $1 AND step = 'index' AND generation >= $2",
                UUID(session),
                generation,
            )
            assert not rows or rows[0]["state"] != "failed", rows[0]["error_code"]
            return bool(rows and rows[0]["state"] == "done")

        await until(is_done)

    async def _org(self, session: str) -> UUID:
        org_id: UUID = await self._installation.value("SELECT org_id FROM sessions WHERE id = $1", UUID(session))
        return org_id


@asynccontextmanager
async def speaking(installation: Installation, *callers: Caller) -> AsyncIterator[list[Speaking]]:
    database = await Database.connect(installation.settings.database_url, connections=4, timeout_s=10)
    try:
        yield [Speaking(installation, database, caller) for caller in callers]
    finally:
        await database.close()


def _segment(line: Line) -> Segment:
    words = tuple(Word(word, line.start_ms, line.end_ms, 0.9) for word in line.text.split())
    return Segment(line.id, line.start_ms, line.end_ms, line.text, words, line.speaker)
