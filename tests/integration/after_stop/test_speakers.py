"""Who spoke: their number, the names that people gave them, and voices that are known."""

from __future__ import annotations

import dataclasses
from uuid import uuid4

import pytest

from chunk_workers.voice import RATE
from session_core.errors import Invalid
from session_core.messages.session import SessionStart
from session_core.step import Step
from stream_server.questions import Questions
from stream_server.voices import Voices
from tests.integration.after_stop.stopped_session import kinds, speakers
from tests.scripted_clinic import Clinic
from tests.scripted_play import Play, heard
from tests.scripted_recording import talk


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


@pytest.mark.parametrize("merged", [False, True])
async def test_names_of_another_patients_people_go_when_the_patient_is_put_right(clinic: Clinic, merged: bool) -> None:
    first = await session_of(clinic, f"p-of-mother-{merged}", 0, 1)
    await clinic.speakers.name(clinic.principal, first.session, "S2", "Mother")
    play = await session_of(clinic, f"p-of-mother-{merged}", 1, 2)
    if merged:
        await clinic.speakers.merge(clinic.principal, play.session, "S1", "S2")
    assert "Mother" in {speaker["name"] for speaker in (await play.transcript())["speakers"]}
    await clinic.sessions.describe(clinic.principal, play.session, {"patient_id": f"p-of-others-{merged}"})
    assert (await play.transcript())["state"] == "labelling"
    await play.do_steps()
    put_right = await play.transcript()
    assert {speaker["name"] for speaker in put_right["speakers"]} == {None}
    assert {speaker["merged_into"] for speaker in put_right["speakers"]} == ({"S2", None} if merged else {None})
    await clinic.sessions.describe(clinic.principal, play.session, {"title": "Only a title"})
    assert (await play.transcript())["state"] == "ready"


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
