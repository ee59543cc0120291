"""Words of either engine lie one after the other inside the audio, whatever the engine makes of their times."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from types import SimpleNamespace

from hypothesis import given
from hypothesis import strategies as st

from chunk_workers.engines import sphinx, whisper
from chunk_workers.engines.whisper_model import TimedWord
from session_core.segment import Word

seconds = st.floats(-1.0, 31.0)
texts = st.sampled_from([" 2014.", " 15", " mg", " \u201cno,\u201d", " and", " a"])
timed = st.lists(st.builds(TimedWord, texts, seconds, seconds, st.floats(-0.1, 1.1)), max_size=40)
"""As no alignment has them: back and forth, outside the audio."""


def assert_one_after_the_other(words: Sequence[Word], duration_ms: int) -> None:
    assert all(0 <= word.start_ms < word.end_ms <= duration_ms for word in words)
    assert all(one.end_ms <= other.start_ms for one, other in pairwise(words))
    assert all(0 <= word.probability <= 1 for word in words)


@given(timed, st.integers(100, 30_000))
def test_whispers_words_lie_one_after_the_other_and_each_takes_time(heard: list[TimedWord], duration_ms: int) -> None:
    words = whisper.spoken_words(heard, duration_ms)
    assert [word.text for word in words] == [each.text.strip() for each in heard]
    assert_one_after_the_other(words, duration_ms)


@given(st.lists(st.tuples(st.integers(0, 300), texts), max_size=40), st.integers(3_000, 30_000))
def test_times_that_alignment_can_mean_are_kept_to_the_step(jumps: list[tuple[int, str]], duration_ms: int) -> None:
    """Alignment counts in steps of 20 ms and never goes back, but may give several words one moment."""
    steps = sorted(step for step, _ in jumps)
    ends = [*steps, 400][1:]
    heard = [TimedWord(text, a / 50, b / 50, 0.5) for (_, text), a, b in zip(jumps, steps, ends, strict=True)]
    crowded = sum(a == b for a, b in pairwise(steps))
    words = whisper.spoken_words(heard, max(duration_ms, 8_000))
    assert all(step * 20 <= word.start_ms <= step * 20 + 20 * crowded for step, word in zip(steps, words, strict=True))
    if not crowded:
        assert [(word.start_ms, word.end_ms) for word in words] == [
            (a * 20, b * 20) for a, b in zip(steps, ends, strict=True)
        ]


@given(st.lists(st.tuples(st.integers(1, 90), st.booleans()), max_size=40), st.integers(0, 9))
def test_pocketsphinx_words_lie_one_after_the_other(lengths: list[tuple[int, bool]], beyond_ms: int) -> None:
    """Frames of 10 ms, both ends included; between words are pauses."""
    segmentation, frame = [], 0
    for length, is_word in lengths:
        segmentation.append(
            SimpleNamespace(
                word="mole" if is_word else "<sil>", start_frame=frame, end_frame=frame + length - 1, prob=1.0
            )
        )
        frame += length
    duration_ms = frame * 10 + beyond_ms
    words = sphinx.spoken_words(segmentation, duration_ms)
    assert len(words) == sum(is_word for _, is_word in lengths)
    assert_one_after_the_other(words, duration_ms)
