"""A model's note on its way: sections as they are finished, its language, and the risks that it overlooked."""

from __future__ import annotations

import json
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chunk_workers.notes.flags import with_flags
from chunk_workers.notes.section_stream import SectionStream
from chunk_workers.notes.tongue import is_in_another_language
from session_core.line import Line
from session_core.note import Note, Section, Statement
from session_core.note_template import built_in

TEMPLATE = built_in("session")
FLAGS = next(section.key for section in TEMPLATE.sections if section.kind == "flags")

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)


@given(
    answer=st.dictionaries(st.text(max_size=6), st.lists(values, max_size=3), max_size=5),
    cuts=st.lists(st.integers(min_value=1, max_value=9), min_size=1, max_size=5),
    indent=st.sampled_from([None, 2]),
)
def test_every_section_comes_once_in_order_wherever_the_answer_is_cut(
    answer: dict[str, list[object]], cuts: list[int], indent: int | None
) -> None:
    text, stream, found, place = json.dumps(answer, indent=indent), SectionStream(), [], 0
    while place < len(text):
        size = cuts[place % len(cuts)]
        found += [(key, json.loads(value)) for key, value in stream.feed(text[place : place + size])]
        place += size
    assert found == list(answer.items())


@given(st.text(alphabet='{}[]",:\\ab', max_size=60))
def test_what_is_no_answer_breaks_nothing(text: str) -> None:
    stream = SectionStream()
    found = [member for letter in text for member in stream.feed(letter)]
    assert found == list(SectionStream().feed(text))
    assert all(isinstance(json.loads(value), list) for _, value in found)


def test_a_section_comes_as_soon_as_it_is_finished() -> None:
    stream = SectionStream()
    assert list(stream.feed('{"a": [{"text": "x]"}')) == []
    assert list(stream.feed('], "b"')) == [("a", '[{"text": "x]"}]')]


ENGLISH = (
    "The patient slept badly and woke early each day, and she is going to try an earlier time for her walk with him."
)
GERMAN = "Die Patientin hat schlecht geschlafen und ist jeden Tag früh aufgewacht, sie wird es mit einem Spaziergang am"
GERMAN += " Abend versuchen und das ist der Plan."
RUSSIAN = "Пациентка плохо спала и каждый день рано просыпалась, она попробует гулять вечером."


@pytest.mark.parametrize(
    ("text", "language", "other"),
    [
        (ENGLISH, "en", False), (ENGLISH, "en-GB", False), (ENGLISH, "de", True), (ENGLISH, "ru", True),
        (GERMAN, "de", False), (GERMAN, "en", True), (RUSSIAN, "ru", False), (RUSSIAN, "en", True),
        (GERMAN, None, False), (GERMAN, "fi", False), ("Schlecht geschlafen.", "en", False), ("", "en", False),
        ("Metoprolol 50 mg, Ramipril 5 mg, Pantoprazol 40 mg, Acetylsalicylsäure 100 mg", "en", False),
    ],
)  # fmt: skip
def test_only_what_is_plainly_another_language_is_taken_for_one(text: str, language: str | None, other: bool) -> None:
    assert is_in_another_language([text], language) is other


def lines_of(*texts: str) -> list[Line]:
    return [Line(UUID(int=n + 1), n * 1_000, n * 1_000 + 900, text, f"S{n % 2}") for n, text in enumerate(texts)]


LINES = lines_of("How are you?", "I want to kill myself.", "Thank you for telling me.")


def note(*flags: Statement) -> Note:
    sections = tuple(
        Section(
            key=section.key, title=section.title, kind=section.kind, statements=flags if section.key == FLAGS else ()
        )
        for section in TEMPLATE.sections
    )
    return Note(
        template="session", template_version=1, sections=sections, writer="script", language="en", screened=True
    )


def flag(**told: object) -> Statement:
    said = LINES[1]
    fields = {"severity": "high", "risk": "suicide", "quote": said.text, "segment_ids": (said.id,)} | told
    return Statement(id="flag", text="Says so.", **fields)  # type: ignore[arg-type]


def flags_of(found: Note) -> list[Statement]:
    return [each for section in found.sections if section.key == FLAGS for each in section.statements]


def test_a_risk_that_a_model_overlooked_is_flagged_with_its_quote() -> None:
    (found,) = flags_of(with_flags(note(), LINES))
    assert (found.risk, found.severity, found.denied) == ("suicide", "high", False)
    assert (found.quote, found.segment_ids) == (LINES[1].text, (LINES[1].id,))


def test_a_risk_that_a_model_told_is_not_told_twice() -> None:
    told = note(flag())
    assert with_flags(told, LINES) == told


@pytest.mark.parametrize("told", [{"severity": "low"}, {"denied": True}, {"risk": "abuse"}])
def test_a_model_that_makes_less_of_a_risk_does_not_hide_it(told: dict[str, object]) -> None:
    found = flags_of(with_flags(note(flag(**told)), LINES))
    assert [(each.risk, each.severity, each.denied) for each in found[1:]] == [("suicide", "high", False)]


def test_risks_have_a_place_in_notes_whose_template_has_none() -> None:
    """Also where another section has its key."""
    plain = Section(key="risk_flags", title="What may happen", kind="text")
    without = note().model_copy(update={"sections": (plain,)})
    first, last = with_flags(without, LINES).sections
    assert first == plain
    assert (last.title, last.kind, last.key) == ("Risk flags", "flags", "risk_flags_")
    assert [each.risk for each in last.statements] == ["suicide"]
    assert with_flags(without, LINES[:1]) == without


def test_flags_are_never_cut() -> None:
    many = lines_of(*["I want to kill myself."] * 60)
    assert len(flags_of(with_flags(note(), many))) == 60


def test_a_note_says_whether_risks_were_looked_for_in_its_language() -> None:
    assert with_flags(note().model_copy(update={"language": "en"}), LINES).screened
    assert not with_flags(note().model_copy(update={"language": "de"}), LINES).screened
