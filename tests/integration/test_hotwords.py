"""The words that sessions are heard with: whose, from when on, and what becomes of them when the patient is another."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from uuid import UUID

import pytest

from chunk_workers.recognition import Recognition, Utterance
from hearken.embedded import Services
from session_core import hints as hinting
from session_core.change import Change, Changes
from session_core.hints import Hints
from session_core.messages.session import SessionStart
from session_core.messages.vocabulary import VocabularyEdit
from session_core.storage.database import Connection, Database
from session_core.storage.windows import AGAIN
from stream_server.sessions import Sessions
from stream_server.vocabulary import Vocabularies
from tests.installation import installation_on, until
from tests.integration.after_stop.stopped_session import states
from tests.scripted_clinic import Clinic
from tests.scripted_play import Play, content
from tests.scripted_ports import ScriptedLane
from tests.scripted_recording import talk


class Listening(ScriptedLane):
    """Remembers what it was told to expect."""

    def __init__(self) -> None:
        super().__init__()
        self.hotwords: list[tuple[str, ...]] = []

    async def recognise(self, utterance: Utterance, *, urgency: int, deadline: float, alone: bool) -> Recognition:
        self.hotwords.append(utterance.hotwords)
        return await super().recognise(utterance, urgency=urgency, deadline=deadline, alone=alone)


class UncommittedChanges(Changes):
    """Before a change is committed something else happens."""

    def __init__(self, clinic: Clinic, something: Callable[[], Awaitable[None]]) -> None:
        super().__init__(clinic.database, clinic.keyring, clinic.announcements)
        self._something = something

    @asynccontextmanager
    async def of(self, org_id: UUID, session_id: UUID) -> AsyncIterator[Change]:
        async with super().of(org_id, session_id) as change:
            yield change
            await self._something()


class UncommittedDatabase(Database):
    """Before its first transaction is committed something else happens."""

    something: Callable[[], Awaitable[None]] | None = None

    @asynccontextmanager
    async def organisation(self, org_id: UUID, *, snapshot: bool = False) -> AsyncIterator[Connection]:
        async with super().organisation(org_id, snapshot=snapshot) as connection:
            yield connection
            something, self.something = self.something, None
            if something:
                await something()


@pytest.fixture(scope="module")
async def clinic(services: Services, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Clinic]:
    async with (
        installation_on(services, tmp_path_factory.mktemp("hotwords")) as installation,
        Clinic.on(installation) as made,
    ):
        yield made


@pytest.fixture(autouse=True)
async def vocabularies(clinic: Clinic) -> Vocabularies:
    """The organisation's own is ("Korvadin", "Ostrander") before each test."""
    made = Vocabularies(clinic.database, clinic.keyring)
    await write(made, clinic, ["Korvadin", "Ostrander"])
    return made


async def write(
    vocabularies: Vocabularies, clinic: Clinic, words: Sequence[str], patient_id: str | None = None
) -> None:
    version = (await vocabularies.view(clinic.principal, patient_id)).version
    await vocabularies.save(clinic.principal, VocabularyEdit(words=list(words), version=version), patient_id)


async def played(clinic: Clinic, patient_id: str | None = None) -> Play:
    """A session that was stopped and planned, and of which nothing was heard."""
    play = Play(clinic, talk(0, 1, 0))
    await play.start(patient_id)
    for piece in play.recording.pieces:
        await play.send(piece.seq)
    await play.stop()
    await play.plan_hastily()
    return play


async def told(play: Play) -> set[tuple[str, ...]]:
    """What the recogniser is told with each window that waits."""
    lane = Listening()
    while await play.transcriber.transcribe_next(lane):
        pass
    return set(lane.hotwords)


async def test_a_session_is_heard_with_its_patients_words_and_then_the_organisations(
    clinic: Clinic, vocabularies: Vocabularies
) -> None:
    await write(vocabularies, clinic, ["Zebedee", "korvadin"], "P-1")
    assert await told(await played(clinic, "P-1")) == {("Zebedee", "korvadin", "Ostrander")}
    assert await told(await played(clinic, "P-2")) == {("Korvadin", "Ostrander")}
    assert await told(await played(clinic)) == {("Korvadin", "Ostrander")}


async def test_words_that_are_changed_later_are_for_later_sessions(clinic: Clinic, vocabularies: Vocabularies) -> None:
    play = await played(clinic, "P-3")
    await write(vocabularies, clinic, ["Later"])
    await write(vocabularies, clinic, ["Last"], "P-3")
    assert await told(play) == {("Korvadin", "Ostrander")}
    assert await told(await played(clinic, "P-3")) == {("Last", "Later")}
    again = await clinic.sessions.start(clinic.principal, wanted("same"))
    await write(vocabularies, clinic, [])
    assert await clinic.sessions.start(clinic.principal, wanted("same")) == again
    kept = "SELECT count(*) FROM session_hotwords WHERE session_id = $1"
    assert await clinic.installation.value(kept, again.session_id) == 1


