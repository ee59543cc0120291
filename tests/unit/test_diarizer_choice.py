"""What tells voices apart, and what people are told about it."""

from __future__ import annotations

from pathlib import Path

import pytest

from chunk_workers.speakers.choice import DiarizerSettings, choose
from chunk_workers.speakers.process import DiarizerProcess
from session_core.errors import EngineUnavailable

NAME = "resemblyzer 0.1.4"


@pytest.fixture(autouse=True)
def empty_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No pipeline of the machine that runs the tests is seen."""
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))


def installed(monkeypatch: pytest.MonkeyPatch, here: bool) -> None:
    monkeypatch.setattr("chunk_workers.speakers.choice.is_installed", lambda: here)


def test_auto_takes_d_vectors_where_pyannote_is_not_installed_and_says_how_to_get_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    installed(monkeypatch, False)
    choice = choose(DiarizerSettings(model=str(tmp_path)))
    assert choice.diarizer.name == NAME
    assert choice.notice.startswith(NAME)
    assert "requirements-pyannote.lock" in choice.notice


def test_auto_takes_d_vectors_where_no_pipeline_is_present(monkeypatch: pytest.MonkeyPatch) -> None:
    installed(monkeypatch, True)
    choice = choose(DiarizerSettings())
    assert choice.diarizer.name == NAME
    assert "HEARKEN_ALLOW_DOWNLOAD=true" in choice.notice


def test_d_vectors_run_where_they_are_asked_for(tmp_path: Path) -> None:
    choice = choose(DiarizerSettings(diarizer="dvector", model=str(tmp_path)))
    assert (choice.diarizer.name, choice.notice) == (NAME, f"{NAME} tells voices apart, as set")


def test_pyannote_asked_for_and_not_installed_says_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    installed(monkeypatch, False)
    with pytest.raises(EngineUnavailable, match=r"requirements-pyannote\.lock"):
        choose(DiarizerSettings(diarizer="pyannote", model=str(tmp_path)))


@pytest.mark.parametrize(
    ("model", "says"),
    [
        (None, "nothing is downloaded unless asked"),
        ("somebody/some-pipeline", "nothing is downloaded unless asked"),
        ("some-pipeline", "neither a folder"),
        ("/no/such/folder", "HEARKEN_DIARIZER_MODEL names does not exist"),
        ("./no-such-folder", "HEARKEN_DIARIZER_MODEL names does not exist"),
        (".", "lacks config.yaml"),
    ],
)
def test_a_pipeline_that_is_not_there_says_what_to_do(
    model: str | None, says: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    installed(monkeypatch, True)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(EngineUnavailable, match=says):
        choose(DiarizerSettings(diarizer="pyannote", model=model))


async def test_the_process_says_which_runs_and_why() -> None:
    process = DiarizerProcess(DiarizerSettings(diarizer="dvector", niceness=0))
    assert (process.running, process.notice) == (None, None)
    try:
        await process.start()
        assert (process.running, process.notice) == (NAME, f"{NAME} tells voices apart, as set")
        assert await process.grid() is None
    finally:
        await process.aclose()
