"""What of the things that Whisper says is believed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from chunk_workers.engines.gates import Said, believed

SENTENCE = "The patient has been sleeping better since we changed the dose."


def said(text: str = SENTENCE, log_probability: float = -0.3, no_speech: float = 0.0) -> Said:
    return Said((1, 2, 3), text, log_probability, no_speech)


UNSURE, CIRCLES = said(log_probability=-1.4), said("and so on " * 20)


@pytest.mark.parametrize(
    ("tries", "which"),
    [
        ([said()], 0),
        ([said(no_speech=0.9)], 0),
        ([UNSURE, said()], 1),
        ([CIRCLES, said()], 1),
        ([CIRCLES, said(log_probability=-1.9), UNSURE], 2),
        ([CIRCLES, CIRCLES], None),
        ([said(log_probability=-1.4, no_speech=0.7), said()], None),
        ([UNSURE, said(log_probability=-1.1, no_speech=0.7), said()], None),
    ],
)
def test_the_first_without_doubt_is_believed_else_the_surest_that_goes_in_no_circles(
    tries: list[Said], which: int | None
) -> None:
    assert believed(tries) is (tries[which] if which is not None else None)


def test_no_more_is_tried_than_is_needed() -> None:
    def tries() -> Iterator[Said]:
        yield UNSURE
        yield said()
        raise AssertionError("one too many")

    assert believed(tries()) == said()


def test_a_short_answer_said_twice_is_no_circle() -> None:
    assert not said("No, no.").repeats
    assert not said("Yes. Yes, yes.").repeats
    assert said("I don't know. " * 12).repeats
