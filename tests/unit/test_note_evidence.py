"""What a model states stands in what it quotes and cites."""

from __future__ import annotations

import pytest

from chunk_workers.notes.evidence import borne_out
from session_core.note import Note, Section, Statement, checked
from tests.spoken import lines

SPOKEN = lines(
    "doctor: I think the weather is nice.",
    "patient: Yes, it is.",
    "patient: I take two tablets of 500 mg, and slept badly for twenty-five nights.",
    "doctor: Your pressure was one twenty over eighty, and you weigh a hundred and five pounds.",
    "doctor: Take two and a half at four thirty, that is 1,000 a week.",
    "patient: Never.",
)


def kept(text: str, quote: str | None, *places: int, language: str | None = "en") -> bool:
    ids = tuple(SPOKEN[place].id for place in places)
    section = Section(key="a", title="A", statements=(Statement(id="1", text=text, segment_ids=ids, quote=quote),))
    note = Note(template="t", template_version=1, sections=(section,), writer="a model", language=language)
    found = borne_out(checked(note, SPOKEN), SPOKEN)
    assert borne_out(checked(found, SPOKEN), SPOKEN) == found
    assert found.dropped + len(found.sections[0].statements) == 1
    return found.dropped == 0


@pytest.mark.parametrize(
    ("text", "quote", "places"),
    [
        ("Patient takes 500 mg of morphine daily and denies suicidal thoughts.", "the", (0,)),
        ("Diagnosis: schizophrenia.", "Yes,", (0, 1)),
        ("The weather is nice.", None, (0,)),
        ("Takes 50 mg.", "two tablets of 500 mg", (2,)),
        ("Takes three tablets.", "two tablets of 500 mg", (2,)),
        ("Slept badly for 52 nights.", "slept badly for twenty-five nights", (2,)),
        ("Pressure of 80/140.", "pressure was one twenty over eighty", (3,)),
    ],
)
def test_what_could_be_made_of_nothing_is_dropped(text: str, quote: str | None, places: tuple[int, ...]) -> None:
    assert not kept(text, quote, *places)


@pytest.mark.parametrize(
    ("text", "quote", "places"),
    [
        ("Agrees.", "Yes, it is.", (1,)),
        ("Denies it.", "never", (5,)),
        ("Takes 2 tablets of 500mg.", "two tablets of 500 mg", (2,)),
        ("Takes two tablets.", "two tablets of 500 mg", (2,)),
        ("Slept badly for 25 nights.", "slept badly for twenty-five nights", (2,)),
        ("Pressure of 120/80, 105 pounds.", "pressure was one twenty over eighty", (3,)),
        ("Take 2.5 at 4:30, 1000 a week.", "two and a half at four thirty", (4,)),
        ("Nobody slept badly, not one.", "slept badly for", (2,)),
    ],
)
def test_numbers_count_as_digits_and_as_words(text: str, quote: str, places: tuple[int, ...]) -> None:
    assert kept(text, quote, *places)


def test_small_numbers_are_words_in_other_languages() -> None:
    assert kept("Nimmt 3 Tabletten.", "two tablets of 500 mg", 2, language="de")
    assert not kept("Nimmt 300 mg.", "two tablets of 500 mg", 2, language="de")
