"""Words stay where somebody may be speaking, and go where nobody does."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.sounds import sound
from chunk_workers.hallucination import (
    BRIEF,
    CERTAIN,
    FAINT,
    MARGIN,
    PADDING,
    STRETCHED_MS,
    is_doubtful,
    is_voice_backwards,
    spoken,
)
from chunk_workers.plan import SPEECH, Stretch
from chunk_workers.voice import FRAME, RATE, VoiceTrack
from chunk_workers.voices.silero import SileroDetector
from session_core.segment import Word
from tests.sound import say

FRAME_MS, MARGIN_MS = FRAME * 1000 // RATE, MARGIN * 1000 // RATE


def stretch(first: int, *speech: int) -> Stretch:
    """A chunk of so many whole frames with these probabilities of speech."""
    return Stretch(first, len(speech) * FRAME, VoiceTrack(bytes(speech), bytes(len(speech))))


def word(start_ms: int, end_ms: int) -> Word:
    return Word("mole", start_ms, end_ms, 0.5)


@st.composite
def tracks(draw: st.DrawFn) -> tuple[list[Stretch], int, int]:
    """Chunks of half a second or so, some missing, and a window that lies in them."""
    stretches, first = [], draw(st.integers(0, 3 * FRAME))
    for speech in draw(st.lists(st.lists(st.sampled_from([0, 0, 0, FAINT - 1, FAINT, 255]), max_size=40), max_size=5)):
        stretches.append(stretch(first, *speech))
        first += len(speech) * FRAME + draw(st.sampled_from([0, 0, 7, 20 * FRAME]))
    start = draw(st.integers(0, first))
    return stretches, start, draw(st.integers(start, first))


words = st.lists(st.tuples(st.integers(0, 3000), st.integers(0, STRETCHED_MS)), max_size=8).map(
    lambda found: [word(start, start + length) for start, length in sorted(found)]
)


@given(tracks(), words)
def test_a_word_stays_exactly_where_a_voice_is_near(track: tuple[list[Stretch], int, int], heard: list[Word]) -> None:
    stretches, start, end = track
    frames = [
        (each.first + frame * FRAME - start, each.first + (frame + 1) * FRAME - start, speech)
        for each in stretches
        for frame, speech in enumerate(each.track.speech)
        if each.first + frame * FRAME < end and each.first + (frame + 1) * FRAME > start
    ]
    voiced = [(begin, stop) for begin, stop, speech in frames if speech >= FAINT]
    near = [
        one
        for one in heard
        if any(begin < one.end_ms * 16 + MARGIN and stop > one.start_ms * 16 - MARGIN for begin, stop in voiced)
    ]
    assert list(spoken(heard, stretches, start, end)) == near


@pytest.mark.parametrize(
    ("speech", "doubtful"),
    [
        ([], True),
        ([CERTAIN - 1] * (BRIEF - 1), True),
        ([CERTAIN - 1, 0] * (BRIEF - 1), True),
        ([CERTAIN], False),
        ([SPEECH] * BRIEF, False),
    ],
)
def test_brief_speech_that_was_never_certain_is_doubtful(speech: list[int], doubtful: bool) -> None:
    track = [255, *[0] * 9, *speech, *[0] * 9, 255]
    assert is_doubtful([stretch(0, *track)], FRAME, (len(track) - 1) * FRAME) == doubtful


@pytest.mark.parametrize("voice", ["slt", "rms", "awb", "kal16"])
@pytest.mark.parametrize("text", ["yes", "no", "hi", "oh", "mm hmm", "thanks"])
def test_a_lone_word_is_a_voice_backwards_too(text: str, voice: str, tmp_path: Path) -> None:
    pcm = say(text, tmp_path, voice=voice)
    assert is_voice_backwards(SileroDetector(), np.pad(pcm, 4_600))


@pytest.mark.parametrize("seed", [34, 36, 56])
def test_a_hum_that_sets_in_suddenly_is_a_voice_only_forwards(seed: int) -> None:
    chance, detector = np.random.default_rng(seed), SileroDetector()
    noise, hum = (sound(kind, 20.0, chance) for kind in ("noise", "hum"))
    onset = np.concatenate([noise[-RATE // 3 :], hum[:RATE]])
    assert max(detector.detect(onset).speech) >= SPEECH
    assert not is_voice_backwards(detector, onset)


def test_soft_beginnings_and_ends_and_rough_times_cost_no_word() -> None:
    said = [*[0] * 50, *[255] * 10, *[0] * 50]
    begin, end = 50 * FRAME_MS, 60 * FRAME_MS
    near = [word(begin - MARGIN_MS, begin - MARGIN_MS + 20), word(begin, end), word(end + MARGIN_MS - 20, end + 900)]
    far = [word(0, begin - MARGIN_MS - 20), *near, word(end + MARGIN_MS + 20, end + 900)]
    assert list(spoken(far, [stretch(0, *said)], 0, len(said) * FRAME)) == near


@pytest.mark.parametrize(
    ("spans", "first", "last"),
    [
        pytest.param([(0, 2), (20, 30), (78, 80)], 20, 30, id="the longest speech in it"),
        pytest.param([(0, 15)], 0, 15, id="its beginning"),
        pytest.param([(70, 80)], 70, 80, id="its end"),
        pytest.param([(0, 20), (24, 80)], 0, 80, id="all of it"),
    ],
)
def test_a_word_that_is_stretched_over_a_pause_takes_the_time_of(
    spans: list[tuple[int, int]], first: int, last: int
) -> None:
    speech = [255 if any(begin <= frame < end for begin, end in spans) else 0 for frame in range(80)]
    padding = PADDING * 1000 // RATE
    begin, end = max(first * FRAME_MS - padding, 0), min(last * FRAME_MS + padding, 80 * FRAME_MS)
    heard = word(0, 80 * FRAME_MS)
    assert spoken([heard], [stretch(0, *speech)], 0, 80 * FRAME) == (word(begin, end),)
    later = spoken([word(40, 40 + heard.end_ms)], [stretch(40 * 16 + 1600, *speech)], 1600, 200 * FRAME)
    assert later == (word(begin + 40, end + 40),)


def test_a_long_word_for_which_only_the_words_around_it_have_a_voice_goes() -> None:
    speech = [*[255] * 20, *[127] * 50, *[255] * 20]
    around = [word(0, 20 * FRAME_MS), word(20 * FRAME_MS, 70 * FRAME_MS), word(70 * FRAME_MS, 90 * FRAME_MS)]
    assert list(spoken(around, [stretch(0, *speech)], 0, 90 * FRAME)) == [around[0], around[2]]


def test_a_voice_beyond_the_window_does_not_count_for_it() -> None:
    # A chunk that only touches the window may come later than the window is heard.
    said = [stretch(0, *[0] * 40), stretch(40 * FRAME, *[255] * 40)]
    assert spoken([word(35 * FRAME_MS, 40 * FRAME_MS)], said, 0, 40 * FRAME) == ()


@pytest.mark.parametrize("stretches", [[], [stretch(0, *[0] * 30)]])
def test_where_there_is_no_voice_there_are_no_words(stretches: list[Stretch]) -> None:
    assert spoken([word(0, 900)], stretches, 0, 30 * FRAME) == ()
