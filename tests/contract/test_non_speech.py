"""Where nobody speaks no engine's words get into the transcript: planned and sifted as in a session, on real audio."""

from __future__ import annotations

import numpy as np
import pytest

from bench.sounds import KINDS, sound
from chunk_workers.engines.sphinx import Sphinx
from chunk_workers.engines.whisper import Whisper
from chunk_workers.hallucination import is_speech, spoken
from chunk_workers.plan import Stretch, plan
from chunk_workers.recognition import Recognizer, recognise_one
from chunk_workers.voices.silero import SileroDetector
from tests.small_whisper import FOLDER
from tests.sound import RATE, Pcm, music, say

CHUNK = 15 * RATE
SENTENCES = ("I have had a bad cough for two weeks.", "My left knee hurts at night.")
BETWEEN, BETWEEN_S = ("noise", "keys", "chords", "melody", "silence"), 2.0


@pytest.fixture(scope="module", params=["pocketsphinx", "whisper"])
def engine(request: pytest.FixtureRequest) -> Recognizer:
    if request.param == "pocketsphinx":
        return Sphinx()
    return Whisper(FOLDER, label="small", device="cpu", compute_type="int8")


@pytest.fixture(scope="module")
def sentences(tmp_path_factory: pytest.TempPathFactory) -> tuple[Pcm, Pcm]:
    folder = tmp_path_factory.mktemp("speech")
    return say(SENTENCES[0], folder), say(SENTENCES[1], folder, voice="rms")


def sounds(seconds: float) -> dict[str, Pcm]:
    chance = np.random.default_rng(77)
    return {kind: sound(kind, seconds, chance) for kind in KINDS} | {"music": music(seconds)}


def heard(engine: Recognizer, pcm: Pcm) -> list[tuple[float, float]]:
    """Seconds from and to of each word that a session of this audio would have."""
    detector = SileroDetector()
    pieces = [(first, pcm[first : first + CHUNK]) for first in range(0, len(pcm), CHUNK)]
    stretches = [Stretch(first, len(piece), detector.detect(piece)) for first, piece in pieces]
    return [
        (window.start / RATE + word.start_ms / 1000, window.start / RATE + word.end_ms / 1000)
        for window in plan(stretches, cut=0, overlaps_previous=False, ended=True).windows
        if is_speech(detector, stretches, pcm[window.start : window.end], window.start)
        for word in spoken(
            recognise_one(engine, pcm[window.start : window.end], "en").words, stretches, window.start, window.end
        )
    ]


def test_sounds_alone_give_no_words(engine: Recognizer) -> None:
    for kind, pcm in sounds(12.0).items():
        assert heard(engine, pcm) == [], kind


def test_sounds_between_sentences_give_no_words(engine: Recognizer, sentences: tuple[Pcm, Pcm]) -> None:
    before, after = sentences
    made = sounds(BETWEEN_S)
    for kind in BETWEEN:
        pcm = made[kind]
        begins, ends = len(before) / RATE + 0.5, len(before) / RATE + BETWEEN_S - 0.5
        words = heard(engine, np.concatenate([before, pcm, after]))
        assert [word for word in words if begins <= sum(word) / 2 < ends] == [], kind
        assert len(words) >= 5, kind


def test_no_word_of_a_sentence_is_lost(engine: Recognizer, sentences: tuple[Pcm, Pcm]) -> None:
    """However softly it is said."""
    for pcm in sentences:
        for level in (1, 100):
            soft = np.rint(pcm / level).astype(np.int16)
            alone = recognise_one(engine, soft, "en").words
            assert len(alone) >= 3
            assert len(heard(engine, soft)) >= len(alone), level
