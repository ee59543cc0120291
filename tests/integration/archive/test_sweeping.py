"""Files that belong to no session are removed, and no others."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest

from chunk_workers.archiving import Archiving
from chunk_workers.steps import Publication
from chunk_workers.sweeping import Sweeper
from chunk_workers.telling import Tell
from session_core.archive.object_store import MARKER, ObjectStore
from session_core.errors import Unavailable
from session_core.step import Step
from session_core.storage.database import Database
from session_core.storage.steps import StepClaim
from tests.integration.archive.archived_session import (
    DAY,
    archive,
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


async def test_a_deleted_session_takes_its_file_with_it_after_a_while_once_the_store_is_there(
    clinic: Clinic, objects: ObjectStore, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    play = await ready(clinic, talk(2))
    other = await ready(clinic, talk(3))
    await archive(clinic)
    gone, stays = await named(play), await named(other)
    await clinic.sessions.delete(clinic.principal, play.session)

    async def away(self: ObjectStore, object_id: UUID) -> None:
        raise Unavailable("away")

    with monkeypatch.context() as broken:
        broken.setattr(ObjectStore, "remove", away)
        await sweep(clinic)
    assert gone in await files(objects)
    await clinic.installation.execute("UPDATE archive_orphans SET due_at = now()")
    await sweep(clinic, kept_s=DAY)
    assert gone in await files(objects)
    with caplog.at_level("INFO"):
        await sweep(clinic)
    assert "1 files that sessions had let go removed" in caplog.text
    assert gone not in await files(objects)
    assert stays in await files(objects)
    assert await clinic.installation.value("SELECT count(*) FROM archive_orphans WHERE object = $1", gone) == 0
    assert await audio(other) == sent(talk(3))


async def test_the_file_of_a_session_that_is_deleted_meanwhile_is_swept(clinic: Clinic, objects: ObjectStore) -> None:
    play = await ready(clinic, talk(2))

    class Meanwhile(Archiving):
        async def prepare(self, claim: StepClaim, tell: Tell) -> Publication:
            publish = await super().prepare(claim, tell)
            await clinic.sessions.delete(clinic.principal, play.session)
            return publish

    await sweep(clinic, unnamed_age_s=-DAY)
    known = await files(objects)
    await clinic.steps({Step.ARCHIVE: Meanwhile(clinic.database, clinic.keyring, objects)}).do_next(Step.ARCHIVE)
    assert len(await files(objects) - known) == 1
    await sweep(clinic, unnamed_age_s=-DAY)
    assert await files(objects) == known


async def test_a_file_that_cannot_be_removed_keeps_no_other(
    clinic: Clinic, objects: ObjectStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    plays = [await ready(clinic, talk(1)) for _ in range(3)]
    await archive(clinic)
    stuck, *others = [await named(play) for play in plays]
    for play in plays:
        await clinic.sessions.delete(clinic.principal, play.session)
    remove = objects.remove

    async def refusing(object_id: UUID) -> None:
        if object_id == stuck:
            raise Unavailable("as the script says")
        await remove(object_id)

    monkeypatch.setattr(objects, "remove", refusing)
    await Sweeper(clinic.database, objects, 60.0, 0.0).sweep()
    assert await files(objects) & {stuck, *others} == {stuck}
    monkeypatch.undo()
    await clinic.installation.execute("UPDATE archive_orphans SET due_at = now()")
    await Sweeper(clinic.database, objects, 60.0, 0.0).sweep()
    assert stuck not in await files(objects)


async def test_a_copy_of_the_database_touches_no_file_until_the_folder_is_given_to_it(
    clinic: Clinic, caplog: pytest.LogCaptureFixture
) -> None:
    settings = clinic.installation.settings
    assert settings.archive_url is not None
    objects = ObjectStore.opened(settings, settings.archive_url, uuid4())
    deleted = await ready(clinic, talk(1))
    await archive(clinic, objects)
    stays = await ready(clinic, talk(1))
    await archive(clinic, objects)
    sweeper = Sweeper(clinic.database, objects, 60.0, 0.0, -DAY)
    await sweeper.sweep_unnamed()
    play = await ready(clinic, talk(1))
    known = {await named(stays)}
    await clinic.sessions.delete(clinic.principal, deleted.session)
    before = await files(objects)
    epoch = await clinic.installation.value("SELECT epoch FROM installation")
    await clinic.installation.execute("UPDATE installation SET epoch = gen_random_uuid()")
    copy = await Database.connect(settings.database_url, connections=2, timeout_s=20)
    try:
        sweeper = Sweeper(copy, objects, 60.0, 0.0, -DAY)
        for _ in range(2):
            await sweeper.sweep()
            await sweeper.sweep_unnamed()
        assert [record.levelname for record in caplog.records if "another database" in record.message] == ["ERROR"]
        runner = clinic.steps({Step.ARCHIVE: Archiving(copy, clinic.keyring, objects)}, most=1)
        await runner.do_next(Step.ARCHIVE)
        assert await archived(play) == {0: False}
        assert await files(objects) == before != known
        await objects._store.delete_async(f"{objects._folder}/{MARKER}")  # as an operator does
        await sweeper.sweep()
        assert await files(objects) == known
    finally:
        await copy.close()
        await clinic.installation.execute(f"UPDATE installation SET epoch = '{epoch}'")


async def test_no_file_of_another_installation_is_swept(clinic: Clinic, objects: ObjectStore) -> None:
    await clinic.installation.execute("UPDATE installation SET archive = gen_random_uuid()")
    other = await ObjectStore.connect(clinic.installation.settings, clinic.database)
    assert other is not None
    assert await files(other) == set()
    sweeper = Sweeper(clinic.database, other, 60.0, 0.0, -DAY)
    before = await files(objects)
    await sweeper.sweep_unnamed()
    assert await files(objects) == before != set()
