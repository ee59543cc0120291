"""After Stop: steps are done once whoever does them, one that fails holds up no other, and people's words stay."""

from __future__ import annotations

import asyncio
import dataclasses
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import numpy as np
import pytest

from chunk_workers import indexing
from chunk_workers.chunk_audio import Samples
from chunk_workers.embedding import Vectors
from chunk_workers.indexing import Indexing
from chunk_workers.noting import Desk, Noting, Written
from chunk_workers.session_voices import LISTENING
from chunk_workers.steps import Publication, StepWork
from chunk_workers.telling import Tell, Telling
from chunk_workers.voice import RATE
from hearken.embedded import Services
from session_core import hints as hinting
from session_core.background import Background
from session_core.change import Change, Changes
from session_core.errors import BadMedia, HearkenError, Internal, Invalid, Unavailable
from session_core.hints import Hints
from session_core.line import Line
from session_core.messages.session import SessionStart
from session_core.note_template import NoteTemplate
from session_core.principal import Principal
from session_core.step import Step
from session_core.storage import artifacts, steps
from session_core.storage.artifacts import LABELS, NOTES
from session_core.storage.database import Database
from session_core.storage.steps import StepClaim
from stream_server.notes import Notes
from stream_server.questions import Questions
from stream_server.voices import Voices
from tests.installation import installation_on
from tests.scripted_clinic import (
    CHUNK_SECONDS,
    NEVER,
    SPEECH,
    VOICES,
    WORDS_AT_ONCE,
    Clinic,
    Piece,
    Play,
    Recording,
    ScriptedWriter,
    shown,
)

pytestmark = pytest.mark.filterwarnings("error")


@pytest.fixture(scope="module")
async def clinic(services: Services, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Clinic]:
    async with installation_on(services, tmp_path_factory.mktemp("after_stop")) as installation:
        user = (await installation.fetch("SELECT org_id, id FROM users ORDER BY email"))[0]
        principal = Principal(user["org_id"], user["id"], uuid4(), datetime.now(UTC) + NEVER)
        database = await Database.connect(installation.settings.database_url, connections=8, timeout_s=20)
        background = Background()
        yield Clinic(installation, database, background, principal)
        await background.close()
        await database.close()


