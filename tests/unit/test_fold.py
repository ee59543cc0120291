"""How the words of neighbouring windows become one text."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest

from chunk_workers.fold import Heard, Utterance, fold
from chunk_workers.plan import Window
from chunk_workers.voice import RATE
from session_core.segment import Word


def window(start: float, end: float, *, before: bool = False, after: bool = False) -> Window:
    first, last = round(start * RATE), round(end * RATE)
    return Window(first, first, last, last - (4 * RATE if after else 0), before, after)


def words(text: str, first_ms: int, step: int = 400) -> tuple[Word, ...]:
    """Words one after the other, each ``step`` ms long."""
    return tuple(
        Word(spelled, first_ms + index * step, first_ms + (index + 1) * step, 0.9)
        for index, spelled in enumerate(text.split())
    )


def text(utterances: tuple[Utterance, ...]) -> str:
    return " ".join(word.text for utterance in utterances for word in utterance.words)


LEFT, RIGHT = window(0, 24, after=True), window(20, 40, before=True)


def test_windows_that_meet_in_a_pause_are_put_one_after_the_other() -> None:
    one = Heard(window(0, 12), words("how are you", 1000))
    other = Heard(window(12, 24), words("fine thanks", 13_000))
    assert fold([one, other]) == (Utterance(0, one.words or (), True), Utterance(1, other.words or (), True))


def test_what_both_windows_heard_is_said_once() -> None:
    left = Heard(LEFT, words("since monday i have had a bad", 20_500))
    right = Heard(RIGHT, words("monday i have had a bad cough and fever", 20_930))
    assert text(fold([left, right])) == "since monday i have had a bad cough and fever"


def test_each_window_is_believed_away_from_its_own_edge() -> None:
    """Words that agree near an edge do not make one trust the words beside them."""
    left = Heard(LEFT, words("the pain in my lower back hurts a bit when i fly down", 19_600, step=330))
    right = Heard(RIGHT, words("in might lower back hurts a bit when i lie down again", 20_260, step=330))
    assert text(fold([left, right])) == "the pain in my lower back hurts a bit when i lie down again"


def test_of_two_equal_words_the_one_at_the_same_time_is_the_same() -> None:
    left = Heard(LEFT, (Word("never", 21_900, 22_100, 0.9), Word("no", 22_200, 22_360, 0.9)))
    right = Heard(
        RIGHT, (Word("no", 21_950, 22_050, 0.9), Word("no", 22_300, 22_400, 0.9), Word("pain", 22_500, 23_000, 0.9))
    )
    assert text(fold([left, right])) == "never no pain"


def test_case_and_punctuation_do_not_keep_words_apart() -> None:
    left = Heard(LEFT, words("Take two tablets,", 21_000))
    right = Heard(RIGHT, words("take Two tablets. Daily", 21_050))
    assert text(fold([left, right])) == "Take two tablets, Daily"


def test_a_word_said_throughout_the_overlap_is_not_taken_for_its_next_occurrence() -> None:
    """The last one of the left and the first one of the right were heard by one window alone, so that shifted by one
    there would be a pair more."""
    left = Heard(LEFT, words("yes " * 10, 19_950, step=380))
    right = Heard(RIGHT, words("yes " * 10, 20_330, step=380))
    assert text(fold([left, right])) == " ".join(["yes"] * 11)


def test_a_repeated_word_is_kept_as_often_as_it_was_said() -> None:
    left = Heard(LEFT, words("no no no no", 21_000, step=300))
    right = Heard(RIGHT, words("no no no no not at all", 21_040, step=300))
    assert text(fold([left, right])) == "no no no no not at all"


def test_equal_words_far_apart_in_time_are_different_words() -> None:
    left = Heard(LEFT, words("yes", 20_200))
    right = Heard(RIGHT, words("yes", 23_300))
    assert text(fold([left, right])) == "yes yes"


def test_where_no_word_agrees_the_text_changes_in_the_middle_and_no_moment_is_told_twice() -> None:
    left = Heard(LEFT, words("a b c d e f g h", 20_350, step=450))
    right = Heard(RIGHT, words("k l m n o p q r", 20_050, step=450))
    folded = [word for utterance in fold([left, right]) for word in utterance.words]
    assert "".join(word.text for word in folded) == "abcdpqr"
    assert all(one.end_ms <= other.start_ms for one, other in pairwise(folded))


@pytest.mark.parametrize("failed", [True, False])
def test_a_neighbour_that_heard_nothing_takes_no_words_away(failed: bool) -> None:
    spoken = words("is it worse at night", 21_000)
    assert text(fold([Heard(LEFT, spoken), Heard(RIGHT, (), failed)])) == "is it worse at night"
    assert text(fold([Heard(LEFT, (), failed), Heard(RIGHT, spoken)])) == "is it worse at night"
    assert all(utterance.settled for utterance in fold([Heard(LEFT, spoken), Heard(RIGHT, (), failed)]))


def test_words_near_a_pending_neighbour_are_shown_and_not_settled() -> None:
    early, late = words("good morning", 2000), words("the rash is", 22_000)
    assert fold([Heard(LEFT, early + late), Heard(RIGHT, None)]) == (
        Utterance(0, early, True),
        Utterance(0, late, False),
    )
    early, late = words("the rash is", 21_000), words("itchy", 30_000)
    assert fold([Heard(LEFT, None), Heard(RIGHT, early + late)]) == (
        Utterance(1, early, False),
        Utterance(1, late, True),
    )


def test_a_pending_window_that_only_touches_leaves_its_neighbours_settled() -> None:
    spoken = words("good morning", 11_000)
    assert fold([Heard(window(0, 12), spoken), Heard(window(12, 24), None)]) == (Utterance(0, spoken, True),)


def test_a_pause_begins_a_new_utterance() -> None:
    first, second = words("any allergies", 1000), words("penicillin", 2500)
    assert fold([Heard(window(0, 12), first + second)]) == (Utterance(0, first, True), Utterance(0, second, True))


def test_a_long_utterance_ends_at_the_next_breath_and_at_last_without_one() -> None:
    breath = words("a " * 26, 0, step=100) + words("b " * 50, 2800, step=100)
    assert [len(utterance.words) for utterance in fold([Heard(window(0, 12), breath)])] == [26, 40, 10]


def test_times_outside_the_window_or_running_backwards_are_put_right() -> None:
    spoken = (Word("a", 900, 1500, 1.0), Word("b", 1400, 1300, 1.0), Word("c", 1200, 12_500, 1.0))
    (utterance,) = fold([Heard(window(1, 12), spoken)])
    assert utterance.words == (
        replace(spoken[0], start_ms=1000),
        replace(spoken[1], end_ms=1400),
        replace(spoken[2], start_ms=1400, end_ms=12_000),
    )


def test_words_that_follow_the_change_of_windows_do_not_begin_before_it() -> None:
    left = Heard(LEFT, (Word("bad", 21_900, 22_400, 0.9),))
    right = Heard(RIGHT, (Word("bad", 21_700, 22_100, 0.9), Word("cough", 22_100, 22_700, 0.9)))
    (bad,), (cough,) = (utterance.words for utterance in fold([left, right]))
    assert (bad.end_ms, cough.start_ms, cough.end_ms) == (22_400, 22_400, 22_700)


def test_nothing_heard_folds_to_nothing() -> None:
    assert fold([]) == ()
    assert fold([Heard(LEFT, None), Heard(RIGHT, ())]) == ()
