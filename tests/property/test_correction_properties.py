"""Corrected text among whatever is heard around it: pure rules over any words and any places."""

from __future__ import annotations

from itertools import accumulate, chain, pairwise
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from session_core.correction import CorrectedPlace, outside, timed_words
from session_core.segment import Word, spelling

VOCABULARY = ["yes", "no", "No,", "pain", "the", "a", "the", "...", "Ärztin", "120/80"]


@st.composite
def heard(draw: st.DrawFn) -> tuple[Word, ...]:
    """Words whose beginnings and ends never run backwards, as the fold gives them: some without length, some
    overlapping."""
    lengths = draw(st.lists(st.tuples(st.sampled_from([0, 0, 1, 30, 200]), st.sampled_from([0, 1, 150, 600]))))
    starts = list(accumulate((gap for gap, _ in lengths), initial=draw(st.sampled_from([0, 70]))))[1:]
    ends = accumulate((start + length for start, (_, length) in zip(starts, lengths, strict=True)), max)
    return tuple(
        Word(draw(st.sampled_from(VOCABULARY)), start, end, 0.5) for start, end in zip(starts, ends, strict=True)
    )


@st.composite
def places(draw: st.DrawFn) -> list[CorrectedPlace]:
    """Stretches that do not overlap, in any order; some touch, some are a moment."""
    edges = sorted(draw(st.lists(st.integers(0, 3_000), max_size=8)))
    made = [CorrectedPlace(UUID(int=at), *edges[at : at + 2]) for at in range(0, len(edges) - 1, 2)]
    return draw(st.permutations(made))


@given(heard(), places())
def test_every_word_is_told_once_outside_the_corrected_places_and_never_inside(
    words: tuple[Word, ...], corrected: list[CorrectedPlace]
) -> None:
    free = [word for word in words if not any(place.covers(word) for place in corrected)]
    assert [*chain.from_iterable(outside(words, corrected))] == free


@given(heard(), places())
def test_no_run_of_words_reaches_across_corrected_text(
    words: tuple[Word, ...], corrected: list[CorrectedPlace]
) -> None:
    for run in outside(words, corrected):
        assert run
        for place in corrected:
            assert len({place.start_ms + place.end_ms <= word.start_ms + word.end_ms for word in run}) == 1


@given(heard())
def test_a_segments_own_words_lie_inside_its_place(words: tuple[Word, ...]) -> None:
    if words:
        assert outside(words, [CorrectedPlace(UUID(int=0), words[0].start_ms, words[-1].end_ms)]) == []


@given(heard(), st.lists(st.sampled_from(VOCABULARY), max_size=12))
def test_a_persons_words_are_kept_whole_with_times_in_order_inside_the_segment(
    words: tuple[Word, ...], written: list[str]
) -> None:
    start, end = (words[0].start_ms, words[-1].end_ms) if words else (0, 500)
    timed = timed_words(" \n".join(written), words, start, end)
    assert [word.text for word in timed] == written
    assert all(start <= word.start_ms <= word.end_ms <= end for word in timed)
    assert all(one.start_ms <= other.start_ms for one, other in pairwise(timed))


@given(heard())
def test_words_that_are_left_as_they_were_keep_their_times(words: tuple[Word, ...]) -> None:
    text = " ".join(word.text.upper() for word in words)
    end = words[-1].end_ms if words else 0
    timed = timed_words(text, words, words[0].start_ms if words else 0, end)
    assert [(word.start_ms, word.end_ms, word.probability) for word in timed] == [
        (word.start_ms, word.end_ms, word.probability) for word in words
    ]
    assert [spelling(word.text) for word in timed] == [spelling(word.text) for word in words]


@given(heard(), st.data())
def test_a_word_that_is_added_leaves_the_others_where_they_were(words: tuple[Word, ...], data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(words)))
    start, end = (words[0].start_ms, words[-1].end_ms) if words else (0, 500)
    written = [word.text for word in words[:at]] + ["unheard"] + [word.text for word in words[at:]]
    timed = timed_words(" ".join(written), words, start, end)
    assert timed[:at] + timed[at + 1 :] == words
    assert timed[at].probability == 1.0
