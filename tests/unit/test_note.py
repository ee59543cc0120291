"""A note keeps only what the transcript supports."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest
from pydantic import ValidationError

from session_core.note import Note, Section, Statement, checked, verbatim
from tests.spoken import lines

SPOKEN = lines(
    "clinician: Have you lost weight?",
    "patient: Yes, five pounds, I think.",
    "clinician: Anything else?",
    "patient: My left knee hurts.",
)


def note(*statements: Statement, dropped: int = 0) -> Note:
    section = Section(key="topics", title="Topics", statements=statements)
    return Note(template="session", template_version=1, sections=(section,), dropped=dropped, writer="a model")


def statement(*ids: UUID, quote: str | None = None) -> Statement:
    return Statement(id="1", text="Lost five pounds.", segment_ids=ids, quote=quote)


def test_a_statement_that_cites_nothing_is_dropped_and_counted() -> None:
    found = checked(note(statement(), statement(SPOKEN[1].id), dropped=2), SPOKEN)
    assert (len(found.sections[0].statements), found.dropped) == (1, 3)


def test_a_statement_that_cites_unknown_segments_alone_is_dropped() -> None:
    assert checked(note(statement(uuid4(), uuid4())), SPOKEN).dropped == 1


def test_of_the_segments_of_a_statement_the_known_ones_stay_once_and_in_order() -> None:
    found = checked(note(statement(SPOKEN[3].id, uuid4(), SPOKEN[1].id, SPOKEN[3].id)), SPOKEN)
    assert found.sections[0].statements[0].segment_ids == (SPOKEN[1].id, SPOKEN[3].id)


def test_a_quote_that_was_said_elsewhere_does_not_count() -> None:
    assert checked(note(statement(SPOKEN[1].id, quote="My left knee hurts")), SPOKEN).dropped == 1


def test_a_quote_becomes_the_letters_of_the_transcript() -> None:
    found = checked(note(statement(SPOKEN[1].id, quote="yes five POUNDS")), SPOKEN)
    assert found.sections[0].statements[0].quote == "Yes, five pounds,"


def test_a_quote_stays_as_it_is_where_the_letters_of_the_transcript_are_too_many() -> None:
    spoken = lines(f"patient: It hurts {'. ' * 2_000} a lot.")
    found = checked(note(statement(spoken[0].id, quote="It hurts a lot.")), spoken)
    assert found.sections[0].statements[0].quote == "It hurts a lot."
    assert Note.model_validate_json(found.model_dump_json()) == found


def test_a_question_and_its_answer_are_quoted_together() -> None:
    cited = statement(SPOKEN[0].id, SPOKEN[1].id, quote="lost weight? Yes, five pounds")
    assert checked(note(cited), SPOKEN).dropped == 0


def test_a_quote_does_not_reach_over_what_is_not_cited() -> None:
    cited = statement(SPOKEN[0].id, SPOKEN[3].id, quote="lost weight? My left knee")
    assert checked(note(cited), SPOKEN).dropped == 1


def test_a_quote_without_a_word_is_none() -> None:
    assert checked(note(statement(SPOKEN[1].id, quote=" … ")), SPOKEN).dropped == 1


def test_words_are_found_whole_alone() -> None:
    assert verbatim("pound", "five pounds") is None
    assert verbatim("five pounds", "about five , pounds.") == "five , pounds."


def test_a_note_survives_json() -> None:
    written = note(statement(SPOKEN[1].id, quote="five pounds"))
    assert Note.model_validate_json(written.model_dump_json()) == written


def test_a_note_with_an_unknown_field_is_refused() -> None:
    with pytest.raises(ValidationError):
        Statement.model_validate({"id": "1", "text": "a", "segment_ids": [], "colour": "red"})
