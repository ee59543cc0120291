"""Vocabularies: how words are kept, and which of them a session is heard with."""

from __future__ import annotations

import pytest

from session_core.errors import Invalid
from session_core.vocabulary import LONGEST, Hotwords, normalised


def test_words_are_trimmed_composed_and_kept_once_in_any_case_in_their_order() -> None:
    given = [
        "  Ostrander ",
        "ostrander",
        "",
        " ",
        "Zoe\u0308  Brandt",
        "Zo\u00eb Brandt",
        "15-HETE",
        "STRASSE",
        "stra\u00dfe",
    ]
    assert normalised(given, 10) == ("Ostrander", "Zo\u00eb Brandt", "15-HETE", "STRASSE")


@pytest.mark.parametrize("word", ["a\x00b", "a\nb", "a\x1bb", "a\u202eb", "a\ufeffb", "a\u2028b", "a\ud800b"])
def test_what_cannot_be_seen_is_refused_by_its_place(word: str) -> None:
    with pytest.raises(Invalid, match=r"^word 2 has a control character in it$"):
        normalised(["fine", word], 10)


def test_joiners_that_names_are_written_with_are_taken() -> None:
    assert normalised(["\u0645\u06cc\u200c\u0631\u0648\u062f"], 1) == ("\u0645\u06cc\u200c\u0631\u0648\u062f",)


def test_a_word_has_a_letter_or_digit_and_a_bound() -> None:
    with pytest.raises(Invalid, match=r"^word 1 has neither letter nor digit$"):
        normalised(["-- ,"], 10)
    assert normalised(["e\u0301" * LONGEST], 10) == ("\u00e9" * LONGEST,)
    with pytest.raises(Invalid, match=r"^word 1 is longer than 60 characters$"):
        normalised(["a" * (LONGEST + 1)], 10)


def test_as_many_as_are_kept_are_counted_after_repetitions() -> None:
    assert normalised(["a", "A", "b"], 2) == ("a", "b")
    with pytest.raises(Invalid, match=r"^3 words are given, 2 are kept at most$"):
        normalised(["a", "b", "c"], 2)


def test_a_session_is_heard_with_the_patients_words_first_and_with_none_twice() -> None:
    kept = Hotwords(patient=("Ostrander", "Metoprolol"), organisation=("metoprolol", "Korvadin"))
    assert kept.words == ("Ostrander", "Metoprolol", "Korvadin")
