"""Another language is said in a real browser, while a session is recorded and after it.

The recogniser knows English alone: what is said to be German is given up, and heard once it is said to be English.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.async_api import Locator, Page, expect

from tests.clients import chunks_of
from tests.e2e.browser.recorder_page import SPOKEN_S, RecorderPage, chromium
from tests.e2e.browser.review_session import CHUNK_S, anns_browser, ask, ready_session, reviewed
from tests.installation import Installation, Node, Part
from tests.sound import RATE, Pcm

pytestmark = pytest.mark.asyncio(loop_scope="module")

GIVEN_UP = "could not be transcribed"


async def wrong_language(page: Page) -> Locator:
    """The question for another one, which offers what the recogniser knows."""
    await page.get_by_role("button", name="Change the language").click()
    question = page.get_by_role("dialog", name="Which language is spoken?")
    await expect(question.get_by_label("Spoken language")).to_be_enabled()
    await expect(question.get_by_label("Spoken language").locator("option")).to_have_text(["English", "German"])
    return question


async def say_english(question: Locator) -> None:
    await question.get_by_label("Spoken language").select_option(label="English")
    await question.get_by_role("button", name="Transcribe again").click()
    await question.wait_for(state="detached")


@pytest.mark.usefixtures("worker")
async def test_a_language_that_was_chosen_wrongly_is_put_right_while_people_talk_on(
    clinic: Installation, node: Node, microphone: Path, tmp_path: Path
) -> None:
    async with chromium(tmp_path / "profile", microphone) as browser:
        page = RecorderPage(await browser.page(), node.url)
        # German is offered while no recogniser has said what it knows.
        await page.page.route("**/api/v1/languages", lambda asked: asked.fulfill(json={"items": None}))
        await page.sign_in(clinic.ann)
        await page.open("/record")
        await page.fill_in()
        await page.page.get_by_label("Spoken language").select_option(label="German")
        await page.press_start()
        await page.until_recording()
        await page.page.unroute("**/api/v1/languages")
        await page.live.get_by_text(GIVEN_UP).first.wait_for(timeout=SPOKEN_S * 1000)
        await page.page.get_by_text("Language: German").wait_for()
        question = await wrong_language(page.page)
        await expect(question.get_by_text("The recording goes on.")).to_be_visible()
        await say_english(question)
        await page.page.get_by_text("Language: English").wait_for()
        await page.until_said("morning")
        await expect(page.live.get_by_text(GIVEN_UP)).to_have_count(0)
        await page.stop()
        assert browser.complaints == []


async def test_a_session_that_was_heard_in_the_wrong_language_is_transcribed_again_on_its_page(
    clinic: Installation, node: Node, worker: Part, speech: Pcm, tmp_path: Path
) -> None:
    await worker.terminate()
    recorded = await ready_session(clinic, node, chunks_of(speech[: 13 * RATE], CHUNK_S), "sealing")
    await ask(clinic, node, "PATCH", f"/sessions/{recorded}", {"language": "de"})
    await clinic.start_worker()
    async with anns_browser(clinic, node, tmp_path / "profile") as browser, reviewed(browser, node, recorded) as page:
        await (
            page.get_by_role("heading", name="Nothing could be transcribed")
            .or_(page.get_by_text("Nothing could be transcribed"))
            .first.wait_for(timeout=60_000)
        )
        question = await wrong_language(page)
        for width in (390, 1280):
            await page.set_viewport_size({"width": width, "height": 800})
            assert await browser.violations(page) == []
            assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        await expect(question.get_by_text("The whole session is transcribed again in the language")).to_be_visible()
        await say_english(question)
        await page.get_by_text("Language: English").wait_for()
        await page.get_by_text("morning").first.wait_for(timeout=SPOKEN_S * 1000)
        await expect(page.get_by_text("Nothing could be transcribed")).to_have_count(0)