async def test_a_session_that_is_put_to_another_patient_is_heard_again_with_that_ones_words(
    clinic: Clinic, vocabularies: Vocabularies
) -> None:
    await write(vocabularies, clinic, ["Wrong"], "P-4")
    await write(vocabularies, clinic, ["Right"], "P-5")
    play = await played(clinic, "P-4")
    assert await told(play) == {("Wrong", "Korvadin", "Ostrander")}
    before = await play.settle()
    assert before["state"] == "ready"
    await write(vocabularies, clinic, ["Later"])
    view = await clinic.sessions.describe(clinic.principal, play.session, {"patient_id": "P-5"})
    assert view.state == "transcribing"
    await play.plan_hastily()
    assert await told(play) == {("Right", "Korvadin", "Ostrander")}
    after = await play.settle()
    assert (after["state"], content(after)) == ("ready", content(before))
    assert states(await play.log())[-4:] == ["transcribing", "labelling", "noting", "ready"]


async def test_what_was_being_heard_with_the_wrong_patients_words_is_not_written(
    clinic: Clinic, vocabularies: Vocabularies
) -> None:
    await write(vocabularies, clinic, ["Right"], "P-6")
    play = await played(clinic)

    async def put_right() -> None:
        lane.meanwhile = None
        await clinic.sessions.describe(clinic.principal, play.session, {"patient_id": "P-6"})

    lane = Listening()
    lane.meanwhile = put_right
    orders = "SELECT array_agg((id, priority, wanted_at)::text ORDER BY id) FROM windows WHERE session_id = $1"
    order = await clinic.installation.value(orders, play.session)
    assert await play.transcriber.transcribe_next(lane)
    assert lane.hotwords == [("Korvadin", "Ostrander")]
    assert await clinic.installation.value(orders, play.session) == order
    heard = "SELECT count(*) FROM windows WHERE session_id = $1 AND state = 'done'"
    assert await clinic.installation.value(heard, play.session) == 0
    assert await told(play) == {("Right", "Korvadin", "Ostrander")}


async def test_nothing_is_heard_with_the_wrong_patients_words_that_is_claimed_while_the_right_one_is_being_named(
    clinic: Clinic, vocabularies: Vocabularies
) -> None:
    await write(vocabularies, clinic, ["Right"], "P-14")
    play = await played(clinic)
    named, lane, claimed = asyncio.Event(), Listening(), list[asyncio.Task[bool]]()

    async def once_named() -> None:
        await named.wait()

    async def claim_one() -> None:
        lane.meanwhile = once_named
        claimed.append(asyncio.create_task(play.transcriber.transcribe_next(lane)))
        await until(lambda: lane.hotwords or claimed[0].done())

    hints = Hints(hinting.connect(clinic.installation.settings.redis_url))
    sessions = Sessions(clinic.database, clinic.keyring, UncommittedChanges(clinic, claim_one), hints)
    await sessions.describe(clinic.principal, play.session, {"patient_id": "P-14"})
    named.set()
    await claimed[0]
    heard = "SELECT count(*) FROM windows WHERE session_id = $1 AND state = 'done'"
    assert await clinic.installation.value(heard, play.session) == 0
    assert await told(play) == {("Right", "Korvadin", "Ostrander")}


async def test_a_language_taken_back_brings_no_words_back_that_were_heard_with_the_wrong_patients(
    clinic: Clinic, vocabularies: Vocabularies
) -> None:
    await write(vocabularies, clinic, ["Right"], "P-11")
    play = await played(clinic)
    await play.settle()
    language = (await play.transcript())["language"]
    await play.speak("de")
    await clinic.sessions.describe(clinic.principal, play.session, {"patient_id": "P-11"})
    await play.speak(language)
    assert await told(play) == {("Right", "Korvadin", "Ostrander")}


