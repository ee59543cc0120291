"""Where sentences end in words without a mark."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from uuid import UUID

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chunk_workers.engines.sphinx import Sphinx
from chunk_workers.lines import pauses_of
from chunk_workers.recognition import recognise_one
from chunk_workers.sentence_ends import sentence_ends
from chunk_workers.sentences import LONGEST_WORDS, sentence_texts
from session_core.segment import Segment, Word
from tests.sound import RATE, say


def split(text: str) -> list[str]:
    """The words with the silence before some of them: "one 400 two"."""
    words: list[str] = []
    pauses: list[int] = []
    waiting = 0
    for each in text.split():
        if each.isdigit():
            waiting = int(each)
        else:
            words.append(each)
            pauses.append(waiting)
            waiting = 0
    return sentence_texts(" ".join(words), pauses)


def segment(*words: Word, edited: bool = False) -> Segment:
    text = " ".join(word.text for word in words)
    return Segment(UUID(int=1), 0, 9_000, text, words, edited=edited)


def test_a_pause_ends_a_sentence() -> None:
    said = "the left knee hurts 500 walking makes everything worse"
    assert split(said) == ["the left knee hurts", "walking makes everything worse"]
    assert split(said.replace("500 ", "")) == [said.replace("500 ", "")]


def test_hesitation_before_a_noun_ends_none() -> None:
    assert split("she takes the 900 blue tablets with um 1500 plenty of water") == [
        "she takes the blue tablets with um plenty of water"
    ]


def test_a_new_subject_ends_a_sentence_unless_something_governs_it() -> None:
    assert split("my knee has been swollen since monday i can hardly walk") == [
        "my knee has been swollen since monday",
        "i can hardly walk",
    ]
    assert split("it hurts when i walk because it is swollen") == ["it hurts when i walk because it is swollen"]


@pytest.mark.parametrize(
    "asked",
    [
        "do you take anything",
        "okay how many times a day do you go",
        "and what kind of pain is it",
        "did the tablets help",
    ],
)
def test_a_question_is_a_sentence_of_its_own(asked: str) -> None:
    assert split(f"sorry to hear about that pain {asked}") == ["sorry to hear about that pain", asked]


def test_a_word_that_is_repeated_goes_on() -> None:
    assert split("it is in my my left left ear") == ["it is in my my left left ear"]


def test_words_of_another_language_are_parted_by_pauses_alone() -> None:
    assert split("mein knie tut weh 700 seit zwei wochen 100 nehme ich tabletten") == [
        "mein knie tut weh",
        "seit zwei wochen nehme ich tabletten",
    ]


def test_what_says_nothing_about_its_ends_is_parted_evenly_and_only_where_it_must() -> None:
    assert sentence_ends(["pain"] * LONGEST_WORDS, (), LONGEST_WORDS) == []
    assert sentence_ends([f"w{n}" for n in range(30)], (), LONGEST_WORDS) == [15]


@given(
    st.lists(st.sampled_from(["i", "the", "um", "knee", "do", "you", "and", "no", "hurts"]), max_size=70),
    st.integers(1, 30),
    st.randoms(use_true_random=False),
)
def test_ends_ascend_and_no_sentence_is_longer_than_asked(words: list[str], most: int, random: object) -> None:
    pauses = [random.choice([0, 100, 500, 2_000]) for _ in words]  # type: ignore[attr-defined]
    for known in (pauses, ()):
        ends = [0, *sentence_ends(words, known, most), len(words)]
        assert all(0 < end - begin <= most for begin, end in pairwise(ends) if words)


def test_pauses_are_the_silence_between_words() -> None:
    words = Word("it", 0, 200, 1.0), Word("hurts", 250, 600, 1.0), Word("here", 590, 900, 1.0)
    assert pauses_of(segment(*words)) == (0, 50, 0)


def test_times_that_were_guessed_make_no_pauses() -> None:
    words = Word("it", 0, 200, 1.0), Word("hurts", 900, 1_200, 1.0)
    assert pauses_of(segment(*words, edited=True)) == ()
    assert pauses_of(segment(*words, Word("right here", 1_200, 1_500, 1.0))) == ()
    assert pauses_of(segment()) == ()


def test_sentences_that_were_voiced_are_the_sentences_of_what_was_heard(tmp_path: Path) -> None:
    voiced = ["the patient has been sleeping better", "the doctor gave her some water", "my sister takes two tablets"]
    silence = np.zeros(RATE // 5, dtype=np.int16)
    speech = np.concatenate([part for text in voiced for part in (say(text, tmp_path), silence)])
    heard = segment(*recognise_one(Sphinx(), speech, "en").words)
    found = sentence_texts(heard.text, pauses_of(heard))
    assert [text.split()[-1] for text in found] == [text.split()[-1] for text in voiced]
