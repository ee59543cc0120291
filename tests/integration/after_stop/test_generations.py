"""What is made anew after Stop takes along what follows from it, and makes void what was under way."""

from __future__ import annotations

from collections.abc import Sequence

from chunk_workers.noting import Desk, Noting, Written
from chunk_workers.steps import Publication
from chunk_workers.telling import Tell
from session_core.line import Line
from session_core.note_template import NoteTemplate
from session_core.step import Step
from session_core.storage.artifacts import LABELS, NOTES
from session_core.storage.steps import StepClaim
from tests.integration.after_stop.stopped_session import kinds, notes_of, states, status_of
from tests.scripted_clinic import Clinic
from tests.scripted_play import Play, heard, shown
from tests.scripted_ports import ScriptedWriter
from tests.scripted_recording import talk


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
