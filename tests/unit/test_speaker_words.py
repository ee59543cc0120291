"""Words and turns brought together."""

from __future__ import annotations

from chunk_workers.speaker_words import BREATH_MS, REACH_MS, label_words
from session_core.segment import Word
from session_core.turn import Turn


def words(*times: tuple[int, int]) -> list[Word]:
    return [Word("word", start, end, 1.0) for start, end in times]


def spoken(count: int, *, each_ms: int = 300, pause_ms: int = 20) -> list[Word]:
    """Words in one breath."""
    return words(*((index * (each_ms + pause_ms), index * (each_ms + pause_ms) + each_ms) for index in range(count)))


def test_a_word_belongs_to_the_turn_it_shares_most_time_with() -> None:
    turns = [Turn(0, 1000, 0), Turn(1000, 2000, 1)]
    assert label_words(words((100, 500), (800, 1150), (1160, 1500)), turns) == [0, 0, 1]
    assert label_words(words((100, 500), (900, 1350), (1360, 1500)), turns) == [0, 1, 1]


def test_several_turns_of_one_speaker_count_together() -> None:
    assert label_words(words((0, 1000)), [Turn(0, 300, 0), Turn(300, 700, 1), Turn(700, 1000, 0)]) == [0]


def test_a_word_beside_all_turns_belongs_to_the_nearest_within_reach() -> None:
    turns = [Turn(5000, 6000, 0), Turn(9000, 10_000, 1)]
    assert label_words(words((4200, 4500), (6300, 6500), (8500, 8800)), turns) == [0, 0, 1]
    assert label_words(words((0, 5000 - REACH_MS - 1)), turns) == [None]
    assert label_words(words((0, 5000 - REACH_MS)), turns) == [0]


def test_turns_may_overlap_and_a_long_one_is_found_behind_short_ones() -> None:
    turns = [Turn(0, 30_000, 0), Turn(2000, 2500, 1), Turn(5000, 5600, 2)]
    assert label_words(words((2100, 2400), (20_000, 20_300)), turns) == [0, 0]
    assert label_words(words((29_800, 30_400)), [*turns, Turn(29_900, 31_000, 1)]) == [1]


def test_without_turns_nobody_spoke() -> None:
    assert label_words(spoken(3), []) == [None, None, None]


def test_a_word_or_two_of_another_inside_one_breath_are_smoothed_away() -> None:
    said = spoken(8)
    turns = [Turn(0, said[3].start_ms, 0), Turn(said[3].start_ms, said[4].end_ms, 1), Turn(said[4].end_ms, 9000, 0)]
    assert label_words(said, turns) == [0] * 8


def test_three_words_of_another_stay() -> None:
    said = spoken(9)
    turns = [Turn(0, said[3].start_ms, 0), Turn(said[3].start_ms, said[5].end_ms, 1), Turn(said[5].end_ms, 9000, 0)]
    assert label_words(said, turns) == [0, 0, 0, 1, 1, 1, 0, 0, 0]


def test_a_yes_between_pauses_stays() -> None:
    said = words((0, 300), (320, 600), (600 + BREATH_MS, 1000), (1000 + BREATH_MS, 1500), (1520, 1800))
    turns = [Turn(0, 700, 0), Turn(700, 1100, 1), Turn(1100, 2000, 0)]
    assert label_words(said, turns) == [0, 0, 1, 0, 0]


def test_words_at_the_edges_of_a_transcript_are_no_flips() -> None:
    said = spoken(5)
    assert label_words(said, [Turn(0, said[0].end_ms, 1), Turn(said[0].end_ms, 9000, 0)]) == [1, 0, 0, 0, 0]


def test_a_segment_of_two_speakers_keeps_both() -> None:
    said = spoken(12)
    assert label_words(said, [Turn(0, said[8].end_ms, 0), Turn(said[8].end_ms, 9000, 1)]) == [0] * 9 + [1] * 3


def test_a_word_without_length_belongs_to_the_turn_around_it() -> None:
    assert label_words(words((500, 500)), [Turn(0, 1000, 0), Turn(1400, 2000, 1)]) == [0]
