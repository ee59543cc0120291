"""Which engine runs, and what people are told about it."""

from __future__ import annotations

import re
import socket
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path

import ctranslate2
import pytest

from chunk_workers.engines.choice import EngineSettings, awaited, choose, foretell
from chunk_workers.recogniser_host import HostedRecogniser
from session_core.errors import EngineUnavailable
from tests.sound import say
from tests.whisper_folder import LANGUAGES, write_whisper_folder


@pytest.fixture(autouse=True)
def empty_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No model of the machine that runs the tests is seen."""
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))


def test_auto_takes_whisper_where_a_model_is_present(tmp_path: Path) -> None:
    choice = choose(EngineSettings(whisper_model=str(write_whisper_folder(tmp_path / "mine"))))
    assert choice.recognizer.name.startswith("whisper mine")
    assert choice.recognizer.name in choice.notice


def test_auto_takes_pocketsphinx_where_none_is_and_says_how_to_get_it() -> None:
    choice = choose(EngineSettings())
    assert choice.recognizer.name == "pocketsphinx en-us"
    assert "HEARKEN_ALLOW_DOWNLOAD=true" in choice.notice
    assert "HEARKEN_WHISPER_MODEL" in choice.notice
    assert "the Whisper model small is not on this machine" in choice.notice


def without_model(folder: Path) -> None:
    (folder / "model.bin").unlink()


def broken_off(folder: Path) -> None:
    content = (folder / "model.bin").read_bytes()
    (folder / "model.bin").write_bytes(content[: len(content) // 2])


def of_another_kind(folder: Path) -> None:
    content = (folder / "model.bin").read_bytes()
    (folder / "model.bin").write_bytes(content.replace(b"WhisperSpec", b"Wav2Vec2Spe", 1))


@pytest.mark.parametrize(
    ("spoil", "device", "says"),
    [
        (without_model, "auto", "lacks model.bin"),
        (broken_off, "auto", "model.bin is damaged"),
        (of_another_kind, "auto", "another kind of CTranslate2 model"),
        (lambda _: None, "cuda", "no GPU that CUDA can use was found: install its driver, or set HEARKEN_DEVICE=cpu"),
    ],
)
def test_with_auto_pocketsphinx_serves_meanwhile_and_what_is_wrong_was_foretold(
    spoil: Callable[[Path], None], device: str, says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ctranslate2, "get_cuda_device_count", lambda: 0)
    spoil(write_whisper_folder(tmp_path))
    settings = EngineSettings(whisper_model=str(tmp_path), device=device)
    choice = choose(settings)
    assert choice.recognizer.name == "pocketsphinx en-us"
    assert says in choice.notice
    assert str(tmp_path) not in choice.notice
    assert says in foretell(settings)
    with pytest.raises(EngineUnavailable, match=re.escape(says)):
        choose(replace(settings, engine="whisper"))
    assert says in foretell(replace(settings, engine="whisper"))


def test_a_download_that_broke_off_is_told_from_one_that_never_was(tmp_path: Path) -> None:
    blobs = tmp_path / "hub" / "models--Systran--faster-whisper-small" / "blobs"
    blobs.mkdir(parents=True)
    (blobs / f"{'0' * 64}.incomplete").write_bytes(b"some")
    with pytest.raises(EngineUnavailable, match=r"in part only.*`hearken models pull small`"):
        choose(EngineSettings(engine="whisper"))


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        (EngineSettings(allow_download=True), "small"),
        (
            EngineSettings(engine="whisper", whisper_model="somebody/some-model", allow_download=True),
            "somebody/some-model",
        ),
        (EngineSettings(whisper_model="small"), None),
        (EngineSettings(engine="pocketsphinx", allow_download=True), None),
        (EngineSettings(whisper_model="no-such-size", allow_download=True), None),
        (EngineSettings(whisper_model="/no/such/folder", allow_download=True), None),
        (EngineSettings(device="cuda", allow_download=True), None),
    ],
)
def test_what_is_missing_is_awaited_where_it_may_be_downloaded_and_could_run(
    settings: EngineSettings, named: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ctranslate2, "get_cuda_device_count", lambda: 0)
    assert awaited(settings) == named


def test_what_is_here_is_not_awaited(tmp_path: Path) -> None:
    folder = write_whisper_folder(tmp_path / "mine")
    assert awaited(EngineSettings(whisper_model=str(folder), allow_download=True)) is None
    here = tmp_path / "hub" / "models--Systran--faster-whisper-small"
    (here / "refs").mkdir(parents=True)
    (here / "refs" / "main").write_text("1")
    (here / "snapshots").mkdir()
    folder.rename(here / "snapshots" / "1")
    assert awaited(EngineSettings(allow_download=True)) is None


def test_a_gpu_that_is_not_there_is_told_before_a_model_that_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ctranslate2, "get_cuda_device_count", lambda: 0)
    with pytest.raises(EngineUnavailable, match="no GPU that CUDA can use was found"):
        choose(EngineSettings(engine="whisper", device="cuda", allow_download=True))


def test_with_auto_pocketsphinx_hears_what_is_said_before_the_model_is_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ctranslate2, "get_cuda_device_count", lambda: 0)
    settings = EngineSettings(allow_download=True)
    assert choose(settings).notice == (
        "pocketsphinx en-us runs; Whisper hears much better and does not run here: the Whisper model small is not on "
        "this machine"
    )
    assert foretell(settings) == "pocketsphinx would run until whisper small is downloaded, then that on cpu"
    assert foretell(replace(settings, engine="whisper")) == "whisper small would be downloaded and run on cpu, as set"


def test_a_worker_hears_with_a_folder_and_no_network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not even where it may download."""
    speech = say("good morning", tmp_path)

    def refuse(*_: object) -> None:
        raise AssertionError("the network was reached for")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    folder = write_whisper_folder(tmp_path / "mine")
    settings = EngineSettings(engine="whisper", whisper_model=str(folder), allow_download=True)
    hosted = HostedRecogniser(asdict(settings))
    assert hosted.greeting["notice"] == "whisper mine int8 runs, as set"
    asked = {"samples": len(speech), "language": None, "hotwords": ()}
    answer, _ = hosted.answer({"utterances": [asked]}, speech.tobytes())
    assert answer["heard"][0]["language"] in LANGUAGES


def test_pocketsphinx_runs_where_it_is_asked_for(tmp_path: Path) -> None:
    model = str(write_whisper_folder(tmp_path))
    assert choose(EngineSettings(engine="pocketsphinx", whisper_model=model)).recognizer.name == "pocketsphinx en-us"


@pytest.mark.parametrize(
    ("model", "says"),
    [
        (None, "model small is not on this machine.*HEARKEN_ALLOW_DOWNLOAD=true"),
        ("small", "model small is not on this machine.*HEARKEN_ALLOW_DOWNLOAD=true"),
        ("somebody/some-model", "HEARKEN_ALLOW_DOWNLOAD=true"),
        ("no-such-size", "large-v3"),
        ("my models/small", "no Whisper model is called my models/small: name a folder"),
        ("/no/such/folder", "does not exist"),
        ("./no-such-folder", "does not exist"),
    ],
)
def test_whisper_asked_for_and_absent_says_what_to_do(model: str | None, says: str) -> None:
    with pytest.raises(EngineUnavailable, match=says):
        choose(EngineSettings(engine="whisper", whisper_model=model))
