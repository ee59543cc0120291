"""Who spoke when: turns of made-up voices, and of two that flite speaks with."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from chunk_workers.diarization import EDGE_MS, LONGEST_PAUSE_MS, Speakers, diarize
from chunk_workers.speakers.dvector import LENGTH, DVectors, places_of
from chunk_workers.speakers.embedding import Span, Voiceprint
from session_core.turn import Turn
from tests.sound import RATE, say

NOISE = 0.05
"""Of each of 256 numbers. Two voiceprints of one voice then come to about 0.7, as far from a microphone."""


def voices(count: int, seed: int = 3) -> NDArray[np.float64]:
    """Unit vectors without negative numbers: likeness among them is about 0.5."""
    drawn = np.maximum(np.random.default_rng(seed).normal(0.4, 1.0, (count, 256)), 0.0)
    return np.asarray(drawn / np.linalg.norm(drawn, axis=1, keepdims=True))


def talk(script: list[tuple[int, float]], *, pause_s: float = 0.8, seed: int = 5) -> list[Voiceprint]:
    """Voiceprints of a talk in which each (voice, seconds) says something after the other."""
    random = np.random.default_rng(seed)
    who = voices(1 + max(voice for voice, _ in script))
    prints, start = [], 0.0
    for voice, seconds in script:
        for place in places_of(Span(round(start * RATE), round((start + seconds) * RATE))):
            heard = np.maximum(who[voice] + random.normal(0.0, NOISE, 256), 0.0)
            vector = (heard / np.linalg.norm(heard)).astype(np.float32)
            prints.append(Voiceprint(place.start * 1000 // RATE, place.end * 1000 // RATE, vector))
        start += seconds + pause_s
    return prints


def who_spoke(found: Speakers) -> list[int]:
    return [turn.speaker for turn in found.turns]


def test_silence_has_no_speakers() -> None:
    found = diarize([])
    assert (found.turns, len(found.voices)) == ((), 0)


def test_one_voiceprint_is_one_turn() -> None:
    assert diarize(talk([(0, 1.0)])).turns == (Turn(0, 1000 + EDGE_MS, 0),)


def test_turns_of_two_people_are_told_apart() -> None:
    found = diarize(talk([(0, 9.0), (1, 5.0), (0, 3.0), (1, 12.0)], pause_s=0.8))
    assert who_spoke(found) == [0, 1, 0, 1]
    expected = [(0.0, 9.0), (9.8, 14.8), (15.6, 18.6), (19.4, 31.4)]
    for turn, (start, end) in zip(found.turns, expected, strict=True):
        assert (turn.start_ms, turn.end_ms) == pytest.approx((start * 1000, end * 1000), abs=EDGE_MS + 1)


@pytest.mark.parametrize("speakers", [1, 2, 3, 4, 6])
def test_the_number_of_speakers_is_found(speakers: int) -> None:
    script = [(turn % speakers, 6.0 + turn % 3) for turn in range(6 * speakers)]
    assert len(diarize(talk(script)).voices) == speakers


def test_no_more_speakers_are_found_than_there_are_said_to_be() -> None:
    script = [(turn % 3, 8.0) for turn in range(12)]
    assert [len(diarize(talk(script), most).voices) for most in (1, 2, 3, 9)] == [1, 2, 3, 3]


def test_one_voice_is_not_cut_in_two_because_two_were_expected() -> None:
    assert len(diarize(talk([(0, 20.0)] * 5), 2).voices) == 1


def test_who_speaks_rarely_in_a_long_session_is_found() -> None:
    script = [(0, 30.0), (1, 25.0)] * 30 + [(2, 25.0)] + [(1, 25.0), (0, 30.0)] * 30
    found = diarize(talk(script))
    assert [turn.speaker for turn in found.turns if abs(turn.start_ms - 1_698_000) < 2000] == [2]
    assert len(found.voices) == 3


def test_a_cough_is_no_speaker() -> None:
    found = diarize(talk([(0, 10.0), (1, 10.0), (2, 0.5), (0, 10.0), (1, 10.0)]))
    assert len(found.voices) == 2


def test_a_change_without_a_pause_is_found_to_a_quarter_of_a_second() -> None:
    who, prints = voices(2), []
    for start in range(0, 30_000 - 1600, 500):
        second = np.clip((start + 1600 - 15_000) / 1600, 0.0, 1.0)
        heard = (1.0 - second) * who[0] + second * who[1]
        prints.append(Voiceprint(start, start + 1600, (heard / np.linalg.norm(heard)).astype(np.float32)))
    first, then = diarize(prints).turns
    assert first.end_ms == then.start_ms == pytest.approx(15_000, abs=250)


def test_a_turn_goes_on_over_a_short_pause_and_ends_at_a_long_one() -> None:
    short = diarize(talk([(0, 5.0), (0, 5.0)], pause_s=LONGEST_PAUSE_MS / 1000 - 0.1))
    long = diarize(talk([(0, 5.0), (0, 5.0)], pause_s=LONGEST_PAUSE_MS / 1000 + 0.1))
    assert (len(short.turns), len(long.turns)) == (1, 2)


def test_nobody_cannot_have_spoken() -> None:
    with pytest.raises(ValueError, match="nobody"):
        diarize(talk([(0, 5.0)]), 0)


def test_two_real_voices_are_told_apart(tmp_path: Path) -> None:
    lines = ["Good morning, how are you feeling today, and did you sleep well?", "I am much better, thank you, doctor."]
    sentences = [say(lines[turn % 2], tmp_path, voice=("rms", "slt")[turn % 2]) for turn in range(6)]
    embedder, prints, start = DVectors(), [], 0
    for sentence in sentences:
        prints += [
            each.moved(start * 1000 // RATE)
            for each in embedder.embed(sentence, [Span(RATE // 5, max(LENGTH, len(sentence) - RATE // 5))])
        ]
        start += len(sentence)
    assert who_spoke(diarize(prints)) == [0, 1, 0, 1, 0, 1]