async def test_what_failed_with_one_patients_words_is_heard_with_those_of_the_next(
    clinic: Clinic, vocabularies: Vocabularies
) -> None:
    await write(vocabularies, clinic, ["Right"], "P-12")
    await write(vocabularies, clinic, ["Wrong"], "P-13")
    play = await played(clinic)
    before = await play.settle()
    await clinic.sessions.describe(clinic.principal, play.session, {"patient_id": "P-13"})
    await play.do(("failing", 0))
    told_of = await play.transcript()
    assert (told_of["segments"], len(told_of["failed"])) == (before["segments"], 1)
    await clinic.sessions.describe(clinic.principal, play.session, {"patient_id": "P-12"})
    assert (await play.transcript())["failed"] == []
    await play.plan_hastily()
    lane = Listening()
    while await play.transcriber.transcribe_next(lane):
        pass
    assert lane.hotwords == [("Right", "Korvadin", "Ostrander")] * 2
    assert content(await play.settle()) == content(before)


async def test_with_the_same_words_a_session_of_another_patient_is_only_labelled_again(clinic: Clinic) -> None:
    play = await played(clinic, "P-7")
    await play.settle()
    view = await clinic.sessions.describe(clinic.principal, play.session, {"patient_id": "P-8"})
    assert view.state == "labelling"
    assert await told(play) == set()


async def test_windows_that_are_heard_again_are_wanted_as_they_were_spoken(
    clinic: Clinic, vocabularies: Vocabularies
) -> None:
    await write(vocabularies, clinic, ["Right"], "P-9")
    play = await played(clinic)
    await play.settle()
    await clinic.sessions.describe(clinic.principal, play.session, {"patient_id": "P-9"})
    rows = await clinic.installation.fetch(
        """
        SELECT extract(epoch FROM wanted_at - min(wanted_at) OVER ())::float8 AS wanted_s,
               (start_sample - min(start_sample) OVER ()) / 16000.0::float8 AS spoken_s
        FROM windows WHERE session_id = $1 AND planned
        """,
        play.session,
    )
    assert len(rows) > 1
    assert [row["wanted_s"] for row in rows] == pytest.approx([row["spoken_s"] for row in rows], abs=0.001)


async def test_what_is_heard_for_the_first_time_does_not_wait_for_what_is_heard_again(
    clinic: Clinic, vocabularies: Vocabularies
) -> None:
    await write(vocabularies, clinic, ["Right"], "P-10")
    play = Play(clinic, talk(0, 1, 0, 1))
    await play.start()
    last = play.recording.pieces[-1].seq
    for seq in range(last):
        await play.send(seq)
    await play.plan_hastily()
    await told(play)
    await clinic.sessions.describe(clinic.principal, play.session, {"patient_id": "P-10"})
    await play.send(last)
    await play.stop()
    await play.plan_hastily()
    (row,) = await clinic.installation.fetch(
        """
        SELECT min(wanted_at) FILTER (WHERE priority = $2) - max(wanted_at) FILTER (WHERE priority < $2) AS later
        FROM windows WHERE session_id = $1 AND planned AND state = 'pending'
        """,
        play.session,
        AGAIN,
    )
    assert row["later"] > timedelta(0)


def wanted(client_ref: str, patient_id: str | None = None) -> SessionStart:
    return SessionStart(
        client_ref=client_ref, patient_id=patient_id, media_type="audio/wav", sample_rate=16_000, chunk_seconds=15
    )


@pytest.mark.parametrize("comes", ["begins", "is put there"])
async def test_a_patients_words_stay_where_a_session_comes_while_the_last_one_is_deleted(
    clinic: Clinic, vocabularies: Vocabularies, comes: str
) -> None:
    patient = f"P-15 {comes}"
    await write(vocabularies, clinic, ["Stays"], patient)
    last = await clinic.sessions.start(clinic.principal, wanted(f"last, {comes}", patient))
    other = await clinic.sessions.start(clinic.principal, wanted(f"other, {comes}"))
    deleting = list[asyncio.Task[None]]()

    async def waits_or_is_done() -> bool:
        waiting = await clinic.installation.value("SELECT count(*) FROM pg_locks WHERE NOT granted")
        return deleting[0].done() or bool(waiting)

    async def delete_last() -> None:
        deleting.append(asyncio.create_task(clinic.sessions.delete(clinic.principal, last.session_id)))
        await until(waits_or_is_done)

    settings = clinic.installation.settings
    database = await UncommittedDatabase.connect(settings.database_url, connections=1, timeout_s=20)
    assert isinstance(database, UncommittedDatabase)
    database.something = delete_last
    changes = Changes(database, clinic.keyring, clinic.announcements)
    sessions = Sessions(database, clinic.keyring, changes, Hints(hinting.connect(settings.redis_url)))
    if comes == "begins":
        await sessions.start(clinic.principal, wanted("new", patient))
    else:
        await sessions.describe(clinic.principal, other.session_id, {"patient_id": patient})
    await database.close()
    await deleting[0]
    assert (await vocabularies.view(clinic.principal, patient)).words == ["Stays"]
