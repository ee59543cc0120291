"""A recording that another tab takes over: nothing that was heard is lost, and what lies between is a declared hole."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.e2e.browser.recorder_page import RecorderPage, recorder
from tests.e2e.browser.stored_audio import holes, kept
from tests.installation import Installation, Node, until
from tests.sound import RATE, Pcm

pytestmark = pytest.mark.asyncio(loop_scope="module")

FROZEN_S = 6.0
TAKEN_AFTER_S = 2.0
"""How long a tab that takes over waits for one that does not answer."""


async def piece_under_way(page: RecorderPage) -> int:
    """Seconds on the clock of a recording, the last two of which are not put away yet: most of a piece is to come."""
    heard = 0

    async def begun() -> bool:
        nonlocal heard
        heard = await page.captured()
        return heard - await page.seconds("recorded") == 2

    await until(begun)
    return heard


async def other_tab(page: RecorderPage, url: str) -> RecorderPage:
    """Another tab of the same browser, on the list of sessions."""
    other = RecorderPage(await page.page.context.new_page(), url)
    await other.open()
    await other.page.get_by_text("Another tab is recording").wait_for()
    return other


async def test_the_tab_that_a_recording_is_taken_from_puts_its_last_piece_away(
    clinic: Installation, node: Node, microphone: Path, speech: Pcm, tmp_path: Path
) -> None:
    async with recorder(clinic, node.url, tmp_path / "profile", microphone) as page:
        await page.start()
        await page.until_seconds("recorded", 5)
        other = await other_tab(page, node.url)
        clock = asyncio.get_running_loop().time
        heard = await piece_under_way(page)
        asked_at = clock()
        await other.page.get_by_role("button", name="Record it here").click()
        await other.until_recording()
        away = clock() - asked_at
        assert "Everything shown as recorded is kept." in await page.told("Another tab goes on with this recording")
        recorded = await page.seconds("recorded")
        assert recorded == await page.captured()
        assert recorded >= heard
        await other.until_seconds("recorded", recorded + 5)
        chunks = await kept(clinic, await other.stop(), speech)
        ((gap_from, gap_to),) = holes(chunks)
        assert gap_from // RATE == recorded
        assert max(0.0, away - 1) * RATE < gap_to - gap_from < (away + 1) * RATE


async def test_a_recording_is_taken_from_a_tab_that_does_not_answer(
    clinic: Installation, node: Node, microphone: Path, speech: Pcm, tmp_path: Path
) -> None:
    async with recorder(clinic, node.url, tmp_path / "profile", microphone) as page:
        await page.start()
        await page.until_seconds("recorded", 5)
        other = await other_tab(page, node.url)
        heard = await piece_under_way(page)
        recorded = await page.seconds("recorded")
        clock = asyncio.get_running_loop().time
        busy = f"const end = performance.now() + {FROZEN_S * 1000}; while (performance.now() < end);"
        frozen = asyncio.create_task(page.page.evaluate(busy))
        asked_at = clock()
        await other.page.get_by_role("button", name="Record it here").click()
        await other.until_recording()
        away = clock() - asked_at
        assert TAKEN_AFTER_S <= away < FROZEN_S
        await frozen
        await page.told("Another tab goes on with this recording")
        assert await page.seconds("recorded") == recorded
        await other.until_seconds("recorded", recorded + 5)
        chunks = await kept(clinic, await other.stop(), speech)
        ((gap_from, gap_to),) = holes(chunks)
        assert gap_from // RATE == recorded
        # The piece that the frozen tab had begun is lost with the wait; what was under way of it is known to a second.
        lost = heard - recorded
        assert TAKEN_AFTER_S + lost - 1 < (gap_to - gap_from) / RATE < away + lost + 2
