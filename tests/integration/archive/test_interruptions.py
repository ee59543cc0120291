"""Archiving that is disturbed: by another worker, by its end at any moment, by a store that damages what it keeps."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from uuid import UUID

import pytest

from chunk_workers.archiving import Archiving
from chunk_workers.steps import Publication
from chunk_workers.telling import Tell
from session_core.archive.object_store import ObjectStore
from session_core.change import Change
from session_core.errors import NotFound
from session_core.step import Step
from session_core.storage.steps import StepClaim
from tests.integration.archive.archived_session import (
    DAY,
    archive,
    archive_state,
    archived,
    audio,
    files,
    named,
    ready,
    sent,
    sweep,
    talk,
)
from tests.scripted_clinic import Clinic


async def test_three_finalizers_at_once_publish_one_file(clinic: Clinic, objects: ObjectStore) -> None:
    recording = talk(5)
    play = await ready(clinic, recording)
    known = await files(objects)
    work = {Step.ARCHIVE: Archiving(clinic.database, clinic.keyring, objects)}
    # With a lease that has run out at once, each takes the step from the one before.
    runners = [clinic.steps(work, lease_s=0) for _ in range(3)]
    await asyncio.gather(*(runner.do_next(Step.ARCHIVE) for runner in runners))
    await archive(clinic)
    rows = await clinic.installation.fetch("SELECT object FROM archives WHERE session_id = $1", play.session)
    assert len(rows) == 1
    await sweep(clinic, unnamed_age_s=-DAY)
    assert await files(objects) - known == {await named(play)}
    assert await audio(play) == sent(recording)


class Dying(Archiving):
    """A worker that is gone at a moment: nothing is given back, no lease is renewed."""

    def __init__(self, clinic: Clinic, objects: ObjectStore, moment: str) -> None:
        super().__init__(clinic.database, clinic.keyring, objects)
        self._moment = moment

    async def prepare(self, claim: StepClaim, tell: Tell) -> Publication:
        if self._moment == "before the file":
            raise NotFound("gone")
        publish = await super().prepare(claim, tell)
        if self._moment == "after the file":
            raise NotFound("gone")

        async def die_within(change: Change) -> None:
            await publish(change)
            raise NotFound("gone")

        return die_within


@pytest.mark.parametrize("moment", ["before the file", "after the file", "before the rows are committed"])
async def test_a_worker_that_dies_leaves_the_audio_where_it_is_for_the_next(
    clinic: Clinic, objects: ObjectStore, moment: str
) -> None:
    recording = talk(3)
    play = await ready(clinic, recording)
    known = await files(objects)
    # The runner does nothing about a session that is not there, as one that is gone does nothing.
    assert await clinic.steps({Step.ARCHIVE: Dying(clinic, objects, moment)}, lease_s=0).do_next(Step.ARCHIVE)
    assert await archived(play) == dict.fromkeys(range(3), False)
    assert await named(play) is None
    left = await files(objects) - known
    assert len(left) == (0 if moment == "before the file" else 1)
    assert await audio(play) == sent(recording)
    await sweep(clinic)
    assert left <= await files(objects), "it could belong to a writer that is about to publish it"
    await archive(clinic)
    assert await audio(play) == sent(recording)
    await sweep(clinic, unnamed_age_s=-DAY)
    assert await files(objects) - known == {await named(play)}


async def test_a_file_is_not_published_when_it_may_have_been_swept(
    clinic: Clinic, objects: ObjectStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    play = await ready(clinic, talk(2))
    monkeypatch.setattr("session_core.storage.archives.PUBLISH_WITHIN_S", 0.0)
    await archive(clinic, most=1)
    assert await archived(play) == {0: False, 1: False}
    assert await archive_state(play) == "failed"
    monkeypatch.undo()
    # What was given up is tried again a while later, without anybody.
    await sweep(clinic)
    assert await archive_state(play) == "failed"
    await clinic.installation.execute("UPDATE steps SET finished_at = finished_at - interval '61 minutes'")
    await sweep(clinic)
    await archive(clinic)
    assert await archived(play) == {0: True, 1: True}


class Flipping(ObjectStore):
    """Stores one bit of the third piece as its opposite."""

    async def write(self, object_id: UUID, pieces: AsyncIterator[bytes]) -> None:
        await super().write(object_id, self._flipped(pieces))

    async def _flipped(self, pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        at = 0
        async for piece in pieces:
            damaged = bytearray(piece)
            if at == 2:
                damaged[len(piece) // 2] ^= 1
            at += 1
            yield bytes(damaged)


async def test_a_store_that_damages_what_it_keeps_gets_nothing_published(clinic: Clinic, objects: ObjectStore) -> None:
    recording = talk(4)
    play = await ready(clinic, recording)
    known = await files(objects)
    damaging = await Flipping.connect(clinic.installation.settings, clinic.database)
    await archive(clinic, damaging, most=2)
    assert await archive_state(play) == "failed"
    assert await archived(play) == dict.fromkeys(range(4), False)
    assert await files(objects) == known, "what was damaged is removed at once"
    assert await audio(play) == sent(recording)
    await clinic.installation.execute("UPDATE steps SET finished_at = finished_at - interval '61 minutes'")
    await sweep(clinic)
    await archive(clinic)
    assert await audio(play) == sent(recording)
