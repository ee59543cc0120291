"""Vocabularies in a real browser: the organisation's, and a patient's on the way from a session."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Locator, Page, expect

from tests.clients import chunks_of
from tests.e2e.browser.recorder_page import Browser
from tests.e2e.browser.review_session import CHUNK_S, anns_browser, ask, ready_session, reviewed
from tests.installation import Installation, Node, until
from tests.sound import RATE, Pcm

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.usefixtures("worker")]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser(clinic: Installation, node: Node, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Browser]:
    async with anns_browser(clinic, node, tmp_path_factory.mktemp("browser") / "profile") as running:
        yield running


async def open_vocabulary(page: Page) -> None:
    await page.get_by_role("button", name="Account").click()
    await page.get_by_role("menuitem", name="Vocabulary").click()
    await page.get_by_role("heading", name="Vocabulary", exact=True).wait_for()


async def is_in_sight(text: Locator) -> bool:
    """Whether all of it is within the window, and nothing lies over it."""
    return bool(
        await text.evaluate(
            """text => {
              const { left, right, top, bottom } = text.getBoundingClientRect();
              const corners = [[left + 6, top + 6], [right - 6, bottom - 6]];
              return corners.every(([x, y]) => text.contains(document.elementFromPoint(x, y)));
            }"""
        )
    )


async def kept(clinic: Installation, node: Node, patient: str) -> Any:
    return (await ask(clinic, node, "POST", "/vocabulary/patient", {"patient_id": patient}))["words"]


async def test_the_organisations_words_are_saved_and_a_wrong_line_is_named(
    browser: Browser, clinic: Installation, node: Node
) -> None:
    page = await browser.page()
    await open_vocabulary(page)
    words = page.get_by_role("textbox", name="Words of North clinic")
    for width, height in ((1280, 800), (390, 844)):
        await page.set_viewport_size({"width": width, "height": height})
        await words.fill(f"Korvadin\n\n{'x' * 61}" + "\nOstrander" * 20)
        await page.evaluate("scrollTo(0, 0)")
        await words.press("Control+Enter")
        refusal = page.get_by_text("The server says: word 3 is longer than 60 characters.")
        await refusal.wait_for()
        assert await is_in_sight(refusal)
        assert await browser.violations(page) == []
        await words.fill(f" Korvadin \nkorvadin, Dr. Ostrander, {width}")
        await page.get_by_role("button", name="Save").click()
        await expect(words).to_have_value(f"Korvadin\nDr. Ostrander\n{width}")
        assert await is_in_sight(page.get_by_text("The words are saved."))
    await words.fill("Korvadin\nDr. Ostrander")
    await words.press("Control+Enter")
    await expect(page.get_by_text("The words are saved.")).to_be_visible()
    assert (await clinic.get(node, clinic.ann, "/vocabulary"))["words"] == ["Korvadin", "Dr. Ostrander"]


async def test_a_patients_words_are_reached_from_the_session_and_stand_in_no_address(
    browser: Browser, clinic: Installation, node: Node, speech: Pcm
) -> None:
    session_id = await ready_session(clinic, node, chunks_of(speech[: 12 * RATE], CHUNK_S))
    await ask(clinic, node, "PATCH", f"/sessions/{session_id}", {"patient_id": "P-7"})
    asked: list[str] = []
    async with reviewed(browser, node, session_id) as page:
        page.on("request", lambda request: asked.append(request.url))
        await page.get_by_role("link", name="Patient\u2019s vocabulary").click()
        words = page.get_by_role("textbox", name="Words of P-7")
        await expect(words).to_be_focused()
        await until(lambda: is_in_sight(words))
        await until(lambda: is_in_sight(page.get_by_text("No words yet for this patient.")))
        await words.fill("Zebedee Brandt")
        await words.press("Control+Enter")
        await page.get_by_text("The words are saved.").wait_for()
        assert await kept(clinic, node, "P-7") == ["Zebedee Brandt"]
        await page.get_by_label("Patient reference").fill("P-8")
        await page.get_by_role("button", name="Show the words").click()
        others = page.get_by_role("textbox", name="Words of P-8")
        await expect(others).to_have_value("")
        await expect(others).to_be_focused()
        await until(lambda: is_in_sight(others))
        assert any("/vocabulary/patient" in url for url in asked)
        assert not any("P-7" in url or "P-8" in url or "Zebedee" in url for url in [*asked, page.url])


async def test_axe_finds_nothing_and_nothing_sticks_out_on_a_phone(browser: Browser, node: Node) -> None:
    page = await browser.context.new_page()
    await page.set_viewport_size({"width": 390, "height": 800})
    await page.goto(node.url + "/vocabulary")
    await page.get_by_label("Patient reference").fill("P-7")
    await page.get_by_role("button", name="Show the words").click()
    await page.get_by_role("textbox", name="Words of P-7").wait_for()
    assert await browser.violations(page) == []
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    await page.close()
