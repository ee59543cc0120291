"""The built pages, and speech for a browser's microphone."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from hearken.dialogue import DIALOGUE
from tests.e2e.browser.recorder_page import write_wav
from tests.installation import ROOT
from tests.sound import RATE, Pcm, say


@pytest.fixture(scope="session")
def speech(tmp_path_factory: pytest.TempPathFactory) -> Pcm:
    """A conversation of two, a bit more than a minute long."""
    folder = tmp_path_factory.mktemp("speech")
    pause = np.zeros(round(0.6 * RATE), dtype=np.int16)
    return np.concatenate([piece for turn in DIALOGUE for piece in (say(turn.text, folder, voice=turn.voice), pause)])


@pytest.fixture(scope="session", autouse=True)
def pages() -> None:
    assert (ROOT / "web_client" / "dist" / "index.html").exists(), "the pages are not built: make test builds them"


@pytest.fixture
def microphone(speech: Pcm, tmp_path: Path) -> Path:
    return write_wav(tmp_path / "microphone.wav", speech)
