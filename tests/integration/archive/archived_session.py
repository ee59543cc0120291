"""Sessions that are to be archived, and where their audio is."""

from __future__ import annotations

from uuid import UUID

from chunk_workers.archiving import Archiving
from chunk_workers.sweeping import Sweeper
from session_core.archive.audio_store import AudioStore
from session_core.archive.object_store import ObjectStore
from session_core.envelope import chunk_label
from session_core.step import Step
from session_core.storage import chunks
from tests import scripted_recording
from tests.scripted_clinic import Clinic
from tests.scripted_play import Play, heard
from tests.scripted_recording import Recording

DAY = 24 * 3600.0


def talk(count: int = 3) -> Recording:
    """Two voices in turn, a chunk for each."""
    return scripted_recording.talk(*(seq % 2 for seq in range(count)))


async def ready(clinic: Clinic, recording: Recording, *, without: frozenset[int] = frozenset()) -> Play:
    """A session that is ready and waits to be archived, the only one that does."""
    await archive(clinic)
    play = await heard(clinic, recording, without=without)
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


async def sweep(clinic: Clinic, *, kept_s: float = 0.0, unnamed_age_s: float = DAY) -> None:
    assert clinic.objects is not None
    sweeper = Sweeper(clinic.database, clinic.objects, 60.0, kept_s, unnamed_age_s)
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
