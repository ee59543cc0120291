"""Notes and search in a real browser: read with their evidence, change, sign, find what was said and hear it."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from tests.clients import chunks_of
from tests.e2e.browser.recorder_page import Browser
from tests.e2e.browser.review_session import CHUNK_S, anns_browser, position, ready_session, reviewed
from tests.installation import Installation, Node, until
from tests.sound import RATE, Pcm

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.usefixtures("worker")]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def session_id(clinic: Installation, node: Node, speech: Pcm) -> str:
    return await ready_session(clinic, node, chunks_of(speech[: 40 * RATE], CHUNK_S))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser(clinic: Installation, node: Node, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Browser]:
    async with anns_browser(clinic, node, tmp_path_factory.mktemp("browser") / "profile") as running:
        yield running


@pytest_asyncio.fixture(loop_scope="module")
async def review(browser: Browser, node: Node, session_id: str) -> AsyncIterator[Page]:
    async with reviewed(browser, node, session_id) as page:
        await page.get_by_role("heading", name="Notes", exact=True).wait_for()
        yield page


async def test_evidence_is_heard_where_it_was_said(review: Page) -> None:
    hear = review.get_by_role("button", name="Hear where this was said").first
    minutes, seconds = re.findall(r"\d+", await hear.inner_text())
    said_at = 60 * int(minutes) + int(seconds)
    await hear.click()

    async def is_there() -> bool:
        return await position(review) >= said_at

    await until(is_there)
    assert await position(review) >= said_at
    await expect(review.locator("[id^=part-][data-lit]")).to_be_visible()
    await review.keyboard.press("k")


async def _added(review: Page, text: str) -> None:
    await review.get_by_role("button", name="Edit", exact=True).click()
    await review.get_by_role("button", name="Add a statement to").first.click()
    await review.keyboard.type(text)
    await review.keyboard.press("Control+Enter")
    await expect(review.get_by_text("Edited, not signed")).to_be_visible()


async def test_a_change_stays_and_is_signed(review: Page) -> None:
    await _added(review, "Comes back in two weeks.")
    await review.get_by_role("button", name="Sign", exact=True).click()
    await review.get_by_role("button", name="Sign the notes").click()
    await expect(review.get_by_text("Signed by")).to_be_visible()
    await review.reload()
    await review.get_by_role("heading", name="Notes", exact=True).wait_for()
    await expect(review.get_by_text("Comes back in two weeks.")).to_be_visible()
    await expect(review.get_by_text("Signed by")).to_be_visible()


async def test_what_was_signed_is_read_and_taken_along_after_it_was_changed(
    browser: Browser, review: Page, tmp_path: Path
) -> None:
    await _added(review, "Sleeps better.")
    await review.get_by_role("button", name="Sign", exact=True).click()
    await review.get_by_role("button", name="Sign the notes").click()
    await expect(review.get_by_text("Signed by")).to_be_visible()
    await _added(review, "Rings on Monday.")
    await review.get_by_role("button", name="Signed version of").last.click()
    signed = review.get_by_role("dialog")
    await signed.get_by_text("Sleeps better.").wait_for()
    await expect(signed.get_by_text("Rings on Monday.")).to_be_hidden()
    await signed.get_by_role("button", name="Export this version").click()
    async with review.expect_download() as download:
        await signed.get_by_role("button", name="Text (.txt)").click()
    await (await download.value).save_as(tmp_path / "signed.txt")
    taken = (tmp_path / "signed.txt").read_text()
    assert "Sleeps better." in taken
    assert "Rings on Monday." not in taken
    assert await browser.violations(review) == []


async def test_a_risk_is_given_another_kind_and_severity(review: Page) -> None:
    await review.get_by_role("button", name="Edit", exact=True).click()
    await review.get_by_role("button", name="Add a statement to Risk flags").click()
    await review.keyboard.type("Was hit at home.")
    await review.get_by_label("kind of risk").last.select_option("Harm to others")
    await review.keyboard.press("Control+Enter")
    await review.get_by_text("Harm to others · Medium risk").wait_for()
    await review.get_by_role("button", name="Edit", exact=True).click()
    await review.get_by_label("kind of risk").last.select_option("Abuse")
    await review.get_by_label("severity").last.select_option("High risk")
    await review.get_by_role("button", name="Save").click()
    await expect(review.get_by_text("Abuse · High risk")).to_be_visible()
    await review.reload()
    await review.get_by_role("heading", name="Risk flags").wait_for()
    assert "Abuse · High risk" in await review.locator("main").inner_text()


async def test_evidence_is_heard_while_its_statement_is_changed(browser: Browser, review: Page) -> None:
    await review.set_viewport_size({"width": 390, "height": 800})
    await review.get_by_role("button", name="Edit", exact=True).click()
    hear = review.get_by_role("form").get_by_role("button", name="Hear where this was said").first
    minutes, seconds = re.findall(r"\d+", await hear.inner_text())
    await hear.click()

    async def is_there() -> bool:
        return await position(review) >= 60 * int(minutes) + int(seconds)

    await until(is_there)
    await expect(hear).to_be_visible()
    saving = await review.get_by_role("button", name="Cancel").bounding_box()
    player = await review.get_by_role("region", name="Player").bounding_box()
    assert saving
    assert player
    assert saving["y"] + saving["height"] <= player["y"], "the player does not cover what saves"
    assert await browser.violations(review) == []


async def test_what_was_said_is_found_and_opens_there(browser: Browser, node: Node, session_id: str) -> None:
    page = await browser.context.new_page()
    await page.goto(f"{node.url}/search")
    await page.get_by_label("Words, or a question").fill("good morning")
    hit = page.get_by_role("list", name="Places found").get_by_role("listitem").first
    await hit.wait_for()
    assert "morning" not in page.url
    await hit.get_by_role("link").click()
    await page.get_by_role("region", name="Player").wait_for()
    assert re.search(rf"/sessions/{session_id}\?at=\d+$", page.url)
    await page.get_by_role("button", name="Pause").wait_for()
    await page.go_back()
    await expect(page.get_by_label("Words, or a question")).to_have_value("good morning")
    await page.close()


@pytest.mark.parametrize("width", [390, 1280])
async def test_axe_finds_nothing_and_nothing_sticks_out(
    browser: Browser, node: Node, session_id: str, width: int
) -> None:
    page = await browser.context.new_page()
    await page.set_viewport_size({"width": width, "height": 800})
    for path in (f"/sessions/{session_id}", "/search"):
        await page.goto(node.url + path)
        await page.get_by_role("heading", level=1).first.wait_for()
        await page.wait_for_load_state("networkidle")
        assert await browser.violations(page) == []
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    await page.close()


@pytest.mark.parametrize("label", ["PDF", "Word (.docx)", "Markdown (.md)", "FHIR R4 (.json)"])
async def test_notes_are_taken_along(review: Page, tmp_path: Path, label: str) -> None:
    await review.get_by_role("button", name="Export").click()
    async with review.expect_download() as download, review.expect_request(re.compile(r"/export\?")) as request:
        await review.get_by_role("dialog").get_by_role("button", name=label).click()
    await (await download.value).save_as(tmp_path / "taken")
    assert (tmp_path / "taken").stat().st_size > 500
    here = await review.evaluate("Intl.DateTimeFormat().resolvedOptions().timeZone")
    assert parse_qs(urlsplit((await request.value).url).query)["time_zone"] == [here]
