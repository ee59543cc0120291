"""Times of corrected words, by example."""

from __future__ import annotations

from session_core.correction import timed_words
from session_core.segment import Word

HEARD = (
    Word("the", 0, 200, 0.9),
    Word("patience", 200, 800, 0.4),
    Word("is", 900, 1000, 0.9),
    Word("ill", 1100, 1500, 0.8),
)


def test_a_word_in_place_of_another_takes_its_time() -> None:
    assert timed_words("The patient is ill.", HEARD, 0, 1500) == (
        Word("The", 0, 200, 0.9),
        Word("patient", 200, 900, 1.0),
        Word("is", 900, 1000, 0.9),
        Word("ill.", 1100, 1500, 0.8),
    )


def test_words_without_a_match_share_the_whole_segment_by_their_lengths() -> None:
    assert timed_words("a bcd", HEARD, 0, 1600) == (Word("a", 0, 400, 1.0), Word("bcd", 400, 1600, 1.0))


def test_an_empty_text_has_no_words() -> None:
    assert timed_words(" \n ", HEARD, 0, 1500) == ()
