"""A browser of which a part was stopped: what it did not hear is declared, never stored as silence."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import numpy as np
import psutil
import pytest

from tests.e2e.browser.recorder_page import processes_of, recorder, write_wav
from tests.e2e.browser.stored_audio import CLOCK_S, StoredChunk, holes, kept, unexplained
from tests.installation import Installation, Node
from tests.sound import RATE, Pcm

pytestmark = pytest.mark.asyncio(loop_scope="module")

FROZEN_S = 4.0
STOPPED_S = 0.7
BUFFERED_S = 1.0
"""What browser and page hold of the sound around the moment when they stop and go on."""


PAGES, AUDIO = "--type=renderer", "--utility-sub-type=audio.mojom.AudioService"


def runs(part: str, process: psutil.Process) -> bool:
    """Not one that has ended since it was listed."""
    with suppress(psutil.NoSuchProcess):
        return part in process.cmdline()
    return False


NEAR_S = 2.0
"""How near to the hole silence is looked for that was not heard."""

SILENCE_S = 0.02

NOISE = 300
"""The root mean square of what this microphone hears when nobody speaks, so that silence is known not to be heard."""


@asynccontextmanager
async def frozen(profile: Path, part: str) -> AsyncIterator[None]:
    """SIGSTOP to the processes that a browser's pages run in, with their audio threads, or to the one that stands for
    the sound card, and SIGCONT at the end."""
    found = [process for process in processes_of(profile) if runs(part, process)]
    assert found
    for process in found:
        process.suspend()
    try:
        yield
    finally:
        for process in found:
            process.resume()


def silences(chunks: Sequence[StoredChunk], gaps: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Stretches of silence of at least ``SILENCE_S`` within ``NEAR_S`` of a hole, by their first sample and length."""
    found = []
    for chunk in chunks:
        silent = np.concatenate(([0], np.abs(chunk.pcm[: chunk.sample_count]) < NOISE / 8, [0])).astype(np.int8)
        begins, ends = np.flatnonzero(np.diff(silent) == 1), np.flatnonzero(np.diff(silent) == -1)
        for begin, end in zip(chunk.first_sample + begins, chunk.first_sample + ends, strict=True):
            near = any(begin < gap_to + NEAR_S * RATE and end > gap_from - NEAR_S * RATE for gap_from, gap_to in gaps)
            if near and end - begin >= SILENCE_S * RATE:
                found.append((int(begin), int(end - begin)))
    return found


async def test_a_frozen_tab_declares_what_it_did_not_hear(
    clinic: Installation, node: Node, speech: Pcm, tmp_path: Path
) -> None:
    noise = np.random.default_rng(1).normal(0, NOISE, len(speech))
    heard = np.clip(speech + noise, -32_767, 32_767).astype(np.int16)
    microphone = write_wav(tmp_path / "microphone.wav", heard)
    async with recorder(clinic, node.url, tmp_path / "profile", microphone) as page:
        await page.start()
        await page.until_seconds("recorded", 5)
        recorded = await page.seconds("recorded")
        async with frozen(tmp_path / "profile", PAGES):
            await asyncio.sleep(FROZEN_S)  # how long it is frozen, not a wait for anything
        await page.until_recording()
        await page.until_seconds("safe", recorded + 10)
        chunks = await kept(clinic, await page.stop(), heard)
        gaps = holes(chunks)
        assert all(gap_from >= recorded * RATE for gap_from, _gap_to in gaps)
        missing_s = sum(gap_to - gap_from for gap_from, gap_to in gaps) / RATE
        assert FROZEN_S - BUFFERED_S < missing_s < FROZEN_S + BUFFERED_S
        assert [chunk.seq for chunk in chunks if not np.any(chunk.pcm)] == []
        assert silences(chunks, gaps) == []


async def test_what_is_declared_where_the_sound_card_stopped_is_as_long_as_a_witness_saw_it(
    clinic: Installation, node: Node, microphone: Path, speech: Pcm, tmp_path: Path
) -> None:
    async with recorder(clinic, node.url, tmp_path / "profile", microphone) as page:
        await page.start()
        await page.until_seconds("recorded", 5)
        recorded = await page.seconds("recorded")
        async with frozen(tmp_path / "profile", AUDIO):
            await asyncio.sleep(STOPPED_S)  # how long it stands, not a wait for anything
        await page.until_seconds("safe", recorded + 10)
        chunks = await kept(clinic, await page.stop(), speech)
        missing_s = sum(gap_to - gap_from for gap_from, gap_to in holes(chunks)) / RATE
        assert missing_s >= STOPPED_S - CLOCK_S
        assert missing_s == pytest.approx(page.stood_still_s, abs=CLOCK_S)
        assert unexplained(chunks, page.stood_still_s) == []
        assert unexplained(chunks, missing_s - 2 * CLOCK_S) == holes(chunks)
