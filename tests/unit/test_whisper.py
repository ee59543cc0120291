"""The Whisper adapter: what it asks of a model's folder, and the gates between model and words."""

from __future__ import annotations

import json
import socket
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ctranslate2 import DataType, StorageView
from numpy.typing import NDArray

from chunk_workers.engines import whisper
from chunk_workers.engines.whisper import Whisper, best_at_once, side_by_side, spoken_words
from chunk_workers.engines.whisper_folder import missing_files
from chunk_workers.engines.whisper_model import Encoded, TimedWord, WhisperModel
from chunk_workers.recognition import Utterance, recognise_one
from session_core.errors import EngineUnavailable
from session_core.segment import Word
from tests.sound import RATE, Pcm, say
from tests.whisper_folder import LANGUAGES, write_whisper_folder

ON_CPU = {"device": "cpu", "compute_type": "int8"}


def load(folder: Path, *, device: str = "cpu", compute_type: str = "auto") -> Whisper:
    return Whisper(folder, label="random", device=device, compute_type=compute_type)


def test_a_model_that_repeats_itself_is_not_believed(tmp_path: Path) -> None:
    stuck = load(write_whisper_folder(tmp_path / "model", stuck=True))
    assert recognise_one(stuck, say("good morning", tmp_path), "en").words == ()


