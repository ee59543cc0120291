"""Questions of this node to the workers, who hold the models, and the wait for what they answer."""

from __future__ import annotations

import asyncio
import logging
from contextlib import aclosing, suppress
from typing import Any
from uuid import UUID, uuid4

from session_core.errors import Unavailable
from session_core.keyring import Keyring
from session_core.log import Outage
from session_core.names import ANSWER_CHANNEL
from session_core.storage import questions
from session_core.storage.database import Database
from session_core.storage.questions import Question
from session_core.voice_sample import VoiceSample

log = logging.getLogger(__name__)


class Questions:
    def __init__(self, database: Database, keyring: Keyring) -> None:
        self._database = database
        self._keyring = keyring
        self._waiting: dict[str, asyncio.Event] = {}
        self._outage = Outage(log, "no answers heard of, who searches waits in vain", "answers are heard of again")

    async def run(self) -> None:
        """Hear of answers for as long as the database tells of them. Without it every question waits to its end."""
        try:
            async with aclosing(questions.notifications(self._database, ANSWER_CHANNEL)) as told:
                async for question_id in told:
                    self._outage.ended()
                    if waiting := self._waiting.get(question_id):
                        waiting.set()
        except Unavailable as error:
            self._outage.began(error)

    async def ask(self, org_id: UUID, text: str, within_s: float, session_id: UUID | None = None) -> Any | None:
        """What a worker answers, None where none does in time."""
        return await self._answer(org_id, Question(uuid4(), session_id, text), within_s)

    async def ask_voice(self, org_id: UUID, sample: VoiceSample, within_s: float) -> Any | None:
        """What a worker hears in the sample, None where none answers in time."""
        return await self._answer(org_id, Question(uuid4(), None, "", sample), within_s)

    async def _answer(self, org_id: UUID, question: Question, within_s: float) -> Any | None:
        key = await self._keyring.organisation(org_id)
        answered = self._waiting[str(question.id)] = asyncio.Event()
        try:
            async with self._database.single() as connection:
                await questions.ask(connection, org_id, key, question)
            with suppress(TimeoutError):
                async with asyncio.timeout(within_s):
                    await answered.wait()
            async with self._database.single() as connection:
                return await questions.take(connection, org_id, key, question.id)
        finally:
            del self._waiting[str(question.id)]
