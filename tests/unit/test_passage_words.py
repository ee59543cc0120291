"""Words of passages: found in other forms, marked where they stand, stored as digests that say nothing."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from session_core.envelope import Key
from session_core.passage_words import MOST_WORDS, digests_of, highlights, speaker_term, vector_of

KEY = Key(bytes(32))
TEXT = "I'm allergic to Penicillin, and I've had two headaches; Müller's café was closed."


def marked(query: str) -> list[str]:
    return [TEXT[start:end] for start, end in highlights(TEXT, query)]


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("penicillin", ["Penicillin"]),
        ("PENICILLINS?", ["Penicillin"]),
        ("headache", ["headaches"]),
        ("cafes", ["café"]),
        ("two headaches", ["two", "headaches"]),
        ("aspirin", []),
        ("I had", []),
        ("", []),
    ],
)
def test_words_are_marked_in_whatever_form_they_are_said(query: str, words: list[str]) -> None:
    assert marked(query) == words


@pytest.mark.parametrize(
    ("one", "other"), [("allergies", "allergy"), ("knees", "knee"), ("doses", "dose"), ("naïve", "naive")]
)
def test_forms_of_a_word_have_one_digest(one: str, other: str) -> None:
    assert digests_of(KEY, one) == digests_of(KEY, other) != []


@pytest.mark.parametrize(("one", "other"), [("virus", "viru"), ("illness", "illnes"), ("gas", "gash")])
def test_other_words_have_other_digests(one: str, other: str) -> None:
    assert digests_of(KEY, one) != digests_of(KEY, other)


def test_places_count_all_words_and_every_form() -> None:
    dose, knee = digests_of(KEY, "dose knee")
    assert sorted(vector_of(KEY, "A dose, the knee, two doses").split()[:]) == sorted(
        [f"{dose}:2,6", f"{knee}:4", f"{digests_of(KEY, 'two')[0]}:5"]
    )


def test_a_long_query_is_cut() -> None:
    assert len(digests_of(KEY, " ".join(f"word{number}" for number in range(100)))) == MOST_WORDS


def test_another_organisations_key_gives_other_digests() -> None:
    other = Key(bytes([1]) * 32)
    assert not set(digests_of(KEY, TEXT)) & set(digests_of(other, TEXT))
    assert speaker_term(KEY, "Ann") != speaker_term(other, "Ann")


def test_a_speaker_is_found_by_the_whole_name_in_any_case() -> None:
    assert speaker_term(KEY, "Dr.  Ann Smith ") == speaker_term(KEY, "dr. ann smith")
    assert speaker_term(KEY, "Ann") != speaker_term(KEY, "Ann Smith")
    assert speaker_term(KEY, " ") is speaker_term(KEY, None) is None


@given(st.text(max_size=400))
def test_a_stored_text_is_digests_and_places_alone(text: str) -> None:
    for lexeme in vector_of(KEY, text).split():
        assert re.fullmatch(r"[0-9a-f]{16}:\d+(,\d+)*", lexeme)


@given(st.text(max_size=200))
def test_every_text_is_found_by_itself_and_marked_within(text: str) -> None:
    stored = {lexeme.split(":")[0] for lexeme in vector_of(KEY, text).split()}
    assert set(digests_of(KEY, text)) <= stored
    assert all(0 <= start < end <= len(text) for start, end in highlights(text, text))
    assert bool(highlights(text, text)) == bool(stored)
