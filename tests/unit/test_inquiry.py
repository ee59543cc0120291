"""Asking a session: quotes, or nothing."""

from __future__ import annotations

import pytest

from chunk_workers.embedders.minilm import MiniLM
from chunk_workers.notes.inquiry import Inquiry, Quote
from tests.spoken import KNEE, lines

SPOKEN = lines(*KNEE)


@pytest.fixture(scope="module")
def embedder() -> MiniLM:
    return MiniLM()


def asked(embedder: MiniLM, question: str, *spoken: str) -> list[Quote]:
    inquiry = Inquiry(lines(*spoken) if spoken else SPOKEN)
    return inquiry.quotes(question, embedder.embed([question]), embedder.embed(inquiry.texts))


@pytest.mark.parametrize(
    ("question", "quote"),
    [
        ("Does the patient have allergies?", "Do you have any allergies? Just penicillin."),
        ("Where is the pain?", "Um, so, I've had a sharp pain in my left knee for two weeks."),
        ("Is the knee swollen?", "Is it swollen? No."),
        ("What should be put on the leg?", "Rest the leg, put ice on it and keep taking ibuprofen with food."),
        ("When is the scan?", "I will refer you for a scan and see you again in two weeks."),
    ],
)
def test_the_best_quote_answers_the_question(embedder: MiniLM, question: str, quote: str) -> None:
    assert quote in [each.text for each in asked(embedder, question)[:2]]


def test_quotes_are_what_was_said_best_first(embedder: MiniLM) -> None:
    found = asked(embedder, "What about the pain in the knee?")
    texts = {line.id: line.text for line in SPOKEN}
    assert [each.score for each in found] == sorted((each.score for each in found), reverse=True)
    for quote in found:
        assert quote.text in " ".join(texts[each] for each in quote.segment_ids)


@pytest.mark.parametrize(
    "question",
    ["What is the capital of France?", "Who won the election?", "Does he have asthma?", "Is there a fever?", "", "???"],
)
def test_what_was_not_talked_about_has_no_answer(embedder: MiniLM, question: str) -> None:
    assert asked(embedder, question) == []


def test_quotes_of_a_part_are_exchanges_that_were_spoken_so() -> None:
    spoken = lines(
        "a: Did you ever think about ending your life?",
        "b: I would rather talk about that later, it is a long story and I do not know where to begin.",
        "a: Do you smoke?",
        "b: No, never.",
        "a: Do you live near the hospital?",
        "b: In the harbour street.",
    )
    apart = Inquiry(spoken, {spoken[0].id, spoken[3].id, spoken[5].id})
    assert apart.texts == ["Do you smoke? No, never.", "Do you live near the hospital? In the harbour street."]


def test_an_empty_session_has_no_answer(embedder: MiniLM) -> None:
    assert asked(embedder, "Where does it hurt?", "a: Okay.") == []
