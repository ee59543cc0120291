"""After Stop steps are done once whoever does them, and one that fails holds up no other."""

from __future__ import annotations

import asyncio
from uuid import UUID

import pytest

from chunk_workers.steps import Publication, StepWork
from chunk_workers.telling import Tell
from session_core.errors import HearkenError, Internal, Invalid, Unavailable
from session_core.step import Step
from session_core.storage.steps import StepClaim
from tests.integration.after_stop.stopped_session import kinds, speakers, states
from tests.scripted_clinic import Clinic
from tests.scripted_play import Play, heard
from tests.scripted_recording import talk


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


async def test_a_deleted_session_takes_its_steps_and_artifacts_along(clinic: Clinic) -> None:
    play = await heard(clinic, talk(0))
    await play.steps.do_next(Step.LABEL)
    await clinic.sessions.delete(clinic.principal, play.session)
    await play.do_steps()
    for table in ("steps", "artifacts", "voiceprints"):
        query = f"SELECT count(*) AS left FROM {table} WHERE session_id = $1"
        assert (await clinic.installation.fetch(query, UUID(str(play.session))))[0]["left"] == 0
