"""What ``chunk_workers.recognition`` promises, of every engine, on real audio."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from chunk_workers.engines.sphinx import Sphinx
from chunk_workers.engines.whisper import Whisper
from chunk_workers.recognition import Doubted, Recognition, Recognizer, UnsupportedLanguage, Utterance, recognise_one
from tests.small_whisper import FOLDER
from tests.sound import RATE, Pcm, say

SENTENCE = "the patient has been sleeping better"
OTHER = "I would like to talk about my family"


@pytest.fixture(scope="module", params=["pocketsphinx", "whisper"])
def recognizer(request: pytest.FixtureRequest) -> Recognizer:
    if request.param == "pocketsphinx":
        return Sphinx()
    return Whisper(FOLDER, label="small", device="cpu", compute_type="int8", threads=2)


@pytest.fixture(scope="module")
def speech(tmp_path_factory: pytest.TempPathFactory) -> Pcm:
    return say(SENTENCE, tmp_path_factory.mktemp("speech"))


@pytest.fixture(scope="module")
def other_speech(tmp_path_factory: pytest.TempPathFactory) -> Pcm:
    return say(OTHER, tmp_path_factory.mktemp("speech"), voice="rms") // 4


@pytest.fixture(scope="module")
def heard(recognizer: Recognizer, speech: Pcm) -> Recognition:
    return recognise_one(recognizer, speech, "en")


def assert_well_formed(recognition: Recognition, samples: int) -> None:
    duration_ms = samples * 1000 // RATE
    end = 0
    for word in recognition.words:
        assert word.text == word.text.strip() != ""
        assert end <= word.start_ms < word.end_ms <= duration_ms
        assert 0 <= word.probability <= 1
        end = word.end_ms
    assert recognition.cpu_seconds >= 0


def test_words_have_times_inside_the_audio(speech: Pcm, heard: Recognition) -> None:
    assert heard.words
    assert heard.language == "en"
    assert heard.cpu_seconds > 0
    assert_well_formed(heard, len(speech))


def test_speech_recognised_after_other_speech_gives_the_same(
    recognizer: Recognizer, speech: Pcm, other_speech: Pcm, heard: Recognition
) -> None:
    noise = np.random.default_rng(3).normal(0, 3000, 3 * RATE).astype(np.int16)
    for disturbance in (other_speech, noise, speech[: RATE // 2], speech[:0]):
        recognise_one(recognizer, disturbance, "en")
        assert recognise_one(recognizer, speech, "en") == heard


def test_other_audio_gives_something_else(recognizer: Recognizer, other_speech: Pcm, heard: Recognition) -> None:
    assert recognise_one(recognizer, other_speech, "en") != heard


@pytest.mark.parametrize("samples", [0, 1, 159, 400, 1_599])
def test_audio_too_short_for_a_word_gives_none(recognizer: Recognizer, samples: int) -> None:
    for language in ("en", None):
        assert recognise_one(recognizer, np.full(samples, 1_000, dtype=np.int16), language).words == ()


@pytest.mark.parametrize("samples", [1_600, 2_000, 3_333, 30 * RATE])
def test_any_length_up_to_a_window_is_taken(recognizer: Recognizer, speech: Pcm, samples: int) -> None:
    assert_well_formed(recognise_one(recognizer, np.resize(speech, samples), "en"), samples)


@pytest.mark.parametrize("level", [0, 32_767, -32_768])
def test_silence_and_full_scale_are_taken(recognizer: Recognizer, level: int) -> None:
    pcm = np.full(2 * RATE, level, dtype=np.int16)
    assert_well_formed(recognise_one(recognizer, pcm, "en"), len(pcm))


def test_samples_that_may_not_be_written_to_are_taken(recognizer: Recognizer, speech: Pcm, heard: Recognition) -> None:
    frozen = speech.copy()
    frozen.flags.writeable = False
    assert recognise_one(recognizer, frozen, "en") == heard


def test_a_region_is_no_other_language(recognizer: Recognizer, speech: Pcm, heard: Recognition) -> None:
    assert recognise_one(recognizer, speech, "en-GB") == heard


def test_without_a_language_one_of_the_engines_languages_is_found(recognizer: Recognizer, speech: Pcm) -> None:
    assert recognizer.languages is not None
    found = recognise_one(recognizer, speech, None)
    assert found.language in recognizer.languages
    assert recognise_one(recognizer, speech, found.language) == found


def test_a_language_the_engine_does_not_know_is_refused_for_good(recognizer: Recognizer, speech: Pcm) -> None:
    refused, recognition = recognizer.recognise([Utterance(speech, "tlh"), Utterance(speech, "en")])
    assert isinstance(refused, UnsupportedLanguage)
    assert not refused.retryable
    assert isinstance(recognition, Recognition)
    assert recognition.words


def test_speech_recognised_together_with_other_speech_gives_the_same(
    recognizer: Recognizer, speech: Pcm, other_speech: Pcm, heard: Recognition
) -> None:
    noise = np.random.default_rng(3).normal(0, 3000, 3 * RATE).astype(np.int16)
    batch = [
        Utterance(other_speech, "en"),
        Utterance(speech, None),
        Utterance(speech[:0], "en"),
        Utterance(speech, "en", ("metoprolol", "Ostrander")),
        Utterance(noise, "en"),
        Utterance(speech, "en"),
    ]
    alone = [*(recognizer.recognise([utterance])[0] for utterance in batch[:-1]), heard]
    assert not any(isinstance(each, Doubted) for each in alone)
    for together, singly in ((recognizer.recognise(batch), alone), (recognizer.recognise(batch[::-1]), alone[::-1])):
        sure = [(one, other) for one, other in zip(together, singly, strict=True) if not isinstance(one, Doubted)]
        assert len(sure) >= len(batch) - 1
        assert all(one == other for one, other in sure)


def test_nothing_asked_is_nothing_answered(recognizer: Recognizer) -> None:
    assert recognizer.recognise([]) == []


def test_the_name_says_engine_and_model(recognizer: Recognizer) -> None:
    assert len(recognizer.name.split()) >= 2


def test_processor_time_is_no_part_of_what_was_heard(heard: Recognition) -> None:
    assert dataclasses.replace(heard, cpu_seconds=99.0) == heard
