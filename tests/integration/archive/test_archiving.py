"""The audio of finished sessions in the object store: all of it, once, and readable as before."""

from __future__ import annotations

import hashlib

import pytest

from chunk_workers.archiving import COPYING, Archiving
from chunk_workers.steps import Publication
from chunk_workers.telling import Tell
from session_core.archive.object_store import ObjectStore
from session_core.chunk import Chunk
from session_core.errors import BadMedia, SeqConflict
from session_core.step import Step
from session_core.storage.steps import StepClaim
from tests.integration.archive.archived_session import (
    DAY,
    archive,
    archive_state,
    archived,
    audio,
    files,
    heard_again,
    named,
    ready,
    sent,
    sweep,
    talk,
)
from tests.scripted_clinic import Clinic
from tests.scripted_play import Play, content
from tests.scripted_recording import SPELT


async def test_the_audio_of_a_ready_session_is_one_sealed_file_and_is_read_as_before(
    clinic: Clinic, objects: ObjectStore, caplog: pytest.LogCaptureFixture
) -> None:
    recording = talk(4)
    play = await ready(clinic, recording)
    before = await play.transcript()
    known = await files(objects)
    with caplog.at_level("INFO", "chunk_workers"):
        await archive(clinic)
    assert await archive_state(play) == "done"
    assert await archived(play) == dict.fromkeys(range(4), True)
    (written,) = await files(objects) - known
    assert written == await named(play)
    size = await clinic.installation.value("SELECT sum(archive_length) FROM chunks WHERE session_id = $1", play.session)
    (told,) = [record.message for record in caplog.records if "archived as" in record.message]
    assert told.startswith(
        f"session {play.session} archive 1 attempt 1: 4 chunks, {size} bytes, archived as {written.hex}"
    )
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
    clinic: Clinic, objects: ObjectStore, caplog: pytest.LogCaptureFixture
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
    await sweep(clinic, kept_s=DAY, unnamed_age_s=-DAY)
    assert first in await files(objects)
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


async def test_another_language_is_heard_from_the_archive(clinic: Clinic) -> None:
    recording = talk(4)
    play = await ready(clinic, recording)
    await archive(clinic)
    assert await archived(play) == dict.fromkeys(range(4), True)
    await play.speak("de")
    fresh = Play(clinic, recording)
    fresh.session = play.session
    after = await fresh.settle()
    assert (after["state"], after["language"]) == ("ready", "de")
    assert after["segments"]
    assert all(word["w"].startswith(SPELT["de"]) for segment in after["segments"] for word in segment["words"])
    await archive(clinic)
    assert await archive_state(play) == "done"
    assert await audio(play) == sent(recording)
