"""pocketsphinx hears voiced speech, and its marks do not reach the words."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import jiwer
import pytest

from chunk_workers.engines.sphinx import Sphinx, spoken_words
from chunk_workers.recognition import recognise_one
from session_core.segment import Word
from tests.sound import say

SENTENCE = "the patient has been sleeping better since we changed the medication last week"


@pytest.mark.parametrize("voice", ["slt", "rms"])
def test_voiced_words_come_back(voice: str, tmp_path: Path) -> None:
    speech = say(SENTENCE, tmp_path, voice=voice)
    words = recognise_one(Sphinx(), speech, "en").words
    assert jiwer.wer(SENTENCE, " ".join(word.text for word in words)) <= 0.25
    assert words[-1].end_ms > 0.8 * len(speech) / 16


def test_fillers_and_marks_of_pronunciation_are_no_words() -> None:
    heard = ["<s>", "to(2)", "<sil>", "[NOISE]", "++UM++", "[SPEECH]", "a.", "read(12)", "</s>"]
    segmentation = [SimpleNamespace(word=word, start_frame=i, end_frame=i, prob=1.0) for i, word in enumerate(heard)]
    assert [word.text for word in spoken_words(segmentation, 1_000)] == ["to", "a.", "read"]


def test_frames_become_milliseconds_inside_the_audio() -> None:
    segmentation = [
        SimpleNamespace(word="good", start_frame=3, end_frame=9, prob=0.5),
        SimpleNamespace(word="morning", start_frame=10, end_frame=12, prob=1.0001),
    ]
    assert spoken_words(segmentation, 125) == (Word("good", 30, 100, 0.5), Word("morning", 100, 125, 1.0))
