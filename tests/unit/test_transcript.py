"""Segments around corrected text: which words they have, and which ids."""

from __future__ import annotations

from uuid import UUID, uuid5

from chunk_workers.fold import Utterance
from chunk_workers.transcript import settled_segments
from session_core.correction import CorrectedPlace
from session_core.segment import Segment, Word
from session_core.storage.windows import Extent, PlannedWindow

SESSION, WINDOW = UUID(int=1), UUID(int=2)
PLANNED = PlannedWindow(Extent(WINDOW, 0, 0, 160_000, 160_000, False, False), "done", 0, ())
WORDS = tuple(Word(text, at * 1000, at * 1000 + 900, 0.5) for at, text in enumerate(("one", "two", "three")))


def named(number: int | str) -> UUID:
    return uuid5(SESSION, f"segment {WINDOW} {number}")


def made(*corrected: CorrectedPlace) -> list[Segment]:
    return [
        segment for _, segment in settled_segments(SESSION, [PLANNED], [Utterance(0, WORDS, True)], corrected, [], [])
    ]


def test_corrected_text_in_the_middle_divides_what_was_heard_around_it() -> None:
    parts = made(CorrectedPlace(UUID(int=9), 1_000, 1_900))
    assert [(part.id, part.text, part.start_ms, part.end_ms) for part in parts] == [
        (named(0), "one", 0, 900),
        (named("0 1"), "three", 2_000, 2_900),
    ]


def test_the_id_of_a_correction_is_given_to_nothing_else() -> None:
    assert [part.id for part in made(CorrectedPlace(named(0), 5_000, 6_000))] == [named("0 1")]
    assert [part.id for part in made(CorrectedPlace(named("0 1"), 1_000, 1_900))] == [named(0), named("0 2")]


def test_nothing_is_left_of_an_utterance_that_was_corrected_whole() -> None:
    assert made(CorrectedPlace(named(0), 0, 2_900)) == []
