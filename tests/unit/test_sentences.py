"""Sentences of a transcript, with and without punctuation."""

from __future__ import annotations

import pytest

from chunk_workers.notes.candidate import candidates, tidied
from chunk_workers.sentences import LONGEST_WORDS, content_words, sentence_texts, sentences
from tests.spoken import lines


def test_sentences_end_at_their_marks() -> None:
    text = "It hurts. Since when? Since Monday! I saw Dr. Jones about 3.5 weeks ago, e.g. on a Monday."
    assert sentence_texts(text) == [
        "It hurts.",
        "Since when?",
        "Since Monday!",
        "I saw Dr. Jones about 3.5 weeks ago, e.g. on a Monday.",
    ]


def test_marks_alone_are_no_sentence() -> None:
    assert sentence_texts(" . Yes, I can. . …") == ["Yes, I can."]


def test_a_long_sentence_is_cut_where_a_new_thought_begins() -> None:
    said = "I have had this pain in my knee for about two weeks now and it is worse in the morning when I get up "
    texts = sentence_texts(said + "because then I can not bend it at all and have to wait.")
    assert texts[1].split()[0] in {"and", "when", "because"}
    assert all(len(text.split()) <= LONGEST_WORDS for text in texts)


def test_a_question_without_marks_is_a_sentence_of_its_own() -> None:
    said = "i'm sorry to hear that okay and how many times a day do you go"
    assert sentence_texts(said) == ["i'm sorry to hear that", "okay and how many times a day do you go"]


def test_a_long_sentence_without_any_joint_is_cut_in_the_middle() -> None:
    assert [len(text.split()) for text in sentence_texts("pain " * 29 + "pain.")] == [15, 15]


@pytest.mark.parametrize("text", ["Is it swollen?", "okay do you smoke", "What about your sleep", "So, is it clear."])
def test_questions_are_known(text: str) -> None:
    assert sentences(lines(text))[0].asks


@pytest.mark.parametrize("text", ["It is swollen.", "Have a look inside.", "What I want is rest.", "i do not smoke"])
def test_statements_are_no_questions(text: str) -> None:
    assert not sentences(lines(text))[0].asks


def test_content_is_what_carries_meaning() -> None:
    assert content_words("Um, yeah, so I've got a PAIN in the left, er, knee.") == {"pain", "left", "knee"}


def test_a_short_answer_is_taken_with_its_question() -> None:
    spoken = sentences(lines("doctor: Okay. Have you lost weight?", "patient: Five pounds.", "doctor: Okay."))
    assert [each.quote for each in candidates(spoken)] == ["Have you lost weight? Five pounds."]


def test_a_question_without_an_answer_states_nothing() -> None:
    assert candidates(sentences(lines("doctor: Where is the pain exactly?", "patient: Hm."))) == []


def test_a_long_answer_stands_by_itself() -> None:
    answer = "The pain began on Monday after a long walk with the dog and my sister in the hills."
    spoken = sentences(lines("doctor: When did the pain begin?", f"patient: {answer}"))
    assert [each.quote for each in candidates(spoken)] == [answer]


def test_what_no_quote_can_hold_is_no_candidate() -> None:
    assert candidates(sentences(lines(f"patient: The pain in my knee is {'b' * 3_000}."))) == []


def test_greetings_and_nods_are_no_candidates() -> None:
    assert (
        candidates(sentences(lines("a: Hello? Good morning!", "b: Okay, great, thank you.", "a: Mm-hmm. Bye."))) == []
    )


def test_tidying_takes_away_what_only_opens_and_keeps_the_order_of_words() -> None:
    assert tidied("Um, yeah , so the pain , uh, is worse") == "The pain uh, is worse."
    assert tidied("okay") == "Okay."


PLAN = (
    "the plan is to start sumatriptan and fifty milligrams when the headache begins in the morning and to refer you "
    "to a psychologist for the sleep this week"
)


def test_a_sentence_that_was_cut_for_its_length_is_stated_as_a_whole() -> None:
    spoken = sentences(lines(f"doctor: {PLAN}"))
    assert [each.runs_on for each in spoken] == [True, False]
    assert [each.quote for each in candidates(spoken)] == [PLAN]


def test_what_is_too_long_for_a_statement_says_that_it_goes_on_and_ends_at_no_bare_word() -> None:
    found = candidates(sentences(lines(f"doctor: {PLAN} {PLAN.removeprefix('the plan is ')}")))
    assert len(found) > 1
    assert found[0].text.endswith("…")
    assert found[-1].text.endswith("this week.")
    assert tidied("we will start the", runs_on=True) == "We will start…"
    assert tidied("then we look at my knee and my") == "We look at my knee…"


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("thank you for telling me that is important", "That is important."),
        ("Thank you very much. Okay, the knee hurts.", "The knee hurts."),
        ("thank you for being honest about it", "Thank you for being honest about it."),
        ("thank god it was only a scratch", "Thank god it was only a scratch."),
        ("good morning doctor i have had a bad headache", "I have had a bad headache."),
        ("please come back next tuesday", "Please come back next tuesday."),
        ("good sleep matters", "Good sleep matters."),
        ("morning stiffness is the worst", "Morning stiffness is the worst."),
        ("Good, it is better", "It is better."),
    ],
)
def test_only_whole_courtesies_are_taken_from_the_beginning(said: str, told: str) -> None:
    assert tidied(said) == told
