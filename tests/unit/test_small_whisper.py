"""The committed small Whisper model hears what it was never trained on; through Hearken's engine and faster-whisper."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from tokenizers import Tokenizer

from bench.voiced_windows import repeated, voiced_windows
from chunk_workers.engines.whisper import Whisper
from chunk_workers.engines.whisper_model import WhisperModel
from chunk_workers.recognition import Doubted, Heard, Recognition, Utterance, recognise_one
from session_core.segment import Word
from tests.small_whisper import FOLDER
from tests.small_whisper.measure import Example, errors, examples, plain
from tests.small_whisper.sentences import aloud, grammatical, held_back
from tests.small_whisper.voices import RATE, say, word_times
from tests.sound import music


@pytest.fixture(scope="module")
def whisper() -> Whisper:
    return Whisper(FOLDER, label="small", device="cpu", compute_type="int8")


@pytest.fixture(scope="module")
def model() -> WhisperModel:
    return WhisperModel(FOLDER, device="cpu", device_index=0, compute_type="int8", threads=1)


@pytest.fixture(scope="module")
def spoken() -> list[Example]:
    """Three held-back sentences of each voice, clean, fast, and slow, and windows in which some follow each other."""
    return examples([text for text in held_back() if grammatical(text)][:12])


@pytest.fixture(scope="module")
def heard(whisper: Whisper, spoken: list[Example]) -> list[tuple[Word, ...]]:
    return [recognise_one(whisper, example.pcm, "en").words for example in spoken]


def text_of(heard: Heard) -> str:
    assert isinstance(heard, Recognition)
    return " ".join(word.text for word in heard.words)


def test_at_most_one_word_in_twenty_of_held_back_sentences_is_wrong(
    spoken: list[Example], heard: list[tuple[Word, ...]]
) -> None:
    texts = [" ".join(word.text for word in words) for words in heard]
    assert errors((example.text, text) for example, text in zip(spoken, texts, strict=True)) <= 0.05


def test_words_start_where_they_are_said(spoken: list[Example], heard: list[tuple[Word, ...]]) -> None:
    late = []
    for example, words in zip(spoken, heard, strict=True):
        if example.starts and plain(" ".join(word.text for word in words)) == plain(example.text):
            late += [abs(word.start_ms / 1000 - at) for word, at in zip(words, example.starts, strict=True)]
    assert len(late) > 60
    assert np.median(late) < 0.1


def test_numbers_and_units_are_written_as_people_write_them_and_have_their_times(whisper: Whisper) -> None:
    text = "I take 15 mg of metformin twice a day. I have taken metformin since 2014."
    speech = say(aloud(text), "slt")
    times = word_times(text, speech.phones)
    heard = recognise_one(whisper, speech.pcm, "en").words
    words = [word.text for word in heard]
    assert words[2:4] == ["15", "mg"]
    assert words[-1] == "2014."
    assert times is not None
    for word, (start, end) in zip(heard, times, strict=True):
        assert abs(word.start_ms / 1000 - start) < 0.3, word.text
        if word.text in ("15", "mg", "2014."):
            # A click on it plays it.
            assert min(word.end_ms / 1000, end) - max(word.start_ms / 1000, start) > (end - start) / 2, word.text


def test_a_hint_decides_between_spellings_of_one_sound(whisper: Whisper) -> None:
    pcm = say(aloud("I saw Catherine Smith on Monday."), "rms").pcm
    hinted = Utterance(pcm, "en", ("Katherine", "Smyth", "aspirin"))
    without, heard = (text_of(each) for each in whisper.recognise([Utterance(pcm, "en"), hinted]))
    assert "Catherine Smith" in without
    assert "Katherine Smyth" in heard


def told(model: WhisperModel, words: Sequence[str]) -> list[str]:
    """The words that these hotwords tell the decoder, without what keeps them apart."""
    tokenizer = Tokenizer.from_file(str(FOLDER / "tokenizer.json"))
    return str(tokenizer.decode(list(model.hotwords(words)))).replace(",", "").split()


def test_as_many_of_the_first_words_are_told_as_there_is_room_for_and_none_is_cut(model: WhisperModel) -> None:
    many = [f"Q{number:03}rovat" for number in range(100)]
    heard = told(model, many)
    assert 10 < len(heard) < 40
    assert heard == many[: len(heard)]
    assert told(model, ["\U00020000" * 60, "Vienna", "knee"]) == ["Vienna", "knee"]
    assert told(model, []) == told(model, ["<|endoftext|>"]) == []


def test_prompts_of_many_words_have_one_of_a_few_lengths(model: WhisperModel) -> None:
    patients = [["Qarovat", "Ostrander", "Vienna"][:count] for count in range(4)]
    lengths = {len(model.hotwords([*patient, *("knee Maria aspirin " * 11).split()])) for patient in patients}
    assert lengths <= {64, 96}
    lengths = {len(model.hotwords([*patient, *(f"Q{number:03}r" for number in range(100))])) for patient in patients}
    assert lengths == {192}


def test_a_word_that_is_spelt_as_a_special_token_is_none(whisper: Whisper) -> None:
    pcm = say(aloud("I saw Catherine Smith on Monday."), "rms").pcm
    plain, special = whisper.recognise(
        [Utterance(pcm, "en", ("Katherine",)), Utterance(pcm, "en", ("<|startoftranscript|>", "Katherine"))]
    )
    assert "Katherine Smith" in text_of(plain)
    assert special == plain


def test_a_text_that_is_said_again_at_a_temperature_is_said_with_the_hint(model: WhisperModel) -> None:
    encoded = model.encode([model.features(say(aloud("I saw Catherine Smith on Monday."), "rms").pcm)])
    for count in (1, 5):
        prompt = model.prompt("en", model.hotwords(["Katherine", "Smyth"] * count))
        (first,) = model.say(encoded, [prompt])
        again = model.say_by_dice(encoded, prompt, first, 0.1, np.random.default_rng(1))
        assert again.text == "I saw Katherine Smyth on Monday."


@pytest.mark.parametrize("kind", ["music", "silence", "noise"])
def test_nothing_is_heard_where_nobody_speaks(kind: str, whisper: Whisper) -> None:
    noise = np.random.default_rng(5).normal(0, 2000, 20 * RATE).astype(np.int16)
    pcm = {"music": music(20.0), "silence": np.zeros(20 * RATE, np.int16), "noise": noise}[kind]
    assert recognise_one(whisper, pcm, "en").words == ()


def test_the_language_is_found(whisper: Whisper, spoken: list[Example]) -> None:
    assert {recognise_one(whisper, example.pcm, None).language for example in spoken[:4]} == {"en"}


def test_what_is_doubted_among_others_is_tried_again_only_alone(whisper: Whisper) -> None:
    (window,) = voiced_windows(1)
    lost = Utterance(repeated(window), "en")
    doubted, heard = whisper.recognise([lost, Utterance(window, "en")])
    assert doubted == Doubted()
    assert heard == recognise_one(whisper, window, "en")
    assert isinstance(whisper.recognise([lost])[0], Recognition)


@pytest.mark.parametrize(("precision", "threads"), [("int8", 1), ("int8", 2), ("int8", 4), ("float32", 2)])
def test_what_is_heard_together_is_to_the_last_digit_what_is_heard_alone(
    precision: str, threads: int, spoken: list[Example]
) -> None:
    whisper = Whisper(FOLDER, label="small", device="cpu", compute_type=precision, threads=threads)
    asked = [Utterance(example.pcm, "en") for example in sorted(spoken, key=lambda each: len(each.pcm))[::6]][:8]
    assert whisper.recognise(asked) == [whisper.recognise([each])[0] for each in asked]
