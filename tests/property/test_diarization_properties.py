"""Diarization over any talk: the order of events does not show, and turns are fit to be shown."""

from __future__ import annotations

from itertools import pairwise
from random import Random

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from chunk_workers.diarization import Speakers, diarize
from chunk_workers.speaker_words import label_words
from chunk_workers.speakers.embedding import Voiceprint
from session_core.segment import Word


@st.composite
def talks(draw: st.DrawFn) -> list[Voiceprint]:
    """Voiceprints of up to four voices or of mere noise, overlapping or apart, some of them twice."""
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    noise = draw(st.sampled_from([0.0, 0.03, 0.06, 0.3]))
    who = np.maximum(random.normal(0.3, 1.0, (draw(st.integers(1, 4)), 32)), 0.0)
    prints, moment = [], 0
    for voice, length, step in draw(
        st.lists(st.tuples(st.integers(0, 3), st.integers(250, 1600), st.integers(0, 3000)), min_size=1, max_size=80)
    ):
        heard = np.maximum(who[voice % len(who)] + random.normal(0.0, noise, 32), 0.0) + 1e-3
        vector = (heard / np.linalg.norm(heard)).astype(np.float32)
        prints += [Voiceprint(moment, moment + length, vector)] * draw(st.sampled_from([1, 1, 1, 2]))
        moment += step
    return prints


speakers = st.none() | st.integers(1, 5)


def said(found: Speakers) -> tuple[object, bytes]:
    return found.turns, found.voices.tobytes()


@given(talks(), speakers, st.randoms(use_true_random=False))
def test_the_order_of_voiceprints_does_not_show(prints: list[Voiceprint], most: int | None, random: Random) -> None:
    shuffled = list(prints)
    random.shuffle(shuffled)
    assert said(diarize(shuffled, most)) == said(diarize(prints, most))


@given(talks(), speakers)
def test_turns_are_in_order_apart_and_of_speakers_that_have_a_voice(prints: list[Voiceprint], most: int | None) -> None:
    found = diarize(prints, most)
    assert all(turn.start_ms < turn.end_ms for turn in found.turns)
    assert all(before.end_ms <= after.start_ms for before, after in pairwise(found.turns))
    first_heard = list(dict.fromkeys(turn.speaker for turn in found.turns))
    assert first_heard == list(range(len(found.voices)))
    assert len(found.voices) <= (most or len(prints))
    assert np.allclose(np.linalg.norm(found.voices, axis=1), 1.0, atol=1e-4)


@given(talks(), speakers)
def test_the_middle_of_every_voiceprint_is_in_or_beside_a_turn(prints: list[Voiceprint], most: int | None) -> None:
    turns = diarize(prints, most).turns
    words = sorted((each.start_ms + each.end_ms) // 2 for each in prints)
    assert None not in label_words([Word("word", moment, moment + 1, 1.0) for moment in words], turns)


@given(talks(), speakers, st.integers(1, 10_000_000))
def test_a_later_beginning_moves_the_turns_and_nothing_else(
    prints: list[Voiceprint], most: int | None, later: int
) -> None:
    before = diarize([each.moved(1000) for each in prints], most).turns
    after = diarize([each.moved(1000 + 2 * later) for each in prints], most).turns
    moved = [(turn.start_ms + 2 * later, turn.end_ms + 2 * later, turn.speaker) for turn in before]
    assert moved == [(turn.start_ms, turn.end_ms, turn.speaker) for turn in after]


@given(talks())
def test_labels_are_those_of_speakers_and_one_for_each_word(prints: list[Voiceprint]) -> None:
    found = diarize(prints)
    words = [Word("word", moment, moment + 200, 1.0) for moment in range(0, 60_000, 330)]
    labels = label_words(words, found.turns)
    assert len(labels) == len(words)
    assert set(labels) <= {None, *range(len(found.voices))}
