"""The ids of voices: a function of the turns, and of what people said about some of them."""

from __future__ import annotations

from chunk_workers.speaker_ids import speaker_ids
from session_core.turn import Turn

TALK = [Turn(0, 1000, 0), Turn(1000, 2000, 1), Turn(2000, 3000, 0), Turn(3000, 3500, 2)]


def test_voices_are_numbered_in_the_order_in_which_they_first_speak() -> None:
    assert speaker_ids(TALK, [], []) == {0: "S1", 1: "S2", 2: "S3"}


def test_whom_people_named_keeps_the_id_when_voices_are_found_in_another_order() -> None:
    known = [Turn(1000, 2000, "S1")]
    assert speaker_ids(TALK, known, ["S1"]) == {0: "S2", 1: "S1", 2: "S3"}


def test_the_voice_that_is_heard_most_where_people_said_so_is_the_speaker() -> None:
    known = [Turn(500, 1900, "doctor")]
    assert speaker_ids(TALK, known, ["doctor"])[1] == "doctor"


def test_one_speaker_is_given_to_one_voice_alone() -> None:
    known = [Turn(0, 3500, "S9")]
    ids = speaker_ids(TALK, known, ["S9"])
    assert ids == {0: "S9", 1: "S1", 2: "S2"}


def test_an_id_that_people_gave_to_somebody_who_is_not_heard_is_not_given_again() -> None:
    assert speaker_ids(TALK, [], ["S2"]) == {0: "S1", 1: "S3", 2: "S4"}
