"""How far a step after Stop is, while it is done."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import numpy as np
import pytest

from chunk_workers import indexing
from chunk_workers.embedding import Vectors
from chunk_workers.indexing import Indexing
from chunk_workers.session_voices import LISTENING
from chunk_workers.steps import Publication, StepWork
from chunk_workers.telling import Tell, Telling
from session_core.change import Change, Changes
from session_core.step import Step
from session_core.storage import steps
from session_core.storage.steps import StepClaim
from tests.scripted_clinic import Clinic
from tests.scripted_play import Play, heard
from tests.scripted_recording import talk


async def told_by(play: Play, step: Step) -> list[dict[str, Any]]:
    told = [event["data"] for event in await play.log() if event["type"] == "session.progress"]
    return [data for data in told if data["step"] == step.value]


async def test_how_far_a_step_is_is_told_while_it_takes_its_time(clinic: Clinic) -> None:
    play = await heard(clinic, talk(0, 1))
    begun = time.monotonic()

    class Slow:
        async def prepare(self, claim: StepClaim, tell: Tell) -> Publication:
            for told, share in enumerate((0.0, 0.25, 0.5, 0.4, 1.0)):
                tell(share, f"news {told}")
                async with asyncio.timeout(20):
                    while len(await told_by(play, Step.LABEL)) <= told:
                        await asyncio.sleep(0.01)
            return await play.works[claim.step].prepare(claim, lambda share, message: None)

    await clinic.steps({Step.LABEL: Slow()}, tell_every_s=0.02).do_next(Step.LABEL)
    told = await told_by(play, Step.LABEL)
    assert [data["percent"] for data in told] == [0, 25, 50, 50, 99]
    assert "eta_s" not in told[0]
    assert all(0 <= data["eta_s"] <= 3 * (time.monotonic() - begun) + 1 for data in told[1:])
    assert told[-1]["eta_s"] == 0
    await play.do_steps()
    assert await told_by(play, Step.NOTE) == []


async def test_an_attempt_that_lost_its_claim_tells_of_nothing(clinic: Clinic) -> None:
    play = await heard(clinic, talk(0))
    looked = asyncio.Event()

    class Watched(Changes):
        """Says when somebody was about to tell."""

        @asynccontextmanager
        async def of(self, org_id: UUID, session_id: UUID) -> AsyncIterator[Change]:
            async with super().of(org_id, session_id) as change:
                yield change
            looked.set()

    async with clinic.database.single() as connection:
        claim = await steps.claim(connection, "asleep", 0.0, Step.LABEL)
    assert claim is not None
    await play.do_steps()
    telling = Telling(claim, Watched(clinic.database, clinic.keyring, clinic.announcements), 0.01)
    telling(0.5, "nobody wants to know")
    async with telling.aloud(), asyncio.timeout(20):
        await looked.wait()
    assert await told_by(play, Step.LABEL) == []


class OneByOne:
    """An embedder to which all texts are alike."""

    async def model(self) -> str:
        return "script"

    async def embed(self, texts: Sequence[str]) -> Vectors:
        return np.ones((len(texts), 2), dtype=np.float32)

    async def aclose(self) -> None:
        """It holds nothing."""


async def test_each_step_says_how_much_of_it_is_done(clinic: Clinic, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(indexing, "TEXTS_AT_ONCE", 1)
    play = await heard(clinic, talk(0, 1, 0))
    await clinic.installation.execute(f"DELETE FROM voiceprints WHERE session_id = '{play.session}'")
    await clinic.installation.execute("DELETE FROM steps WHERE step = 'index'")  # of other tests' sessions
    said: dict[Step, list[tuple[float, str]]] = {Step.LABEL: [], Step.NOTE: [], Step.INDEX: []}

    class Overheard:
        def __init__(self, work: StepWork) -> None:
            self._work = work

        async def prepare(self, claim: StepClaim, tell: Tell) -> Publication:
            return await self._work.prepare(claim, lambda share, message: said[claim.step].append((share, message)))

    works = {**play.works, Step.INDEX: Indexing(clinic.database, clinic.keyring, OneByOne())}
    runner = clinic.steps({step: Overheard(work) for step, work in works.items()})
    for step in said:
        await runner.do_next(step)
    *listening, apart = said[Step.LABEL]
    parts = len(listening) - 1
    assert parts > 1
    assert [message for _, message in listening[:-1]] == [f"{n} of {parts} parts listened to" for n in range(parts)]
    assert [share for share, _ in listening] == pytest.approx([LISTENING * n / parts for n in range(parts + 1)])
    assert said[Step.NOTE] == [(0.0, "writing")]
    passages = len(said[Step.INDEX])
    assert passages > 1
    assert said[Step.INDEX] == [(n / passages, f"{n} of {passages} passages read") for n in range(passages)]
    await clinic.sessions.redo(clinic.principal, play.session, Step.LABEL)
    said[Step.LABEL].clear()
    await runner.do_next(Step.LABEL)
    assert said[Step.LABEL] == [apart]
    await play.do_steps()
