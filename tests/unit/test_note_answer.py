"""Answers of models: exactly what was asked for, or an error."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest

from chunk_workers.notes.answer import read_answer, read_reduction
from chunk_workers.notes.answer_schema import answer_schema, reduction_schema
from chunk_workers.provider import BadAnswer
from session_core.note import Note, checked
from session_core.note_template import built_in
from tests.spoken import KNEE, lines

SPOKEN = lines(*KNEE)
SOAP = built_in("soap")


def stated(text: str, *segments: str, quote: str) -> dict[str, Any]:
    return {"text": text, "segments": list(segments), "quote": quote}


def answer(**sections: list[dict[str, Any]]) -> str:
    given = {section.key: sections.get(section.key, []) for section in SOAP.sections}
    return json.dumps(given)


def read(text: str, first: int = 0) -> Note:
    return read_answer(text, SPOKEN[first:], first, SOAP, writer="a model", language="en")


PAIN = stated("Left knee pain for two weeks.", "s1", quote="a sharp pain in my left knee")
DENIED = stated("Denies thoughts of self-harm.", "s15", "s16", quote="any thoughts of harming yourself? No, never")
DENIED |= {"severity": "medium", "risk": "self_harm", "denied": True}


def test_an_answer_becomes_a_note_whose_evidence_checks_out() -> None:
    text = answer(subjective=[PAIN], risk_flags=[DENIED])
    jsonschema.validate(json.loads(text), answer_schema(SOAP))
    note = checked(read(text), SPOKEN)
    assert note.dropped == 0
    assert [section.key for section in note.sections] == [section.key for section in SOAP.sections]
    (pain,), (flag,) = note.sections[0].statements, note.sections[-1].statements
    assert (pain.text, pain.segment_ids, pain.severity) == (PAIN["text"], (SPOKEN[1].id,), None)
    assert (flag.severity, flag.risk, flag.denied) == ("low", "self_harm", True)


def test_statements_about_nothing_are_dropped_when_they_are_checked() -> None:
    made_up = stated("The patient is fine.", "s99", quote="the patient is fine")
    elsewhere = stated("Penicillin allergy.", "s1", quote="Just penicillin")
    unquoted = stated("Penicillin allergy.", "s8", quote="")
    note = checked(read(answer(subjective=[made_up, elsewhere, unquoted, PAIN])), SPOKEN)
    assert (len(note.sections[0].statements), note.dropped) == (1, 3)


def test_numbers_count_from_the_beginning_of_the_session() -> None:
    note = read(answer(subjective=[stated("Penicillin.", "s8", "s1", quote="penicillin")]), first=8)
    assert note.sections[0].statements[0].segment_ids == (SPOKEN[8].id,)


def test_no_section_holds_more_than_its_template_allows() -> None:
    assert len(read(answer(plan=[PAIN] * 40)).sections[3].statements) == SOAP.sections[3].most


def test_flags_are_never_cut() -> None:
    assert len(read(answer(risk_flags=[DENIED] * 60)).sections[-1].statements) == 60


@pytest.mark.parametrize(
    "text",
    [
        "",
        "I'm sorry, I can't help with that.",
        "[]",
        "null",
        "{}",
        answer(subjective=[PAIN])[:-20],
        f"```json\n{answer()}\n```",
        answer() + answer(),
        json.dumps(json.loads(answer()) | {"advice": []}),
        answer(subjective=[PAIN | {"text": ""}]),
        answer(subjective=[PAIN | {"text": 5}]),
        answer(subjective=[PAIN | {"segments": "s1"}]),
        answer(subjective=[PAIN | {"certain": True}]),
        answer(subjective=[{"text": "Pain."}]),
        answer(risk_flags=[PAIN]),
        answer(risk_flags=[DENIED | {"severity": "severe"}]),
        "\ud800",
    ],
)
def test_anything_else_is_an_error_that_quotes_nothing(text: str) -> None:
    with pytest.raises(BadAnswer) as caught:
        read(text)
    assert caught.value.code == "bad_answer"
    assert not any(word in caught.value.message for word in ("Pain", "knee", "sorry", "advice"))


def test_notes_of_parts_become_one_with_the_evidence_of_all() -> None:
    notes = [read(answer(subjective=[PAIN])), read(answer(subjective=[PAIN]))]
    joined = joined_of(
        subjective=[{"text": "Knee pain.", "from": ["n1", "n0", "n7"]}, {"text": "Invented.", "from": []}]
    )
    note = checked(read_reduction(joined, notes, SOAP, writer="a model", language="en"), SPOKEN)
    (pain,) = note.sections[0].statements
    assert (pain.segment_ids, pain.quote) == ((SPOKEN[1].id,), PAIN["quote"])
    assert note.dropped == 1


def test_flags_of_parts_are_not_the_models_to_join() -> None:
    notes = [read(answer(subjective=[PAIN], risk_flags=[DENIED])), read(answer(risk_flags=[DENIED, DENIED]), first=2)]
    note = read_reduction(joined_of(), notes, SOAP, writer="a model", language="en")
    assert note.sections[-1].statements == tuple(each for part in notes for each in part.sections[-1].statements)
    assert len({each.id for each in note.sections[-1].statements}) == 3
    with pytest.raises(BadAnswer):
        read_reduction(answer(), notes, SOAP, writer="a model", language="en")


def test_a_joined_statement_that_denies_has_the_quote_of_the_denial() -> None:
    notes = [read(answer(subjective=[PAIN, stated("No swelling.", "s5", "s6", quote="Is it swollen? No.")]))]
    joined = joined_of(subjective=[{"text": "Knee pain, denies swelling.", "from": ["n0", "n1"]}])
    note = checked(read_reduction(joined, notes, SOAP, writer="a model", language="en"), SPOKEN)
    assert note.sections[0].statements[0].quote == "Is it swollen? No."


def joined_of(**sections: list[dict[str, Any]]) -> str:
    schema = reduction_schema(SOAP)
    joined = {key: sections.get(key, []) for key in schema["properties"]}
    jsonschema.validate(joined, schema)
    return json.dumps(joined)
