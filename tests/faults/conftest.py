"""What kill tests share: a Postgres and a Redis for each module, and a minute of speech."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest
import pytest_asyncio

from hearken.embedded import Services, embedded_services
from tests.checker import log_final_writes
from tests.clients import Chunk, chunks_of
from tests.faults.scene import QUICK
from tests.installation import Installation, installation_on
from tests.sound import RATE, say

TURNS = (
    ("slt", "Good morning. Please sit down. How have you been since the last time we met?"),
    ("rms", "Good morning, doctor. I have been better, but I am still very tired."),
    ("slt", "I am sorry to hear that. How many hours do you sleep at night?"),
    ("rms", "I go to bed at ten. I wake up at three in the morning, and then I can not sleep again."),
    ("slt", "What do you think about when you are awake?"),
    ("rms", "I think about my work. There is too much to do, and I am afraid of making a mistake."),
)
CHUNK_S = 2.5


@pytest.fixture(scope="session")
def chunks(tmp_path_factory: pytest.TempPathFactory) -> list[Chunk]:
    """A conversation of two, in pieces of 2.5 s."""
    folder = tmp_path_factory.mktemp("speech")
    pause = np.zeros(round(0.6 * RATE), dtype=np.int16)
    spoken = [piece for voice, text in TURNS for piece in (say(text, folder, voice=voice), pause)]
    return chunks_of(np.concatenate(spoken), CHUNK_S)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def services(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Services]:
    async with embedded_services(tmp_path_factory.mktemp("services")) as running:
        yield running


@pytest_asyncio.fixture(loop_scope="module")
async def installation(services: Services, tmp_path: Path) -> AsyncIterator[Installation]:
    """An empty installation that works fast and notes every final transcription."""
    async with installation_on(services, tmp_path, **QUICK) as made:
        await log_final_writes(made)
        yield made
