"""A whole clinic with its pages, and speech for a browser's microphone."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest
import pytest_asyncio

from hearken.dialogue import DIALOGUE
from tests.e2e.browser.recorder_page import write_wav
from tests.installation import ROOT, Installation, Node, Part, own_installation
from tests.sound import RATE, Pcm, say


@pytest.fixture(scope="session")
def speech(tmp_path_factory: pytest.TempPathFactory) -> Pcm:
    """A conversation of two, a bit more than a minute long."""
    folder = tmp_path_factory.mktemp("speech")
    pause = np.zeros(round(0.6 * RATE), dtype=np.int16)
    return np.concatenate([piece for turn in DIALOGUE for piece in (say(turn.text, folder, voice=turn.voice), pause)])


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def clinic(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Installation]:
    assert (ROOT / "web_client" / "dist" / "index.html").exists(), "the pages are not built: make test builds them"
    async with own_installation(tmp_path_factory.mktemp("clinic")) as installation:
        yield installation


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def node(clinic: Installation) -> Node:
    return await clinic.start_node()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def worker(clinic: Installation) -> Part:
    return await clinic.start_worker()


@pytest.fixture
def microphone(speech: Pcm, tmp_path: Path) -> Path:
    return write_wav(tmp_path / "microphone.wav", speech)