def talk(*voices: int, words: int = 24) -> Recording:
    """Each voice says so many words of 0.4 s, in the order given; a chunk for each."""
    pieces: list[Piece] = []
    decoded: dict[bytes, Samples | type[Exception]] = {}
    first = 0
    for seq, voice in enumerate(voices):
        # Every amplitude of a voice is used once: what is equal and side by side counts as one word.
        said = [
            SPEECH + (VOICES * (seq * 100 + number // WORDS_AT_ONCE) + voice) * WORDS_AT_ONCE + number % WORDS_AT_ONCE
            for number in range(words)
        ]
        pcm = np.concatenate([np.repeat(np.array(said, dtype=np.int16), RATE * 2 // 5), np.zeros(RATE, dtype=np.int16)])
        data = b"RIFF____WAVE%d %d" % (seq, voice)
        pieces.append(Piece(seq, first, len(pcm), data))
        decoded[data] = pcm
        first += len(pcm)
    return Recording(RATE, tuple(pieces), decoded)


async def heard(clinic: Clinic, recording: Recording, *, without: frozenset[int] = frozenset()) -> Play:
    """A session that was stopped and transcribed, and whose steps nobody has done."""
    play = Play(clinic, recording)
    await play.start()
    for piece in recording.pieces:
        if piece.seq not in without:
            await play.send(piece.seq)
    await play.stop()
    await play.plan_hastily()
    await play.hear_all()
    return play


async def kinds(play: Play) -> list[tuple[str, int]]:
    rows = await play.clinic.installation.fetch(
        "SELECT kind, generation FROM artifacts WHERE session_id = $1 ORDER BY kind, generation", play.session
    )
    return [(row["kind"], row["generation"]) for row in rows]


async def quality_of(play: Play) -> Any:
    key = await play.clinic.keyring.session(play.clinic.principal.org_id, play.session)
    async with play.clinic.database.organisation(play.clinic.principal.org_id) as connection:
        quality = await artifacts.newest(connection, play.session, key, "quality")
    assert quality is not None
    return quality.body


def speakers(transcript: Mapping[str, Any]) -> list[str | None]:
    return [segment["speaker"] for segment in transcript["segments"]]


def states(log: list[dict[str, Any]]) -> list[str]:
    return [event["data"]["state"] for event in log if event["type"] == "session.state"]


class Broken:
    """A step that fails as it is told, until it is mended."""

    def __init__(self, work: StepWork, error: HearkenError) -> None:
        self._work = work
        self.error: HearkenError | None = error

    async def prepare(self, claim: StepClaim, tell: Tell) -> Publication:
        if self.error is not None:
            raise self.error
        return await self._work.prepare(claim, tell)


async def test_a_stopped_session_is_labelled_noted_and_ready(clinic: Clinic) -> None:
    play = await heard(clinic, talk(0, 1, 0))
    assert (await play.transcript())["state"] == "labelling"
    await play.do_steps()
    transcript, log = await play.transcript(), await play.log()
    assert states(log) == ["recording", "sealing", "transcribing", "labelling", "noting", "ready"]
    assert await kinds(play) == [("labels", 1), ("notes", 1), ("quality", 1)]
    assert list(dict.fromkeys(speakers(transcript))) == ["S1", "S2"]
    assert speakers(transcript)[0] == speakers(transcript)[-1] == "S1"
    assert [speaker["id"] for speaker in transcript["speakers"]] == ["S1", "S2"]
    told = [event["data"] for event in log if event["type"] == "artifact.ready"]
    assert told == [{"kind": kind, "generation": 1} for kind in ("quality", "labels", "notes")]
    assert {step["step"]: step["state"] for step in transcript["steps"]} == {
        "label": "done",
        "note": "done",
        "index": "pending",
        "archive": "pending",
    }


async def test_three_workers_at_once_publish_each_artifact_once(clinic: Clinic) -> None:
    play = await heard(clinic, talk(0, 1))
    runners = [clinic.steps(play.works, lease_s=0) for _ in range(3)]
    for step in (Step.LABEL, Step.NOTE):
        # Without a lease every one of them takes the step that another is doing.
        await asyncio.gather(*(runner.do_next(step) for runner in runners))
    await play.do_steps()
    assert await kinds(play) == [("labels", 1), ("notes", 1), ("quality", 1)]
    assert (await play.transcript())["state"] == "ready"


@pytest.mark.parametrize("step", [Step.LABEL, Step.NOTE])
async def test_a_worker_that_wakes_after_another_did_its_step_publishes_nothing(clinic: Clinic, step: Step) -> None:
    play = await heard(clinic, talk(0, 1))
    if step is Step.NOTE:
        await play.steps.do_next(Step.LABEL)

    class Sleeping:
        async def prepare(self, claim: StepClaim, tell: Tell) -> Publication:
            publish = await play.works[step].prepare(claim, tell)
            await play.do_steps()
            return publish

    await clinic.steps({step: Sleeping()}, lease_s=0).do_next(step)
    assert await kinds(play) == [("labels", 1), ("notes", 1), ("quality", 1)]


async def test_a_worker_that_is_stopped_gives_its_step_back(clinic: Clinic) -> None:
    play = await heard(clinic, talk(0))
    begun = asyncio.Event()

    class Endless:
        async def prepare(self, claim: StepClaim, tell: Tell) -> Publication:
            begun.set()
            await asyncio.Event().wait()
            raise AssertionError

    working = asyncio.create_task(clinic.steps({Step.LABEL: Endless()}).do_next(Step.LABEL))
    await begun.wait()
    working.cancel()
    with pytest.raises(asyncio.CancelledError):
        await working
    await play.do_steps()
    assert (await play.transcript())["state"] == "ready"


async def test_without_speakers_the_transcript_and_the_notes_are_there_all_the_same(clinic: Clinic) -> None:
    play = await heard(clinic, talk(0, 1))
    broken = Broken(play.works[Step.LABEL], Internal("as the script says"))
    await clinic.steps({Step.LABEL: broken}, most=1).do_next(Step.LABEL)
    await play.do_steps()
    transcript = await play.transcript()
    assert transcript["state"] == "ready"
    assert set(speakers(transcript)) == {None}
    assert {"step": "label", "state": "failed", "generation": 1, "code": "internal"} in transcript["steps"]
    assert [event["data"] for event in await play.log() if event["type"] == "step.failed"] == [
        {"step": "label", "code": "internal"}
    ]

    await clinic.sessions.redo(clinic.principal, play.session, Step.LABEL)
    await play.do_steps()
    transcript = await play.transcript()
    assert transcript["state"] == "ready"
    assert list(dict.fromkeys(speakers(transcript))) == ["S1", "S2"]
    assert await kinds(play) == [("labels", 2), ("notes", 1), ("notes", 2), ("quality", 1)]


async def test_what_may_pass_is_tried_again_before_a_step_is_given_up(clinic: Clinic) -> None:
    play = await heard(clinic, talk(0))
    broken = Broken(play.works[Step.LABEL], Unavailable("as the script says"))
    runner = clinic.steps({Step.LABEL: broken}, most=3)
    await runner.do_next(Step.LABEL)
    await runner.do_next(Step.LABEL)
    assert (await play.transcript())["state"] == "labelling"
    broken.error = None
    await runner.do_next(Step.LABEL)
    assert (await play.transcript())["state"] == "noting"
    await play.do_steps()


async def test_notes_that_failed_are_written_when_they_are_retried(clinic: Clinic) -> None:
    play = await heard(clinic, talk(0))
    await play.steps.do_next(Step.LABEL)
    broken = Broken(play.works[Step.NOTE], Internal("as the script says"))
    await clinic.steps({Step.NOTE: broken}, most=1).do_next(Step.NOTE)
    assert (await play.transcript())["state"] == "ready"
    assert ("notes", 1) not in await kinds(play)
    await clinic.sessions.redo(clinic.principal, play.session, Step.NOTE)
    await play.do_steps()
    assert ("notes", 2) in await kinds(play)


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


def notes_of(clinic: Clinic) -> Notes:
    return Notes(
        clinic.database, clinic.keyring, clinic.changes, Hints(hinting.connect(clinic.installation.settings.redis_url))
    )


async def status_of(play: Play, step: Step) -> tuple[str, int]:
    found = {each["step"]: each for each in (await play.transcript())["steps"]}[step.value]
    return found["state"], found["generation"]


async def test_notes_that_are_wished_for_before_it_is_known_who_speaks_wait_for_it(clinic: Clinic) -> None:
    play = await heard(clinic, talk(0, 1, 0))
    written: list[list[str]] = []

    class Listening(ScriptedWriter):
        async def write(
            self, lines: Sequence[Line], template: NoteTemplate, language: str | None, desk: Desk
        ) -> Written:
            written.append([template.id, *sorted({line.speaker or "nobody" for line in lines})])
            return await super().write(lines, template, language, desk)

    noting = Noting(clinic.database, clinic.keyring, clinic.changes, Listening())
    works = {**play.works, Step.NOTE: noting}
    answer = await notes_of(clinic).write(clinic.principal, play.session, "soap")
    assert answer.state == "labelling"
    assert not await clinic.steps(works).do_next(Step.NOTE)
    await clinic.sessions.redo(clinic.principal, play.session, Step.NOTE)
    await clinic.sessions.redo(clinic.principal, play.session, Step.INDEX)
    assert not await clinic.steps(works).do_next(Step.NOTE)
    for step in (Step.LABEL, Step.NOTE):
        await clinic.steps(works).do_next(step)
    assert written == [["soap", "S1", "S2"]]
    assert states(await play.log())[-3:] == ["labelling", "noting", "ready"]
    assert await status_of(play, Step.INDEX) == ("pending", 1)


async def test_labels_that_are_made_anew_take_index_and_notes_under_way_along(clinic: Clinic) -> None:
    play = await heard(clinic, talk(0, 1, 0))
    await play.steps.do_next(Step.LABEL)

    class Overtaken:
        async def prepare(self, claim: StepClaim, tell: Tell) -> Publication:
            publish = await play.works[Step.NOTE].prepare(claim, tell)
            await clinic.sessions.redo(clinic.principal, play.session, Step.LABEL)
            return publish

    await clinic.steps({Step.NOTE: Overtaken()}).do_next(Step.NOTE)
    assert (await play.transcript())["state"] == "labelling"
    assert not await play.steps.do_next(Step.NOTE)
    assert {await status_of(play, Step.NOTE), await status_of(play, Step.INDEX)} == {("void", 1)}
    await play.do_steps()
    assert await kinds(play) == [("labels", 1), ("labels", 2), ("notes", 2), ("quality", 1)]
    assert await status_of(play, Step.INDEX) == ("pending", 2)
    assert (await play.transcript())["state"] == "ready"

    await clinic.sessions.describe(clinic.principal, play.session, {"speaker_count": 1})
    await notes_of(clinic).write(clinic.principal, play.session, None)
    await play.do_steps()
    assert await kinds(play) == [*(("labels", n) for n in (1, 2, 3)), ("notes", 2), ("notes", 3), ("quality", 1)]
    assert await status_of(play, Step.INDEX) == ("pending", 3)


async def test_a_late_chunk_has_everything_made_anew_and_the_work_under_way_void(clinic: Clinic) -> None:
    recording = talk(0, 1, 0)
    play = await heard(clinic, recording, without=frozenset({1}))

    class Overtaken:
        async def prepare(self, claim: StepClaim, tell: Tell) -> Publication:
            publish = await play.works[Step.LABEL].prepare(claim, tell)
            await play.send(1)
            await play.plan_hastily()
            return publish

    await clinic.steps({Step.LABEL: Overtaken()}).do_next(Step.LABEL)
    assert (LABELS, 1) not in await kinds(play)
    assert (await play.transcript())["state"] == "transcribing"
    late = await play.settle()
    straight = await heard(clinic, recording)
    await straight.do_steps()
    expected = await straight.transcript()
    assert late["state"] == "ready"
    assert [(s["text"], s["speaker"]) for s in late["segments"]] == [
        (s["text"], s["speaker"]) for s in expected["segments"]
    ]
    assert [kind for kind, _ in await kinds(play)].count(NOTES) == 1


SILENCE = np.zeros(int(CHUNK_SECONDS) * RATE, dtype=np.int16)
WAVE = b"RIFF____WAVE"
PIECES = (Piece(0, 0, len(SILENCE), WAVE),)


@pytest.mark.parametrize(
    ("recording", "warning"),
    [
        (Recording(RATE, PIECES, {WAVE: SILENCE}), "no_speech"),
        (Recording(RATE, PIECES, {WAVE: BadMedia}), "parts_missing"),
        (Recording(RATE, (), {}), "nothing_recorded"),
    ],
    ids=["silence", "undecodable", "no chunks"],
)
async def test_a_session_without_a_word_ends_ready_and_says_why_there_is_none(
    clinic: Clinic, recording: Recording, warning: str
) -> None:
    play = await heard(clinic, recording)
    await play.do_steps()
    transcript = await play.transcript()
    assert (transcript["state"], transcript["segments"]) == ("ready", [])
    assert (await quality_of(play))["warnings"] == [warning]


async def test_the_quality_of_what_was_heard_is_the_same_after_people_corrected_all_of_it(clinic: Clinic) -> None:
    play = await heard(clinic, talk(0, 1), without=frozenset({1}))
    before = await quality_of(play)
    assert before["words"] > 0
    assert before["languages"] == {"en": before["words"]}
    for segment in (await play.transcript())["segments"]:
        await play.change(segment["id"], {"text": "as it was really said"})
    await play.send(1)
    await play.settle()
    after, straight = await quality_of(play), await quality_of(await heard(clinic, talk(0, 1)))
    assert after == straight
    assert after["words"] > before["words"]


async def test_the_language_of_each_window_is_told(clinic: Clinic) -> None:
    play = Play(clinic, talk(0, 1, 0, 1, 0, 1))
    await play.start()
    for piece in play.recording.pieces:
        await play.send(piece.seq)
    await play.stop()
    await play.plan_hastily()
    await play.hear_one()
    await clinic.installation.execute(
        f"UPDATE windows SET language = 'de' WHERE session_id = '{play.session}' AND state = 'done'"
    )
    await play.hear_all()
    quality = await quality_of(play)
    assert list(quality["languages"]) == ["de", "en"]
    assert sum(quality["languages"].values()) == quality["words"]
    assert "mixed_languages" in quality["warnings"]
    await play.do_steps()


async def test_a_session_of_which_nothing_was_recognised_has_failed_and_can_be_retried(clinic: Clinic) -> None:
    play = Play(clinic, talk(0))
    await play.start()
    await play.send(0)
    await play.stop()
    await play.plan_hastily()
    await play.do(("failing", 0))
    assert (await play.transcript())["state"] == "failed"
    with pytest.raises(Invalid):
        await clinic.sessions.redo(clinic.principal, play.session, Step.NOTE)
    assert (await play.settle())["state"] == "ready"


async def test_a_retry_where_nothing_failed_leaves_everything_as_it_is(clinic: Clinic) -> None:
    play = await heard(clinic, talk(0, 1))
    await play.do_steps()
    before, log = await kinds(play), await play.log()
    assert (await clinic.sessions.retry(clinic.principal, play.session)).state == "ready"
    await play.plan_hastily()
    await play.do_steps()
    assert (await kinds(play), await play.log()) == (before, log)


async def test_how_many_people_speak_can_be_said_and_the_labels_follow(clinic: Clinic) -> None:
    play = await heard(clinic, talk(0, 1, 0))
    await play.do_steps()
    await clinic.sessions.describe(clinic.principal, play.session, {"speaker_count": 1})
    assert (await play.transcript())["state"] == "labelling"
    await play.do_steps()
    assert ("labels", 2) in await kinds(play)


async def test_whom_people_named_keeps_the_name_when_the_labels_are_made_anew(clinic: Clinic) -> None:
    play = await heard(clinic, talk(0, 1, 0))
    await play.do_steps()
    await clinic.speakers.name(clinic.principal, play.session, "S2", "the patient")
    await clinic.sessions.redo(clinic.principal, play.session, Step.LABEL)
    await play.do_steps()
    transcript = await play.transcript()
    assert {speaker["id"]: speaker["name"] for speaker in transcript["speakers"]} == {"S1": None, "S2": "the patient"}
    assert list(dict.fromkeys(speakers(transcript))) == ["S1", "S2"]


async def session_of(clinic: Clinic, patient: str, *voices: int) -> Play:
    play = Play(clinic, talk(*voices))
    wanted = SessionStart(
        client_ref=str(uuid4()), media_type="audio/wav", sample_rate=RATE, chunk_seconds=30, patient_id=patient
    )
    play.session = (await clinic.sessions.start(clinic.principal, wanted)).session_id
    for piece in play.recording.pieces:
        await play.send(piece.seq)
    await play.stop()
    await play.plan_hastily()
    await play.hear_all()
    await play.do_steps()
    return play


async def test_a_name_sticks_in_later_sessions_of_the_same_patient_and_of_no_other(clinic: Clinic) -> None:
    first = await session_of(clinic, "p-1", 0, 1)
    await clinic.speakers.name(clinic.principal, first.session, "S2", "Mother")
    later, other = await session_of(clinic, "p-1", 1, 2), await session_of(clinic, "p-2", 1, 2)
    named = {
        speaker["id"]: (speaker["name"], speaker["recognised"]) for speaker in (await later.transcript())["speakers"]
    }
    assert named == {"S1": ("Mother", True), "S2": (None, False)}
    assert all(speaker["name"] is None for speaker in (await other.transcript())["speakers"])


async def test_a_name_sticks_however_many_sessions_ago_it_was_given(clinic: Clinic) -> None:
    first = await session_of(clinic, "p-8", 0, 1)
    await clinic.speakers.name(clinic.principal, first.session, "S2", "Mother")
    for _ in range(7):
        play = await session_of(clinic, "p-8", 1, 2)
        named = {speaker["id"]: speaker["name"] for speaker in (await play.transcript())["speakers"]}
        assert named == {"S1": "Mother", "S2": None}


async def test_an_enrolled_voice_is_known_until_it_is_forgotten(clinic: Clinic) -> None:
    voices = Voices(clinic.database, clinic.keyring, Questions(clinic.database, clinic.keyring))
    play = await heard(clinic, talk(2, 0))
    await play.do_steps()
    await voices.enrol(clinic.principal, play.session, "S1", "Dr. Known")
    assert (await voices.view(clinic.principal)).enrolled_at is not None
    later = await heard(clinic, talk(0, 2))
    await later.do_steps()
    names = [speaker["name"] for speaker in (await later.transcript())["speakers"]]
    assert names == [None, "Dr. Known"]
    await voices.forget(clinic.principal)
    assert (await voices.view(clinic.principal)).enrolled_at is None
    last = await heard(clinic, talk(0, 2))
    await last.do_steps()
    assert [speaker["name"] for speaker in (await last.transcript())["speakers"]] == [None, None]


async def test_a_voice_is_enrolled_only_from_a_session_that_its_owner_recorded(clinic: Clinic) -> None:
    voices = Voices(clinic.database, clinic.keyring, Questions(clinic.database, clinic.keyring))
    play = await heard(clinic, talk(2, 0))
    await play.do_steps()
    colleague = dataclasses.replace(clinic.principal, user_id=uuid4())
    with pytest.raises(Invalid):
        await voices.enrol(colleague, play.session, "S1", "Dr. Other")
    assert (await voices.view(colleague)).enrolled_at is None


async def test_corrected_text_gets_its_speaker_and_keeps_one_that_a_person_gave(clinic: Clinic) -> None:
    play = await heard(clinic, talk(0, 1))
    listed = [segment["id"] for segment in (await play.transcript())["segments"]]
    await play.change(listed[0], {"text": "as it was really said"})
    await play.change(listed[-1], {"text": "and this", "speaker": "doctor"})
    await play.do_steps()
    after = {segment["id"]: segment for segment in (await play.transcript())["segments"]}
    assert after[listed[0]]["speaker"] == "S1"
    assert after[listed[-1]]["speaker"] == "doctor"


async def test_text_of_a_window_that_is_open_again_is_withdrawn_aloud(clinic: Clinic) -> None:
    """Planning goes back for one late chunk, and then no further than the hole behind chunk 3: another late one shows
    that what is missing there may still come."""
    play = Play(clinic, talk(*range(7)))
    await play.start()
    for step in (("send", 0), ("send", 3), ("send", 6), ("hasty", 0), ("hear all", 0), ("send", 1), ("send", 5)):
        await play.do(step)
    assert shown(await play.log()) == (await play.transcript())["segments"] != []
    for step in (("patient", 0), ("send", 4), ("patient", 0)):
        await play.do(step)
    assert shown(await play.log()) == (await play.transcript())["segments"]


async def test_a_deleted_session_takes_its_steps_and_artifacts_along(clinic: Clinic) -> None:
    play = await heard(clinic, talk(0))
    await play.steps.do_next(Step.LABEL)
    await clinic.sessions.delete(clinic.principal, play.session)
    await play.do_steps()
    for table in ("steps", "artifacts", "voiceprints"):
        query = f"SELECT count(*) AS left FROM {table} WHERE session_id = $1"
        assert (await clinic.installation.fetch(query, UUID(str(play.session))))[0]["left"] == 0
