"""Passages follow the speakers."""

from __future__ import annotations

from chunk_workers.passages import MOST_WORDS, passages
from tests.spoken import lines


def test_a_turn_is_one_passage_with_all_its_segments() -> None:
    spoken = lines("a: How are you?", "b: Fine.", "b: My knee hurts.", "a: Since when?")
    found = passages(spoken)
    assert [(each.speaker, each.text) for each in found] == [
        ("a", "How are you?"),
        ("b", "Fine. My knee hurts."),
        ("a", "Since when?"),
    ]
    assert found[1].segment_ids == (spoken[1].id, spoken[2].id)
    assert (found[1].start_ms, found[1].end_ms) == (spoken[1].start_ms, spoken[2].end_ms)


def test_a_long_turn_is_divided_between_segments() -> None:
    found = passages(lines(*(f"a: {'word ' * 30}" for _ in range(4))))
    assert [len(each.text.split()) for each in found] == [60, 60]


def test_a_long_segment_is_divided_between_sentences() -> None:
    found = passages(lines("a: " + "The knee hurts a lot. " * 40))
    assert all(each.text.endswith("lot.") and len(each.text.split()) <= MOST_WORDS for each in found)
    assert len({each.segment_ids for each in found}) == 1


def test_empty_segments_are_in_no_passage() -> None:
    assert passages(lines("a: ...", "a: ")) == []
