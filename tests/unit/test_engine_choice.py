"""Which engine runs, and what people are told about it."""

from __future__ import annotations

from pathlib import Path

import ctranslate2
import pytest

from chunk_workers.engines.choice import EngineSettings, choose
from session_core.errors import EngineUnavailable
from tests.whisper_folder import write_whisper_folder


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


def test_auto_serves_with_pocketsphinx_where_the_model_is_broken_and_says_what_is_wrong(tmp_path: Path) -> None:
    (write_whisper_folder(tmp_path) / "model.bin").unlink()
    choice = choose(EngineSettings(whisper_model=str(tmp_path)))
    assert choice.recognizer.name == "pocketsphinx en-us"
    assert "model.bin" in choice.notice


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
        ("/no/such/folder", "does not exist"),
        ("./no-such-folder", "does not exist"),
    ],
)
def test_whisper_asked_for_and_absent_says_what_to_do(model: str | None, says: str) -> None:
    with pytest.raises(EngineUnavailable, match=says):
        choose(EngineSettings(engine="whisper", whisper_model=model))


def test_a_gpu_asked_for_and_absent_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ctranslate2, "get_cuda_device_count", lambda: 0)
    model = str(write_whisper_folder(tmp_path))
    with pytest.raises(EngineUnavailable, match="GPU"):
        choose(EngineSettings(engine="whisper", whisper_model=model, device="cuda"))
