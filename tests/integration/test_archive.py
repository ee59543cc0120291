"""The audio of finished sessions in the object store: all of it, once, whatever breaks, and readable as before."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from uuid import UUID, uuid4

import numpy as np
import pytest

from chunk_workers.archiving import COPYING, Archiving
from chunk_workers.chunk_audio import Samples
from chunk_workers.steps import Publication
from chunk_workers.sweeping import Sweeper
from chunk_workers.telling import Tell
from chunk_workers.voice import RATE
from hearken.embedded import Services
from session_core.archive.audio_store import AudioStore
from session_core.archive.object_store import MARKER, ObjectStore
from session_core.background import Background
from session_core.change import Change
from session_core.chunk import Chunk
from session_core.envelope import chunk_label
from session_core.errors import BadMedia, NotFound, SeqConflict, Unavailable
from session_core.principal import Principal
from session_core.settings import Settings
from session_core.step import Step
from session_core.storage import chunks
from session_core.storage.database import Database
from session_core.storage.steps import StepClaim
from tests.installation import installation_on
from tests.object_stores import on_s3, s3_server
from tests.scripted_clinic import NEVER, SPEECH, VOICES, WORDS_AT_ONCE, Clinic, Piece, Play, Recording, content

DAY = 24 * 3600.0


@pytest.fixture(scope="module", params=["folder", "s3"])
def stored_in(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[Settings], Settings]]:
    with ExitStack() as running:
        if request.param == "s3":
            port = running.enter_context(s3_server())
            yield lambda settings: on_s3(settings, port)
        else:
            folder = tmp_path_factory.mktemp("a folder")
            yield lambda settings: settings.model_copy(update={"archive_url": folder.as_uri()})


@pytest.fixture(scope="module")
async def clinic(
    services: Services, tmp_path_factory: pytest.TempPathFactory, stored_in: Callable[[Settings], Settings]
) -> AsyncIterator[Clinic]:
    async with installation_on(services, tmp_path_factory.mktemp("archive")) as installation:
        installation.settings = stored_in(installation.settings)
        user = (await installation.fetch("SELECT org_id, id FROM users ORDER BY email"))[0]
        principal = Principal(user["org_id"], user["id"], uuid4(), datetime.now(UTC) + NEVER)
        database = await Database.connect(installation.settings.database_url, connections=8, timeout_s=20)
        background = Background()
        objects = await ObjectStore.connect(installation.settings, database)
        yield Clinic(installation, database, background, principal, objects)
        await background.close()
        await database.close()


@pytest.fixture
def objects(clinic: Clinic) -> ObjectStore:
    assert clinic.objects is not None
    return clinic.objects


def talk(count: int = 3) -> Recording:
    """Two voices in turn, a chunk for each."""
    pieces, first = [], 0
    decoded: dict[bytes, Samples | type[Exception]] = {}
    for seq in range(count):
        said = [
            SPEECH + (VOICES * (seq * 100 + number // WORDS_AT_ONCE) + seq % 2) * WORDS_AT_ONCE + number % WORDS_AT_ONCE
            for number in range(24)
        ]
        pcm = np.concatenate([np.repeat(np.array(said, dtype=np.int16), RATE * 2 // 5), np.zeros(RATE, dtype=np.int16)])
        data = b"RIFF____WAVE%d" % seq
        pieces.append(Piece(seq, first, len(pcm), data))
        decoded[data] = pcm
        first += len(pcm)
    return Recording(RATE, tuple(pieces), decoded)


async def ready(clinic: Clinic, recording: Recording, *, without: frozenset[int] = frozenset()) -> Play:
    """A session that is ready and waits to be archived, the only one that does."""
    await archive(clinic)
    play = Play(clinic, recording)
    await play.start()
    for piece in recording.pieces:
        if piece.seq not in without:
            await play.send(piece.seq)
    await play.stop()
    await play.plan_hastily()
    await play.hear_all()
    await play.do_steps()
    assert (await play.transcript())["state"] == "ready"
    return play


async def archive(clinic: Clinic, objects: ObjectStore | None = None, *, most: int = 1000) -> None:
    """Do what is to be archived."""
    store = objects or clinic.objects
    assert store is not None
    runner = clinic.steps({Step.ARCHIVE: Archiving(clinic.database, clinic.keyring, store)}, most=most)
    while await runner.do_next(Step.ARCHIVE):
        pass


async def archive_state(play: Play) -> str:
    listed = (await play.transcript())["steps"]
    return next(str(step["state"]) for step in listed if step["step"] == "archive")


async def archived(play: Play) -> dict[int, bool]:
    """Which chunks are archived, and whether they are."""
    rows = await play.clinic.installation.fetch(
        "SELECT seq, audio IS NULL AS archived FROM chunks WHERE session_id = $1 ORDER BY seq", play.session
    )
    return {row["seq"]: row["archived"] for row in rows}


async def named(play: Play) -> UUID | None:
    found: UUID | None = await play.clinic.installation.value(
        "SELECT object FROM archives WHERE session_id = $1", play.session
    )
    return found


async def files(objects: ObjectStore) -> set[UUID]:
    return {each.id async for batch in objects.listed() for each in batch}


async def audio(play: Play, objects: ObjectStore | None = None) -> dict[int, bytes]:
    """The plain bytes of every chunk, as whoever listens gets them."""
    clinic, found = play.clinic, {}
    key = await clinic.keyring.session(clinic.principal.org_id, play.session)
    for seq in await archived(play):
        async with clinic.database.organisation(clinic.principal.org_id) as connection:
            chunk = await chunks.sealed(connection, play.session, seq)
        assert chunk is not None
        sealed = await AudioStore(objects or clinic.objects).sealed(chunk)
        found[seq] = key.open(sealed, chunk_label(play.session, seq))
    return found


def sent(recording: Recording) -> dict[int, bytes]:
    return {piece.seq: piece.data for piece in recording.pieces}


async def sweep(clinic: Clinic, *, unnamed_age_s: float = DAY) -> None:
    assert clinic.objects is not None
    sweeper = Sweeper(clinic.database, clinic.objects, 60.0, unnamed_age_s)
    await sweeper.sweep()
    await sweeper.sweep_unnamed()


async def heard_again(play: Play) -> dict[str, object]:
    """The transcript, recognised anew from what is stored now, by a worker that has nothing at hand."""
    await play.clinic.installation.execute(
        f"""
        UPDATE windows SET state = 'pending', words = NULL WHERE session_id = '{play.session}' AND planned;
        DELETE FROM voiceprints WHERE session_id = '{play.session}';
        """
    )
    fresh = Play(play.clinic, play.recording)
    fresh.session = play.session
    return await fresh.settle()


async def test_the_audio_of_a_ready_session_is_one_sealed_file_and_is_read_as_before(
    clinic: Clinic, objects: ObjectStore
) -> None:
    recording = talk(4)
    play = await ready(clinic, recording)
    before = await play.transcript()
    known = await files(objects)
    await archive(clinic)
    assert await archive_state(play) == "done"
    assert await archived(play) == dict.fromkeys(range(4), True)
    (written,) = await files(objects) - known
    assert written == await named(play)
    data = b"".join([piece async for piece in objects.stream(written)])
    assert b"RIFF" not in data
    assert play.session.bytes not in data
    assert play.session.hex.encode() not in data
    assert await audio(play) == sent(recording)
    assert content(await heard_again(play)) == content(before)


async def test_the_audio_of_a_failed_session_is_archived_and_heard_from_there_when_it_is_retried(
    clinic: Clinic, objects: ObjectStore
) -> None:
    recording = talk(1)
    play = Play(clinic, recording)
    await play.start()
    await play.send(0)
    await play.stop()
    await play.plan_hastily()
    await play.do(("failing", 0))
    assert (await play.transcript())["state"] == "failed"
    await archive(clinic)
    assert (await archive_state(play), await archived(play)) == ("done", {0: True})
    assert await audio(play) == sent(recording)
    file = await named(play)
    again = Play(clinic, recording)
    again.session = play.session
    transcript = await again.settle()
    assert (transcript["state"], bool(transcript["segments"])) == ("ready", True)
    await archive(clinic)
    assert (await archive_state(play), await named(play)) == ("done", file)


async def test_a_failed_session_that_is_retried_in_time_is_archived_once_it_is_ready(
    clinic: Clinic, objects: ObjectStore
) -> None:
    play = Play(clinic, talk(1))
    await play.start()
    await play.send(0)
    await play.stop()
    await play.plan_hastily()
    await play.do(("failing", 0))
    await play.retry()
    assert await archive_state(play) == "void"
    await archive(clinic)
    assert await archived(play) == {0: False}
    assert (await play.settle())["state"] == "ready"
    await archive(clinic)
    assert await archived(play) == {0: True}


async def test_archiving_again_writes_nothing_where_nothing_came(clinic: Clinic, objects: ObjectStore) -> None:
    play = await ready(clinic, talk())
    await archive(clinic)
    before = await files(objects), await named(play)
    await clinic.sessions.redo(clinic.principal, play.session, Step.NOTE)
    await play.do_steps()
    assert await archive_state(play) == "pending"
    await archive(clinic)
    assert (await files(objects), await named(play)) == before


async def test_a_late_chunk_waits_in_its_row_and_is_merged_into_a_new_file(
    clinic: Clinic, objects: ObjectStore
) -> None:
    recording = talk(4)
    whole = await ready(clinic, recording)
    play = await ready(clinic, recording, without=frozenset({1}))
    await archive(clinic)
    first = await named(play)
    await play.send(1)
    assert await archived(play) == {0: True, 1: False, 2: True, 3: True}
    assert content(await play.settle()) == content(await whole.transcript())
    assert await audio(play) == sent(recording)
    await archive(clinic)
    assert await archived(play) == dict.fromkeys(range(4), True)
    assert first != await named(play)
    assert await audio(play) == sent(recording)
    assert content(await heard_again(play)) == content(await whole.transcript())
    # Somebody may be reading the file before: it goes a while later.
    await sweep(clinic, unnamed_age_s=-DAY)
    assert first in await files(objects)
    await clinic.installation.execute("UPDATE archive_orphans SET due_at = now()")
    await sweep(clinic)
    assert first not in await files(objects)
    assert await named(play) in await files(objects)


async def test_archiving_says_how_much_of_it_is_done(clinic: Clinic) -> None:
    play = await ready(clinic, talk(3))
    said: list[tuple[float, str]] = []

    class Overheard(Archiving):
        async def prepare(self, claim: StepClaim, tell: Tell) -> Publication:
            return await super().prepare(claim, lambda share, message: said.append((share, message)))

    runner = clinic.steps({Step.ARCHIVE: Overheard(clinic.database, clinic.keyring, clinic.objects)})  # type: ignore[arg-type]
    await runner.do_next(Step.ARCHIVE)
    assert [message for _, message in said[:-1]] == [f"{n} of 3 chunks put away" for n in range(3)]
    assert [share for share, _ in said] == pytest.approx([COPYING * n / 3 for n in range(4)])
    assert await archived(play) == {0: True, 1: True, 2: True}


async def test_a_chunk_that_comes_while_the_file_is_written_stays_in_its_row(clinic: Clinic) -> None:
    recording = talk(3)
    play = await ready(clinic, recording, without=frozenset({1}))

    class Meanwhile(Archiving):
        async def prepare(self, claim: StepClaim, tell: Tell) -> Publication:
            publish = await super().prepare(claim, tell)
            await play.send(1)
            return publish

    runner = clinic.steps({Step.ARCHIVE: Meanwhile(clinic.database, clinic.keyring, clinic.objects)})  # type: ignore[arg-type]
    await runner.do_next(Step.ARCHIVE)
    assert await archived(play) == {0: True, 1: False, 2: True}
    assert await audio(play) == sent(recording)


async def test_repeated_and_conflicting_chunks_are_told_apart_after_archiving(clinic: Clinic) -> None:
    recording = talk(2)
    play = await ready(clinic, recording)
    await archive(clinic)
    await play.send(1)
    assert await archived(play) == {0: True, 1: True}
    piece = recording.pieces[1]
    other = b"RIFF____WAVEother"
    chunk = Chunk(play.session, 1, piece.first_sample, piece.sample_count, hashlib.sha256(other).digest(), "audio/wav")
    with pytest.raises(SeqConflict):
        await clinic.ingest.store(clinic.principal, chunk, other)
    assert await audio(play) == sent(recording)


async def test_an_archived_chunk_that_no_decoder_could_read_is_decoded_when_it_is_retried(clinic: Clinic) -> None:
    recording = talk(3)
    whole = await ready(clinic, recording)
    data = recording.pieces[1].data
    pcm = recording.decoded[data]
    recording.decoded[data] = BadMedia
    play = await ready(clinic, recording)
    await archive(clinic)
    recording.decoded[data] = pcm
    await play.retry()
    assert content(await play.settle()) == content(await whole.transcript())


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


async def test_a_deleted_session_takes_its_file_with_it_once_the_store_is_there(
    clinic: Clinic, objects: ObjectStore, monkeypatch: pytest.MonkeyPatch
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
    await sweep(clinic)
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
    await Sweeper(clinic.database, objects, 60.0).sweep()
    assert await files(objects) & {stuck, *others} == {stuck}
    monkeypatch.undo()
    await clinic.installation.execute("UPDATE archive_orphans SET due_at = now()")
    await Sweeper(clinic.database, objects, 60.0).sweep()
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
    sweeper = Sweeper(clinic.database, objects, 60.0, -DAY)
    await sweeper.sweep_unnamed()
    play = await ready(clinic, talk(1))
    known = {await named(stays)}
    await clinic.sessions.delete(clinic.principal, deleted.session)
    before = await files(objects)
    epoch = await clinic.installation.value("SELECT epoch FROM installation")
    await clinic.installation.execute("UPDATE installation SET epoch = gen_random_uuid()")
    copy = await Database.connect(settings.database_url, connections=2, timeout_s=20)
    try:
        sweeper = Sweeper(copy, objects, 60.0, -DAY)
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
    sweeper = Sweeper(clinic.database, other, 60.0, -DAY)
    before = await files(objects)
    await sweeper.sweep_unnamed()
    assert await files(objects) == before != set()
