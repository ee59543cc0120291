"""Questions: what nodes ask of workers, who hold the models, and what they answer.

A question is sealed, lives for seconds, and goes by way of a table. Who is to look at it hears so by NOTIFY, which
carries an id at most. Each step is a single statement that names its organisation (see ``Database.single``).
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg
import orjson

from session_core.envelope import Key, answer_label, question_label
from session_core.names import ANSWER_CHANNEL, QUESTION_CHANNEL
from session_core.storage.database import Connection, Database
from session_core.voice_sample import VoiceSample

LIFE_S = 30.0
"""Nobody waits for an answer for so long."""

_SILENCE_S = 5.0
"""After which a connection that notifications come by is looked at."""


@dataclass(frozen=True, slots=True)
class QuestionClaim:
    org_id: UUID
    question_id: UUID


@dataclass(frozen=True, slots=True)
class Question:
    """``session_id`` is the session that is asked; None: only the vector of the text is wanted. With a ``sample`` it is
    what that voice sounds like, and there is no text."""

    id: UUID
    session_id: UUID | None
    text: str
    sample: VoiceSample | None = None

    def pack(self) -> bytes:
        """What is sealed: a line that says what it is, and the sample's bytes behind it."""
        media_type, data = (self.sample.media_type, self.sample.data) if self.sample else (None, b"")
        return orjson.dumps([self.text, media_type]) + b"\n" + data

    @classmethod
    def unpack(cls, question_id: UUID, session_id: UUID | None, packed: bytes) -> Question:
        line, _, data = packed.partition(b"\n")
        text, media_type = orjson.loads(line)
        return cls(question_id, session_id, text, VoiceSample(media_type, data) if media_type else None)


async def ask(connection: Connection, org_id: UUID, key: Key, question: Question) -> None:
    """To whichever worker takes it. ``key`` is the organisation's."""
    await connection.execute(
        "SELECT ask_question($1, $2, $3, $4, $5)",
        org_id,
        question.id,
        question.session_id,
        key.seal(question.pack(), question_label(question.id)),
        QUESTION_CHANNEL,
    )


async def claim(connection: Connection) -> QuestionClaim | None:
    """The oldest question that nobody has taken."""
    row = await connection.fetchrow("SELECT org_id, question_id FROM claim_question(make_interval(secs => $1))", LIFE_S)
    return QuestionClaim(**dict(row)) if row else None


async def get(connection: Connection, org_id: UUID, key: Key, question_id: UUID) -> Question | None:
    """None where nobody waits for its answer any more."""
    row = await connection.fetchrow("SELECT session_id, body FROM read_question($1, $2)", org_id, question_id)
    if row is None or row["body"] is None:
        return None
    return Question.unpack(question_id, row["session_id"], key.open(row["body"], question_label(question_id)))


async def answer(connection: Connection, org_id: UUID, key: Key, question_id: UUID, answered: Any) -> None:
    await connection.execute(
        "SELECT answer_question($1, $2, $3, $4)",
        org_id,
        question_id,
        key.seal(orjson.dumps(answered), answer_label(question_id)),
        ANSWER_CHANNEL,
    )


async def take(connection: Connection, org_id: UUID, key: Key, question_id: UUID) -> Any | None:
    """The answer, None where there is none yet. The question is gone with it."""
    sealed = await connection.fetchval("SELECT take_answer($1, $2)", org_id, question_id)
    return orjson.loads(key.open(sealed, answer_label(question_id))) if sealed is not None else None


async def sweep(connection: Connection) -> int:
    """Forget what nobody waits for any more; how many that were."""
    swept: int = await connection.fetchval("SELECT sweep_questions(make_interval(secs => $1))", LIFE_S)
    return swept


async def notifications(database: Database, channel: str) -> AsyncGenerator[str, None]:
    """What is told by the channel as it comes, an empty text first, once it is listened to. Raises ``Unavailable`` when
    the connection ends. Close it (``aclosing``): it keeps a connection."""
    told: asyncio.Queue[str] = asyncio.Queue()

    def hear(_connection: object, _pid: int, _channel: str, payload: object) -> None:
        told.put_nowait(str(payload))

    async with database.single() as connection:
        await connection.add_listener(channel, hear)
        try:
            yield ""
            while True:
                try:
                    async with asyncio.timeout(_SILENCE_S):
                        payload = await told.get()
                except TimeoutError:
                    await connection.execute("SELECT 1")
                    continue
                yield payload
        finally:
            if not connection.is_closed():
                try:
                    await connection.remove_listener(channel, hear)
                except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
                    connection.terminate()