def test_a_model_of_so_many_tokens_says_them_without_a_second_try(tmp_path: Path) -> None:
    """What the bench compares times on."""
    whisper = load(write_whisper_folder(tmp_path / "model", tokens=20))
    loud = say("good morning", tmp_path)
    one, other = (recognise_one(whisper, pcm, "en").words for pcm in (loud, loud // 8))
    assert len({word.text for word in one}) == len(one) == len(other) == 20


def test_a_local_folder_needs_no_network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("the network was reached for")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    loaded = load(write_whisper_folder(tmp_path))
    assert recognise_one(loaded, say("good morning", tmp_path), None).language in LANGUAGES


def test_name_and_languages_are_those_of_the_model(tmp_path: Path) -> None:
    loaded = load(write_whisper_folder(tmp_path))
    assert loaded.name == "whisper random int8"
    assert loaded.languages == frozenset(LANGUAGES)


@pytest.mark.parametrize(
    ("shares", "counts"),
    [(1, [8, 8, 4, 2, 2]), (2, [8, 8, 8, 4, 2]), (4, [8, 8, 8, 8, 4]), (8, [8, 8, 8, 8, 8])],
)
def test_the_slower_a_processor_hears_the_fewer_wait_for_one_another(shares: int, counts: list[int]) -> None:
    assert [best_at_once(encoding_s, shares) for encoding_s in (0.0, 0.2, 0.5, 1.0, 30.0)] == counts


@pytest.mark.parametrize(("threads", "shares"), [(1, 1), (2, 2), (3, 2), (4, 2), (8, 4), (16, 4), (64, 8)])
def test_threads_are_parted_between_what_is_heard_side_by_side(threads: int, shares: int) -> None:
    assert side_by_side(threads) == shares


def test_two_windows_of_a_batch_are_heard_at_one_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[dict[str, object]] = []

    def loaded(folder: Path, **given: Any) -> WhisperModel:
        made.append(given)
        return WhisperModel(folder, **given)

    monkeypatch.setattr(whisper, "WhisperModel", loaded)
    engine = Whisper(write_whisper_folder(tmp_path), label="random", device="cpu", compute_type="int8", threads=4)
    assert [(given["callers"], given["threads"]) for given in made] == [(2, 2)]
    both, features = threading.Barrier(2), WhisperModel.features

    def meet(model: WhisperModel, pcm: Pcm) -> NDArray[np.float32]:
        both.wait(timeout=30)
        return features(model, pcm)

    monkeypatch.setattr(WhisperModel, "features", meet)
    assert len(engine.recognise([Utterance(np.full(RATE, level, np.int16), "en") for level in (1, 2)])) == 2


def test_a_window_that_fails_among_others_fails_their_batch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whisper = Whisper(write_whisper_folder(tmp_path), label="random", device="cpu", compute_type="int8", threads=2)
    quiet, loud = (np.full(RATE, level, np.int16) for level in (1, 2))
    features = WhisperModel.features

    def fail(model: WhisperModel, pcm: Pcm) -> NDArray[np.float32]:
        if pcm[0] == 2:
            raise RuntimeError("out of memory")
        return features(model, pcm)

    monkeypatch.setattr(WhisperModel, "features", fail)
    whisper.recognise([Utterance(quiet, "en")] * 2)
    for batch in ([quiet, loud], [loud, quiet]):
        with pytest.raises(RuntimeError, match="out of memory"):
            whisper.recognise([Utterance(pcm, "en") for pcm in batch])


@pytest.mark.parametrize("name", ["config.json", "model.bin", "tokenizer.json", "vocabulary.json"])
def test_a_missing_file_is_named(name: str, tmp_path: Path) -> None:
    (write_whisper_folder(tmp_path) / name).unlink()
    assert missing_files(tmp_path) == [name]
    with pytest.raises(EngineUnavailable, match=name):
        load(tmp_path)


def test_an_older_models_vocabulary_and_default_features_will_do(tmp_path: Path) -> None:
    write_whisper_folder(tmp_path)
    tokens = json.loads((tmp_path / "vocabulary.json").read_text())
    (tmp_path / "vocabulary.json").unlink()
    (tmp_path / "vocabulary.txt").write_text("\n".join(tokens) + "\n")
    (tmp_path / "preprocessor_config.json").unlink()
    assert missing_files(tmp_path) == []
    load(tmp_path)


def test_a_model_of_128_mel_bands_without_its_feature_settings_is_refused(tmp_path: Path) -> None:
    write_whisper_folder(tmp_path, mels=128)
    load(tmp_path)
    (tmp_path / "preprocessor_config.json").unlink()
    with pytest.raises(EngineUnavailable, match=r"preprocessor_config\.json"):
        load(tmp_path)


@pytest.mark.parametrize("name", ["config.json", "model.bin", "tokenizer.json"])
def test_a_damaged_file_is_refused(name: str, tmp_path: Path) -> None:
    path = write_whisper_folder(tmp_path) / name
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(EngineUnavailable, match="damaged"):
        load(tmp_path)


def test_a_model_that_loads_and_cannot_hear_is_told_at_the_start(tmp_path: Path) -> None:
    config = write_whisper_folder(tmp_path) / "config.json"
    config.write_text(json.dumps(json.loads(config.read_bytes()) | {"suppress_ids": "none"}))
    with pytest.raises(EngineUnavailable, match=r"was loaded and cannot hear \(RuntimeError\), so a file of it"):
        load(tmp_path)


def test_a_compute_type_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EngineUnavailable, match="compute type"):
        load(write_whisper_folder(tmp_path), compute_type="int3")


def test_words_lie_one_after_the_other_inside_the_audio() -> None:
    heard = [TimedWord(" one", 0.5, 0.9, 0.5), TimedWord(" two,", 0.8, 1.8, 0.5), TimedWord(" three", 1.9, 2.6, 0.5)]
    assert spoken_words(heard, 2_000) == (
        Word("one", 500, 800, 0.5),
        Word("two,", 800, 1_800, 0.5),
        Word("three", 1_900, 2_000, 0.5),
    )


def test_words_that_are_given_one_moment_share_it_out() -> None:
    heard = [TimedWord(text, 1.5, 1.5, 0.5) for text in (" 15", " mg", " a")] + [TimedWord(" day.", 1.5, 1.9, 0.5)]
    assert [(word.text, word.start_ms, word.end_ms) for word in spoken_words(heard, 2_000)] == [
        ("15", 1_500, 1_520),
        ("mg", 1_520, 1_540),
        ("a", 1_540, 1_560),
        ("day.", 1_560, 1_900),
    ]


def test_words_at_the_very_end_find_room_before_it() -> None:
    heard = [TimedWord(" in", 1.2, 1.99, 0.5), TimedWord(" 2014", 2.0, 2.0, 0.5), TimedWord(".", 2.0, 2.0, 0.5)]
    assert [(word.start_ms, word.end_ms) for word in spoken_words(heard, 2_000)] == [
        (1_200, 1_960),
        (1_960, 1_980),
        (1_980, 2_000),
    ]


@pytest.mark.parametrize("precision", ["float32", "float16", "bfloat16"])
def test_utterances_are_taken_out_of_a_batch_of_any_precision(precision: str) -> None:
    values = np.arange(12, dtype=np.float32).reshape(3, 2, 2)
    encoded = Encoded(StorageView.from_array(values).to(getattr(DataType, precision)))
    taken = encoded.rows([2, 0]).features.to(DataType.float32)
    assert np.array_equal(np.asarray(taken), values[[2, 0]])


def test_a_gpu_that_loads_a_model_and_cannot_compute_is_told_at_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def compute(*_: object) -> Encoded:
        raise RuntimeError("Library libcublas.so.12 is not found or cannot be loaded")

    monkeypatch.setattr(whisper, "usable_device", lambda _: ("cuda", 1))
    monkeypatch.setattr(whisper, "WhisperModel", lambda folder, **given: WhisperModel(folder, **given | ON_CPU))
    monkeypatch.setattr(WhisperModel, "encode", compute)
    with pytest.raises(EngineUnavailable, match="the GPU cannot run the Whisper model: install cuBLAS"):
        load(write_whisper_folder(tmp_path))
