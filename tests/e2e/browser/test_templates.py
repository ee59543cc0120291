"""Templates of notes in a real browser: one that comes with Hearken is copied, changed, and a note written by it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from tests.clients import chunks_of
from tests.e2e.browser.recorder_page import Browser
from tests.e2e.browser.review_session import CHUNK_S, anns_browser, ready_session, reviewed
from tests.installation import Installation, Node
from tests.sound import RATE, Pcm

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.usefixtures("worker")]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser(clinic: Installation, node: Node, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Browser]:
    async with anns_browser(clinic, node, tmp_path_factory.mktemp("browser") / "profile") as running:
        yield running


async def open_templates(page: Page) -> None:
    await page.get_by_role("button", name="Account").click()
    await page.get_by_role("menuitem", name="Note templates").click()
    await page.get_by_role("list", name="Templates").wait_for()


async def test_a_note_is_written_by_a_changed_copy(
    browser: Browser, clinic: Installation, node: Node, speech: Pcm
) -> None:
    session_id = await ready_session(clinic, node, chunks_of(speech[: 40 * RATE], CHUNK_S))
    page = await browser.page()
    await open_templates(page)
    await page.get_by_role("link", name="Copy Session note").click()
    await page.get_by_label("Name").fill("Sleep clinic")
    await page.get_by_role("button", name="Add a section").click()
    await page.keyboard.type("Nights")
    await page.keyboard.press("Tab")
    await page.keyboard.type("Sleep: hours of sleep, when somebody wakes up at night, being tired.")
    nights = page.get_by_role("listitem", name="Nights")
    await nights.get_by_label("Statements at most").fill("99")
    await page.get_by_role("button", name="Save").click()
    await expect(nights.get_by_label("Statements at most")).to_be_focused()
    await nights.get_by_text("less than or equal to 50").wait_for()
    await page.keyboard.type("3")
    await page.keyboard.press("Control+A")
    await page.keyboard.type("3")
    for _ in range(20):
        await page.keyboard.press("Alt+ArrowUp")
    await expect(page.get_by_role("listitem").first).to_have_accessible_name("Section 1 of 8: Nights")
    await page.keyboard.press("Control+Enter")
    await page.get_by_role("link", name="Edit Sleep clinic").wait_for()

    async with reviewed(browser, node, session_id) as review:
        await review.get_by_role("button", name="Write again").click()
        await review.get_by_label("Template").select_option("Sleep clinic")
        await review.get_by_role("dialog").get_by_role("button", name="Write again").click()
        await review.get_by_role("heading", name="Nights", exact=True).wait_for(timeout=60_000)


async def test_a_change_is_not_lost_by_leaving_and_deleting_is_asked(browser: Browser) -> None:
    page = await browser.page()
    await page.get_by_role("link", name="Edit Sleep clinic").click()
    await page.get_by_role("button", name="Remove Mood").click()
    await page.get_by_role("link", name="Note templates").click()
    await page.get_by_text("Not saved yet").wait_for()
    await page.get_by_role("link", name="Edit Sleep clinic").click()
    await page.get_by_role("button", name="Put back").click()
    await expect(page.get_by_role("button", name="Save")).to_be_disabled()
    await page.get_by_role("button", name="Delete").click()
    await page.get_by_role("button", name="Delete for ever").click()
    await page.get_by_role("list", name="Templates").wait_for()
    await expect(page.get_by_role("link", name="Edit Sleep clinic")).to_have_count(0)


@pytest.mark.parametrize("path", ["/templates", "/templates/soap", "/templates/new-one?like=session"])
async def test_axe_finds_nothing_and_nothing_sticks_out(browser: Browser, node: Node, path: str) -> None:
    page = await browser.context.new_page()
    await page.set_viewport_size({"width": 390, "height": 800})
    await page.goto(node.url + path)
    await page.get_by_role("listitem").first.wait_for()
    assert await browser.violations(page) == []
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    await page.close()
