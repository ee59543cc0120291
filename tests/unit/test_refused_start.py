"""A session that the server refused to begin leaves nothing behind that the next call would stumble over."""

from __future__ import annotations

import argparse
from pathlib import Path

import pytest

from hearken.answer import Refusal
from hearken.outbox import Manifest, open_outbox
from hearken.recorder import Outcome
from hearken.stream import register, tidy

REFUSED = Outcome(
    session_id=None,
    state=None,
    chunks=0,
    refused={},
    failure=Refusal("invalid", "missing or wrong: language", retryable=False),
    damaged=False,
    recorded_ms=8000,
    stored_ms=0,
    transcribed_ms=0,
    holes=(),
    failed_windows=0,
    transcript="",
    stop_to_ready_s=0.0,
)


@pytest.mark.parametrize("begun", [None, "s"])
def test_what_was_mistyped_is_not_asked_for_again_with_the_same_file(begun: str | None, tmp_path: Path) -> None:
    """Of a session that has begun everything is kept."""
    outbox = open_outbox(tmp_path, Manifest(source="aa", codec="flac", chunk_samples=100, language="klingon"))
    outbox.add(0, 0, 100, b"audio")
    outbox.remember(session_id=begun)
    tidy(outbox, REFUSED)
    outbox.close()
    again = open_outbox(tmp_path, Manifest(source="aa", codec="flac", chunk_samples=100, language="en"))
    assert again.manifest.language == ("en" if begun is None else "klingon")
    assert again.next_seq() == (0 if begun is None else 1)
    again.close()


@pytest.mark.parametrize(("language", "taken"), [("en", True), ("pt-BR", True), ("klingon", False), ("", False)])
def test_a_mistyped_language_is_told_before_anything_is_recorded(
    language: str, taken: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    parser = argparse.ArgumentParser()
    register(parser.add_subparsers())
    asked = ["stream", "talk.wav", "--language", language]
    if taken:
        assert parser.parse_args(asked).language == language
        return
    with pytest.raises(SystemExit) as ended:
        parser.parse_args(asked)
    assert ended.value.code == 2
    assert "--language: must be a language tag, such as en or pt-BR" in capsys.readouterr().err
