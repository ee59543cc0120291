"""A session in which something was heard, without a worker, and its log."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4, uuid5

from session_core.envelope import Key
from session_core.keyring import Keyring
from session_core.segment import Segment, Word
from session_core.storage import events, segments
from session_core.storage.database import Database
from tests.caller import Caller
from tests.installation import Installation

SECRET = "Zebedee"
"""What must not be seen outside of sealed bytes."""


class HeardSession:
    """A session of Ann's in which three sentences were heard, as a worker would leave it."""

    def __init__(self, installation: Installation, database: Database, ann: Caller) -> None:
        self._installation = installation
        self._database = database
        self._keyring = Keyring(database, Key(installation.settings.master_key_bytes))
        self.ann = ann

    async def start(self) -> None:
        self.id = await self.ann.session(title="First visit")
        session_id = UUID(self.id)
        self.org_id = await self._installation.value("SELECT org_id FROM sessions WHERE id = $1", session_id)
        self.window_id = uuid4()
        await self._installation.fetch(
            """
            INSERT INTO windows (org_id, session_id, id, kind, cut_sample, start_sample, end_sample, next_cut_sample,
                                 overlaps_previous, overlaps_next, generation, priority, state)
            VALUES ($1, $2, $3, 'final', 0, 0, 160000, 160000, false, false, 0, 1, 'done')
            """,
            self.org_id,
            session_id,
            self.window_id,
        )
        made = [
            sentence(session_id, number, text)
            for number, text in enumerate(("good morning", "the patience is ill", "yes"))
        ]
        key = await self._keyring.session(self.org_id, session_id)
        async with self._database.organisation(self.org_id) as connection:
            pairs = [(self.window_id, segment) for segment in made]
            await segments.save(connection, self.org_id, session_id, key, pairs)
        self.segments = [str(segment.id) for segment in made]

    async def log(self) -> list[tuple[str, dict[str, Any]]]:
        session_id = UUID(self.id)
        key = await self._keyring.session(self.org_id, session_id)
        async with self._database.organisation(self.org_id) as connection:
            found = await events.after(connection, session_id, key, 1, 10_000)
        assert [event.version for event in found] == list(range(2, len(found) + 2))
        return [(event.type, event.data) for event in found]

    async def happened(self, *changes: tuple[str, dict[str, Any]]) -> None:
        """As a worker tells it."""
        session_id = UUID(self.id)
        key = await self._keyring.session(self.org_id, session_id)
        async with self._database.organisation(self.org_id) as connection:
            await events.append(connection, self.org_id, session_id, key, changes)

    async def __call__(self, method: str, path: str, body: object = None, status: int = 200) -> Any:
        options = {} if body is None else {"json": body}
        return (await self.ann(method, f"/sessions/{self.id}{path}", **options)).ok(status)

    async def refused(self, method: str, path: str, body: object) -> str:
        return (await self.ann(method, f"/sessions/{self.id}{path}", json=body)).refused()

    async def edit(self, number: int, **changes: str | None) -> dict[str, Any]:
        edited: dict[str, Any] = await self("PATCH", f"/segments/{self.segments[number]}", changes)
        return edited

    async def texts(self) -> list[str]:
        return [segment["text"] for segment in (await self("GET", "/transcript"))["segments"]]


def sentence(session_id: UUID, number: int, text: str) -> Segment:
    at = number * 3_000
    words = tuple(Word(word, at + n * 500, at + n * 500 + 400, 0.5) for n, word in enumerate(text.split()))
    return Segment(uuid5(session_id, str(number)), at, words[-1].end_ms, text, words)
