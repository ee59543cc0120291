"""A tab whose processes were stopped for seconds: what it did not hear is declared, never stored as silence."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import numpy as np
import psutil
import pytest

from tests.e2e.browser.recorder_page import recorder
from tests.e2e.browser.stored_audio import holes, kept
from tests.installation import Installation, Node
from tests.sound import RATE, Pcm

pytestmark = pytest.mark.asyncio(loop_scope="module")

FROZEN_S = 4.0
BUFFERED_S = 1.0
"""What browser and page hold of the sound around the moment when they stop and go on."""


@asynccontextmanager
async def frozen(profile: Path) -> AsyncIterator[None]:
    """SIGSTOP to the processes that a browser's pages run in, with their audio threads, and SIGCONT at the end."""
    marker = f"--user-data-dir={profile}"
    roots = [each for each in psutil.process_iter(["cmdline"]) if marker in (each.info["cmdline"] or ())]
    family = {process for root in roots for process in root.children(recursive=True)}
    pages = [process for process in family if "--type=renderer" in process.cmdline()]
    for process in pages:
        process.suspend()
    try:
        yield
    finally:
        for process in pages:
            process.resume()


async def test_a_frozen_tab_declares_what_it_did_not_hear(
    clinic: Installation, node: Node, microphone: Path, speech: Pcm, tmp_path: Path
) -> None:
    async with recorder(clinic, node.url, tmp_path / "profile", microphone) as page:
        await page.start()
        await page.until_seconds("recorded", 5)
        recorded = await page.seconds("recorded")
        async with frozen(tmp_path / "profile"):
            await asyncio.sleep(FROZEN_S)  # how long it is frozen, not a wait for anything
        await page.until_recording()
        await page.until_seconds("safe", recorded + 10)
        chunks = await kept(clinic, await page.stop(), speech)
        gaps = holes(chunks)
        assert all(gap_from >= recorded * RATE for gap_from, _gap_to in gaps)
        missing_s = sum(gap_to - gap_from for gap_from, gap_to in gaps) / RATE
        assert FROZEN_S - BUFFERED_S < missing_s < FROZEN_S + BUFFERED_S
        assert [chunk.seq for chunk in chunks if not np.any(chunk.pcm)] == []
