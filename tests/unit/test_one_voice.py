"""One voice or two: however far a person sits and whatever hums in the room, there are as many speakers as people.

Conversations of flite's voices go the way of a session: chunks, voice tracks, planned windows, voiceprints, clusters.
"""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from chunk_workers import diarization
from chunk_workers.plan import Stretch, plan
from chunk_workers.speakers.dvector import DVectors
from chunk_workers.speakers.embedding import Voiceprint
from chunk_workers.speakers.speech import speech_within
from chunk_workers.voices.silero import SileroDetector
from session_core.decoding.pcm import ms_of_16k
from tests.sound import RATE, Pcm, say

VOICES = ("slt", "rms", "awb", "kal16")
PAIRS = list(combinations(VOICES, 2))
TURNS = (
    "Good morning, how are you feeling today, and did you sleep well last night?",
    "I am much better than I was, but my back still hurts when I get out of bed.",
    "Have you taken the tablets that I gave you, with a glass of water?",
    "Yes, every morning and every evening, and I think that they help a little.",
    "Is there anything else that worries you, your breathing for example?",
    "I cough at night, and my wife says that I should have come in before.",
    "Let me listen to your chest, then, and please take a deep breath for me.",
    "Thank you. Should I stay at home until the end of the week, or go back to work?",
)
CHUNK = 15 * RATE
MARGIN = 0.05

QUIET, NOISY, LOUD_FAN = -70.0, -48.0, -35.0
"""The noise of a room in dBFS."""

STEADY, MOVING, UNEQUAL = (-20.0, -20.0), (-15.0, -33.0, -20.0, -30.0), (-15.0, -35.0)
"""How loud one turn after the other is, in dBFS."""


@pytest.fixture(scope="module")
def spoken(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, int], NDArray[np.float64]]:
    """Every turn by every voice, its loudness 1."""
    folder: Path = tmp_path_factory.mktemp("turns")
    found = {}
    for voice in VOICES:
        for turn, text in enumerate(TURNS):
            samples = say(text, folder, voice=voice).astype(np.float64)
            found[voice, turn] = samples / samples[np.abs(samples) > 300].std()
    return found


class Conversation:
    def __init__(self, spoken: dict[tuple[str, int], NDArray[np.float64]]) -> None:
        self._spoken = spoken
        self._detector = SileroDetector()
        self._embedder = DVectors()

    def voiceprints(self, voices: tuple[str, ...], levels: tuple[float, ...], noise: float) -> list[Voiceprint]:
        pcm = self._recorded(voices, levels, noise)
        chunks = [(first, pcm[first : first + CHUNK]) for first in range(0, len(pcm), CHUNK)]
        stretches = [Stretch(first, len(chunk), self._detector.detect(chunk)) for first, chunk in chunks]
        return [
            each.moved(ms_of_16k(window.start))
            for window in plan(stretches, cut=0, overlaps_previous=False, ended=True).windows
            for each in self._embedder.embed(
                pcm[window.start : window.end], speech_within(stretches, window.start, window.end)
            )
        ]

    def _recorded(self, voices: tuple[str, ...], levels: tuple[float, ...], noise: float) -> Pcm:
        pause = np.zeros(RATE * 7 // 10)
        parts = [pause]
        for turn in range(len(TURNS)):
            parts += [self._spoken[voices[turn % len(voices)], turn] * _amplitude(levels[turn % len(levels)]), pause]
        sound = np.concatenate(parts)
        sound += np.random.default_rng(7).normal(size=len(sound)) * _amplitude(noise)
        return np.asarray(np.clip(np.rint(sound), -32768, 32767), dtype=np.int16)


def _amplitude(dbfs: float) -> float:
    return float(32768.0 * 10.0 ** (dbfs / 20.0))


@pytest.fixture(scope="module")
def conversation(spoken: dict[tuple[str, int], NDArray[np.float64]]) -> Conversation:
    return Conversation(spoken)


def speakers(prints: list[Voiceprint]) -> int:
    return len(diarization.diarize(prints).voices)


@pytest.mark.parametrize("voice", VOICES)
@pytest.mark.parametrize(
    ("levels", "noise"),
    [(MOVING, QUIET), (MOVING, NOISY), (STEADY, LOUD_FAN)],
    ids=["moving about", "moving about in noise", "beside a fan"],
)
def test_one_person_is_one_speaker(
    conversation: Conversation, monkeypatch: pytest.MonkeyPatch, voice: str, levels: tuple[float, ...], noise: float
) -> None:
    prints = conversation.voiceprints((voice,), levels, noise)
    assert speakers(prints) == 1
    monkeypatch.setattr(diarization, "ONE_VOICE", diarization.ONE_VOICE * (1 + MARGIN))
    assert speakers(prints) == 1


@pytest.mark.parametrize("voices", PAIRS, ids="-".join)
def test_two_people_are_two_speakers_one_of_them_far_away(
    conversation: Conversation, monkeypatch: pytest.MonkeyPatch, voices: tuple[str, ...]
) -> None:
    prints = conversation.voiceprints(voices, UNEQUAL, QUIET)
    for bound in (1 - MARGIN, 1.0, 1 + MARGIN):
        with monkeypatch.context() as patch:
            patch.setattr(diarization, "ONE_VOICE", diarization.ONE_VOICE * bound)
            assert speakers(prints) == 2


@pytest.mark.parametrize("voices", PAIRS, ids="-".join)
def test_two_people_are_two_speakers_beside_a_fan(conversation: Conversation, voices: tuple[str, ...]) -> None:
    assert speakers(conversation.voiceprints(voices, STEADY, LOUD_FAN)) == 2
