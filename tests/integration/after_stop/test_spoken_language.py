"""The language of a session that a person says: all of it is heard again, nothing that people made of it is lost."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from chunk_workers.recognition import NotYet, Recognition, Utterance
from session_core.errors import Invalid, NotFound
from session_core.messages.note import NotesSign
from session_core.principal import Principal
from session_core.session import SessionState
from session_core.step import Step
from session_core.storage import workers
from session_core.storage.windows import PROVISIONAL
from session_core.storage.workers import Identity
from tests.integration.after_stop.stopped_session import kinds, notes_of, quality_of, states, status_of
from tests.scripted_clinic import Clinic
from tests.scripted_play import Play, content, heard, newest, shown
from tests.scripted_ports import ScriptedLane
from tests.scripted_recording import SPELT, talk

ENGLISH, GERMAN, FRENCH = (SPELT[language] for language in ("en", "de", "fr"))


def in_language(segment: Mapping[str, Any], spelt: tuple[str, str]) -> bool:
    return all(word["w"].startswith(spelt) for word in segment["words"])


async def stopped(clinic: Clinic, language: str) -> Play:
    """A talk of three chunks, all of which are there."""
    play = Play(clinic, talk(0, 1, 0), language)
    await play.start()
    for seq in range(3):
        await play.send(seq)
    await play.stop()
    return play


async def straight(clinic: Clinic, language: str) -> dict[str, Any]:
    """The same session as if its language had been known from the start."""
    return await (await stopped(clinic, language)).settle()


async def ready(clinic: Clinic) -> Play:
    play = await heard(clinic, talk(0, 1, 0))
    await play.do_steps()
    assert (await play.transcript())["state"] == "ready"
    return play


async def test_another_language_has_all_of_a_ready_session_heard_and_made_anew(clinic: Clinic) -> None:
    play = await ready(clinic)
    before = await play.transcript()
    assert before["language"] == "en"
    await play.speak("de")
    waiting = await play.transcript()
    assert (waiting["language"], waiting["state"]) == ("de", "transcribing")
    assert waiting["segments"] == before["segments"]
    await play.plan_hastily()
    assert newest(await play.log(), "coverage") == {"recorded_ms": 31_800, "transcribed_ms": 0, "holes": []}
    after = await play.settle()
    assert content(after) == content(await straight(clinic, "de"))
    assert all(in_language(segment, GERMAN) for segment in after["segments"])
    log = await play.log()
    assert shown(log) == after["segments"]
    assert [event["data"] for event in log if event["type"] == "session.language"] == [
        {"language": "en"},
        {"language": "de"},
    ]
    assert states(log)[-5:] == ["ready", "transcribing", "labelling", "noting", "ready"]
    assert await kinds(play) == [(kind, n) for kind in ("labels", "notes", "quality") for n in (1, 2)]
    assert (await quality_of(play))["languages"] == {"de": 72}


async def test_words_stay_until_the_new_ones_of_their_own_place_come(clinic: Clinic) -> None:
    play = await ready(clinic)
    before = (await play.transcript())["segments"]
    await play.speak("de")
    await play.hear_one()
    after = (await play.transcript())["segments"]
    assert [(s["start_ms"], s["end_ms"]) for s in after] == [(s["start_ms"], s["end_ms"]) for s in before]
    new = [in_language(segment, GERMAN) for segment in after]
    assert new == sorted(new, reverse=True)
    assert set(new) == {True, False}
    assert all(in_language(segment, ENGLISH) for segment, is_new in zip(after, new, strict=True) if not is_new)


async def test_the_time_that_hearing_again_takes_is_counted_from_when_it_began(clinic: Clinic) -> None:
    play = await ready(clinic)
    await clinic.installation.execute(
        f"UPDATE sessions SET stopped_at = stopped_at - interval '1 day' WHERE id = '{play.session}'"
    )
    await play.speak("de")
    await play.hear_one()
    told = newest(await play.log(), "session.progress")
    assert told is not None
    assert (told["step"], told["message"]) == ("transcribe", "1 of 2 parts transcribed")
    assert told["eta_s"] < 3600


class Guessing(ScriptedLane):
    """Takes what it is not told for German."""

    async def recognise(self, utterance: Utterance, *, urgency: int, deadline: float, alone: bool) -> Recognition:
        guessed = replace(utterance, language=utterance.language or "de")
        return await super().recognise(guessed, urgency=urgency, deadline=deadline, alone=alone)


async def test_the_first_window_tells_the_language_though_the_open_tail_was_heard_before_it(clinic: Clinic) -> None:
    play = Play(clinic, talk(0, 1, 0))
    await play.start()
    for seq in range(3):
        await play.send(seq)
    await play.plan_hastily()
    assert await play.transcriber.transcribe_next(Guessing(), [PROVISIONAL])
    await play.stop()
    await play.plan_hastily()
    assert (await play.transcript())["language"] is None
    after = await play.settle()
    assert (after["language"], after["state"]) == ("en", "ready")
    assert content(after) == content(await straight(clinic, "en"))
    assert shown(await play.log()) == after["segments"]


async def test_the_same_language_changes_nothing_and_another_region_hears_nothing_again(clinic: Clinic) -> None:
    play = await ready(clinic)
    before = await play.transcript()
    await play.speak("en")
    assert await play.transcript() == before
    await play.speak("en-GB")
    after = await play.transcript()
    assert after == before | {"language": "en-GB", "head": before["head"] + 1}


async def test_whoever_changes_their_mind_before_it_was_heard_has_the_words_back_at_once(clinic: Clinic) -> None:
    play = await ready(clinic)
    before = await play.transcript()
    await play.speak("de")
    await play.speak("en")
    await play.plan_hastily()
    assert (await play.transcript())["state"] == "labelling"
    await play.do_steps()
    after = await play.transcript()
    assert (after["state"], after["segments"]) == ("ready", before["segments"])


@pytest.mark.parametrize("times", [1, 3])
async def test_of_two_who_say_another_language_at_once_the_last_one_counts(clinic: Clinic, times: int) -> None:
    play = await ready(clinic)
    await asyncio.gather(*(play.speak(language) for _ in range(times) for language in ("de", "fr")))
    after = await play.settle()
    assert after["language"] in ("de", "fr")
    assert content(after) == content(await straight(clinic, after["language"]))
    assert shown(await play.log()) == after["segments"]


async def test_a_window_in_flight_in_the_old_language_writes_nothing(clinic: Clinic) -> None:
    play = Play(clinic, talk(0, 1, 0))
    await play.start()
    for seq in range(2):
        await play.send(seq)
    await play.plan_hastily()
    await play.hear_while(lambda: play.speak("de"))
    assert (await play.transcript())["segments"] == []
    await play.hear_all()
    await play.send(2)
    await play.stop()
    assert content(await play.settle()) == content(await straight(clinic, "de"))


async def test_silence_that_was_heard_in_the_wrong_language_is_listened_to_again(clinic: Clinic) -> None:
    play = await stopped(clinic, "la")
    assert (await play.settle())["segments"] == []
    await play.speak("fr")
    assert content(await play.settle()) == content(await straight(clinic, "fr"))


@pytest.mark.parametrize("last_try", [False, True])
async def test_silence_is_not_believed_that_was_listened_to_while_the_language_changed(
    last_try: bool, clinic: Clinic
) -> None:
    """As whoever claims a window just before a change is committed, which does not see the claim."""
    play = await stopped(clinic, "la")
    await play.plan_hastily()
    change = f"UPDATE sessions SET language = 'fr' WHERE id = '{play.session}'"
    await play.hear_while(lambda: clinic.installation.execute(change), last_try=last_try)
    assert (await play.transcript())["failed"] == []
    assert content(await play.settle()) == content(await straight(clinic, "fr"))


@pytest.mark.parametrize("last_try", [False, True])
async def test_a_window_that_waits_for_another_engine_has_not_failed_and_is_heard_by_it(
    last_try: bool, clinic: Clinic
) -> None:
    async def english_only() -> None:
        raise NotYet

    play = await stopped(clinic, "fr")
    await play.plan_hastily()
    await play.hear_while(english_only, last_try=last_try)
    assert (await play.transcript())["failed"] == []
    await clinic.installation.execute(f"UPDATE windows SET due_at = now() WHERE session_id = '{play.session}'")
    assert content(await play.settle()) == content(await straight(clinic, "fr"))


async def test_words_and_provisional_words_are_told_anew_while_people_talk_on(clinic: Clinic) -> None:
    play = Play(clinic, talk(0, 1, 0))
    await play.start()
    for seq in range(3):
        await play.send(seq)
    await play.do(("patient", 0))
    await play.hear_all()
    guess = newest(await play.log(), "segment.provisional")
    assert guess is not None
    assert guess["words"]
    assert in_language(guess, ENGLISH)
    await play.speak("de")
    assert (await play.transcript())["state"] == SessionState.RECORDING
    await play.hear_all()
    log = await play.log()
    guess = newest(log, "segment.provisional")
    assert guess is not None
    assert guess["words"]
    assert all(in_language(each, GERMAN) for each in [guess, *shown(log)])
    await play.stop()
    assert content(await play.settle()) == content(await straight(clinic, "de"))


async def test_parts_that_nobody_could_hear_are_tried_in_the_new_language(clinic: Clinic) -> None:
    play = await stopped(clinic, "de")
    await play.plan_hastily()
    for _ in range(3):
        await play.do(("failing", 0))
    assert (await play.transcript())["state"] == "failed"
    await play.speak("fr")
    waiting = await play.transcript()
    assert (waiting["state"], waiting["failed"]) == ("transcribing", [])
    assert content(await play.settle()) == content(await straight(clinic, "fr"))
    told = [event["data"] for event in await play.log() if event["type"] == "window.failed"]
    assert set({each["window_id"]: each["code"] for each in told}.values()) == {""}


async def test_words_stay_where_nobody_could_hear_the_new_ones(clinic: Clinic) -> None:
    play = await ready(clinic)
    before = await play.transcript()
    await play.speak("de")
    await play.plan_hastily()
    for _ in range(2):
        await play.do(("failing", 0))
    told = await play.transcript()
    assert (told["state"], told["segments"]) == ("labelling", before["segments"])
    assert len(told["failed"]) == 2
    await play.do_steps()
    after = await play.transcript()
    assert (after["state"], after["segments"], after["failed"]) == ("ready", before["segments"], told["failed"])
    await play.speak("en")
    back = await play.transcript()
    assert (back["segments"], back["failed"]) == (before["segments"], [])
    await play.speak("de")
    assert content(await play.settle()) == content(await straight(clinic, "de"))


async def test_what_people_corrected_named_merged_and_labelled_stays(clinic: Clinic) -> None:
    play = await ready(clinic)
    first, *_, last = (await play.transcript())["segments"]
    corrected = await play.change(first["id"], {"text": "what a person heard"})
    await play.change(last["id"], {"text": ""})
    speakers = clinic.speakers
    await speakers.name(clinic.principal, play.session, "S1", "Ann")
    await speakers.merge(clinic.principal, play.session, "S2", "S1")
    await play.speak("de")
    after = await play.settle()
    assert [segment for segment in after["segments"] if segment["edited"]] == [corrected]
    assert [each["id"] for each in after["removed"]] == [last["id"]]
    assert {"id": "S1", "name": "Ann", "merged_into": None, "recognised": False} in after["speakers"]
    assert {speaker["merged_into"] for speaker in after["speakers"] if speaker["id"] == "S2"} == {"S1"}
    others = [segment for segment in after["segments"] if not segment["edited"]]
    assert others
    assert all(in_language(segment, GERMAN) for segment in others)
    for segment_id in (first["id"], last["id"]):
        await play.change(segment_id, {"text": None})
    given_back = await play.settle()
    told = [segment["text"] for segment in (await straight(clinic, "de"))["segments"]]
    assert [segment["text"] for segment in given_back["segments"]] == told


async def test_signed_notes_stay_as_they_were_signed_beside_the_new_ones(clinic: Clinic) -> None:
    play = await ready(clinic)
    notes = notes_of(clinic)
    written = await notes.view(clinic.principal, play.session)
    signed = await notes.sign(
        clinic.principal, play.session, NotesSign(generation=written.generation, revision=written.revision)
    )
    await play.speak("de")
    await play.settle()
    after = await notes.view(clinic.principal, play.session)
    assert (after.generation, after.newest, after.revision, after.signed_at) == (
        1,
        2,
        signed.revision,
        signed.signed_at,
    )
    assert after.sections == signed.sections


async def test_notes_under_way_of_the_words_before_are_not_published(clinic: Clinic) -> None:
    play = await heard(clinic, talk(0, 1, 0))
    await play.steps.do_next(Step.LABEL)

    class Overtaken:
        async def prepare(self, claim: Any, tell: Any) -> Any:
            publish = await play.works[Step.NOTE].prepare(claim, tell)
            await play.speak("de")
            return publish

    await clinic.steps({Step.NOTE: Overtaken()}).do_next(Step.NOTE)
    assert await status_of(play, Step.NOTE) == ("void", 1)
    assert [kind for kind, _ in await kinds(play) if kind == "notes"] == []
    assert (await play.settle())["state"] == "ready"


async def test_a_language_that_the_recognisers_do_not_know_is_refused_and_nothing_is_lost(clinic: Clinic) -> None:
    play = await ready(clinic)
    before = await play.transcript()
    assert (await clinic.sessions.languages()).items is None
    known = {"one": ("de", "en"), "other": ("en", "fr"), "starting": None}
    async with clinic.database.single() as connection:
        for name, languages in known.items():
            await workers.seen(connection, Identity(name, "host", "script", "", "", False, "", "", False, languages))
    try:
        assert (await clinic.sessions.languages()).items == ["en"]
        with pytest.raises(Invalid, match="does not know this language"):
            await play.speak("de")
        assert await play.transcript() == before
        await play.speak("en-US")
    finally:
        async with clinic.database.single() as connection:
            for name in known:
                await workers.left(connection, name)
    await play.speak("de")
    assert (await play.transcript())["language"] == "de"
    await play.settle()


@pytest.mark.parametrize(("recogniser", "runs"), [("script", True), (workers.STARTING, False), (workers.UNABLE, False)])
async def test_a_recogniser_runs_once_it_is_loaded(clinic: Clinic, recogniser: str, runs: bool) -> None:
    async with clinic.database.single() as connection:
        await workers.seen(connection, Identity("one", "host", recogniser, "", "", False, "", "", False, None))
    try:
        assert (await clinic.sessions.languages()).recogniser_runs is runs
    finally:
        async with clinic.database.single() as connection:
            await workers.left(connection, "one")
    assert not (await clinic.sessions.languages()).recogniser_runs


async def test_another_organisations_session_has_no_language_to_change(clinic: Clinic) -> None:
    play = await ready(clinic)
    query, installation = "SELECT org_id, id FROM users WHERE email = $1", clinic.installation
    bob = (await installation.fetch(query, installation.bob.email))[0]
    stranger = Principal(bob["org_id"], bob["id"], clinic.principal.sign_in, clinic.principal.expires_at)
    with pytest.raises(NotFound):
        await clinic.sessions.describe(stranger, play.session, {"language": "de"})
    assert (await play.transcript())["language"] == "en"
