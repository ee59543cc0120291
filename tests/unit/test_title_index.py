"""Titles are found by their words and their words' beginnings, without being stored in the clear."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from session_core.envelope import Key
from session_core.title_index import patient_term, query_terms, title_terms

KEY = Key(bytes(32))


def found(title: str | None, query: str) -> bool:
    """As Postgres tells: every term of the query is among those of the title."""
    return set(query_terms(KEY, query)) <= set(title_terms(KEY, title))


@pytest.mark.parametrize(
    "query",
    [
        "first",
        "First",
        "fi",
        "fir",
        "visit",
        "VISIT first",
        "first-visit",
        "über",
        "ÜB",
        "müll",
        "2",
        "interdisciplinary",
    ],
)
def test_words_and_beginnings_are_found_in_any_order_and_case(query: str) -> None:
    assert found("First visit: Überweisung Müller 2 interdisciplinary", query)


@pytest.mark.parametrize("query", ["irst", "visits", "first second", "mueller", "x", "f"])
def test_other_words_are_not_found(query: str) -> None:
    assert not found("First visit: Müller", query)


def test_a_title_of_one_letter_is_found_by_it() -> None:
    assert found("A", "a")


def test_long_words_are_found_by_their_first_letters() -> None:
    assert found("Psychopharmakotherapie", "psychopharmakotherapie")
    assert found("Psychopharmakotherapie", "psychopharma")


@given(st.text(max_size=80), st.data())
def test_every_beginning_of_two_letters_or_more_of_every_word_is_found(title: str, data: st.DataObject) -> None:
    import re

    words = re.findall(r"\w+", title)
    if words:
        word = data.draw(st.sampled_from(words))
        assert found(title, word)


@given(st.text(alphabet="abc ä1-", max_size=300))
def test_the_index_is_small_and_says_nothing(title: str) -> None:
    terms = title_terms(KEY, title)
    assert len(terms) <= 200
    assert all(len(term) == 16 for term in terms)
    assert len(set(terms)) == len(terms)


@pytest.mark.parametrize("title", [None, "", "  ", "--"])
def test_without_words_there_is_nothing_to_find(title: str | None) -> None:
    assert title_terms(KEY, title) == []
    assert not found(title, "word")


def test_another_organisations_key_gives_other_terms() -> None:
    other = Key(bytes([1]) * 32)
    assert not set(title_terms(KEY, "First visit")) & set(title_terms(other, "First visit"))
    assert patient_term(KEY, "4711") != patient_term(other, "4711")


def test_a_patient_is_found_by_the_whole_id_alone() -> None:
    assert patient_term(KEY, "4711") == patient_term(KEY, "4711")
    assert patient_term(KEY, "4711") != patient_term(KEY, "471")
    assert patient_term(KEY, None) is None
    assert patient_term(KEY, "") is None


def test_a_patients_id_is_no_word_of_a_title() -> None:
    assert patient_term(KEY, "first") not in title_terms(KEY, "first")
