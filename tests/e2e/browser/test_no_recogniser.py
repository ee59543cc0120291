"""While no recogniser runs, the pages of a recording and of a session say so in a real browser, until one does."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from tests.clients import chunks_of
from tests.e2e.browser.recorder_page import SPOKEN_S, Browser, RecorderPage, chromium
from tests.e2e.browser.review_session import CHUNK_S, ready_session, reviewed
from tests.installation import Installation, Node
from tests.sound import RATE, Pcm

pytestmark = pytest.mark.asyncio(loop_scope="module")

LATER = "The words come later"


async def says_it(browser: Browser, page: Page) -> None:
    await page.get_by_text(LATER).wait_for()
    await expect(page.get_by_role("status").filter(has_text=LATER)).to_contain_text("You need not do anything")
    assert await browser.violations(page) == []


async def test_words_that_come_later_are_promised_until_they_come(
    clinic: Installation, node: Node, microphone: Path, speech: Pcm, tmp_path: Path
) -> None:
    recorded = await ready_session(clinic, node, chunks_of(speech[: 13 * RATE], CHUNK_S), "sealing")
    async with chromium(tmp_path / "profile", microphone) as browser:
        desk = RecorderPage(await browser.page(), node.url)
        await desk.sign_in(clinic.ann)
        await desk.start()
        async with reviewed(browser, node, recorded) as review:
            await says_it(browser, desk.page)
            await says_it(browser, review)
            await clinic.start_worker()
            for page in (desk.page, review):
                await expect(page.get_by_text(LATER)).to_have_count(0, timeout=SPOKEN_S * 1000)
            await review.get_by_text("good morning").first.wait_for(timeout=SPOKEN_S * 1000)
            await desk.until_said("morning")
        assert browser.complaints == []
