"""Reviewing a session in a real browser: hear it, correct it, name who speaks, take it along. Every page by axe."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import ElementHandle, Page, expect

from tests.clients import Chunk, chunks_of
from tests.e2e.browser.recorder_page import Browser
from tests.e2e.browser.review_session import CHUNK_S, anns_browser, position, ready_session, reviewed
from tests.installation import Installation, Node, until
from tests.sound import RATE, Pcm

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.usefixtures("worker")]

HOLE = 2
"""The chunk that the recorder of the session never recorded."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def session_id(clinic: Installation, node: Node, speech: Pcm) -> str:
    """A session of half a minute with a hole in it, ready."""
    spoken = chunks_of(speech[: 40 * RATE], CHUNK_S)
    kept = [chunk for chunk in spoken if chunk.seq != HOLE]
    chunks = [Chunk(seq, each.first_sample, each.sample_count, each.audio) for seq, each in enumerate(kept)]
    return await ready_session(clinic, node, chunks)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser(clinic: Installation, node: Node, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Browser]:
    async with anns_browser(clinic, node, tmp_path_factory.mktemp("browser") / "profile") as running:
        yield running


@pytest_asyncio.fixture(loop_scope="module")
async def review(browser: Browser, node: Node, session_id: str) -> AsyncIterator[Page]:
    async with reviewed(browser, node, session_id) as page:
        await page.get_by_text("good morning").first.wait_for()
        yield page


async def test_the_list_leads_to_the_session(browser: Browser, node: Node, session_id: str) -> None:
    page = await browser.context.new_page()
    await page.goto(node.url)
    await page.locator(f'a[href="/sessions/{session_id}"]').first.click()
    await page.get_by_text("good morning").first.wait_for()
    assert page.url == f"{node.url}/sessions/{session_id}"
    await page.close()


async def test_a_word_is_heard_where_it_was_said_and_words_light_up(review: Page) -> None:
    word = review.locator("[data-at]", has_text="doctor").first
    at_ms = int(await word.get_attribute("data-at") or 0)
    await word.click()
    await until(lambda: reached(review, at_ms / 1000))
    await until(lambda: playing(review))
    lit = review.locator("[data-word][data-lit]")
    await lit.wait_for()
    first = await lit.element_handle()
    await until(lambda: went_on(review, first))
    assert await lit.count() == 1, "one word at a time"
    await review.keyboard.press("k")


async def reached(page: Page, seconds: float) -> bool:
    return await position(page) >= seconds - 0.5


async def went_on(page: Page, word: ElementHandle | None) -> bool:
    """Whether the light has left this word for another one."""
    return bool(
        await page.evaluate(
            "(word) => { const lit = document.querySelector('[data-word][data-lit]'); return lit && lit !== word; }",
            word,
        )
    )


async def playing(page: Page) -> bool:
    return await page.get_by_role("button", name="Pause").is_visible()


async def test_what_was_not_recorded_is_shown_in_its_place(review: Page) -> None:
    await expect(review.get_by_text("Nothing recorded 0:16 to 0:24")).to_have_count(1)


async def test_a_correction_stays(review: Page, clinic: Installation, node: Node, session_id: str) -> None:
    await review.get_by_role("button", name="Correct").first.click()
    await review.get_by_label("Text").fill("Good morning, Ms Example. Please sit down.")
    await review.keyboard.press("Enter")
    await review.get_by_text("edited").first.wait_for()
    await review.reload()
    await review.get_by_text("Good morning, Ms Example. Please sit down.").wait_for()
    kept = await clinic.get(node, clinic.ann, f"/sessions/{session_id}/transcript")
    edited = [segment["text"] for segment in kept["segments"] if segment["edited"]]
    assert edited == ["Good morning, Ms Example. Please sit down."]


async def test_who_speaks_is_named_and_stays_named(
    review: Page, clinic: Installation, node: Node, session_id: str
) -> None:
    await review.get_by_role("button", name="Correct").nth(1).click()
    await review.get_by_label("Who speaks").select_option(label="Somebody new")
    await review.get_by_role("button", name="Save").click()
    await review.get_by_role("button", name="rename or merge").first.click()
    await review.get_by_role("textbox", name="Name").fill("Dr Example")
    await review.keyboard.press("Enter")
    await review.get_by_text("Dr Example").first.wait_for()
    await review.reload()
    await review.get_by_text("Dr Example").first.wait_for()
    kept = await clinic.get(node, clinic.ann, f"/sessions/{session_id}/transcript")
    (named,) = [speaker["id"] for speaker in kept["speakers"] if speaker["name"] == "Dr Example"]
    assert named in [segment["speaker"] for segment in kept["segments"]]


async def test_the_transcript_is_taken_along_without_a_name_in_the_file_name(review: Page, tmp_path: Path) -> None:
    await review.get_by_role("button", name="Export").click()
    async with review.expect_download() as download:
        await review.get_by_role("dialog").get_by_role("button", name="Subtitles (.srt)").click()
    file = await download.value
    await file.save_as(tmp_path / "taken")
    assert "-->" in (tmp_path / "taken").read_text()
    assert "Example" not in file.suggested_filename


@pytest.mark.parametrize("place", ["list", "review", "start"])
async def test_axe_finds_nothing(browser: Browser, node: Node, session_id: str, place: str) -> None:
    path = {"list": "/", "review": f"/sessions/{session_id}", "start": "/record"}[place]
    page = await browser.context.new_page()
    await page.goto(node.url + path)
    await page.get_by_role("heading", level=1).first.wait_for()
    await page.wait_for_load_state("networkidle")
    assert await browser.violations(page) == []
    await page.close()


async def test_axe_finds_nothing_where_one_signs_in(browser: Browser, node: Node) -> None:
    owner = browser.context.browser
    assert owner is not None
    context = await owner.new_context()
    page = await context.new_page()
    await page.goto(node.url)
    await page.get_by_role("button", name="Sign in").wait_for()
    assert await browser.violations(page) == []
    await context.close()


async def test_the_text_is_there_without_a_live_connection(
    browser: Browser, clinic: Installation, node: Node, session_id: str
) -> None:
    kept = await clinic.get(node, clinic.ann, f"/sessions/{session_id}/transcript")
    page = await browser.context.new_page()
    await page.route("**/socket.io/**", lambda route: route.abort())
    await page.route_web_socket("**/socket.io/**", lambda socket: socket.close())
    await page.goto(f"{node.url}/sessions/{session_id}")
    await page.get_by_text("good morning").first.wait_for()
    shown = [" ".join((await part.inner_text()).split()) for part in await page.locator("[id^=part-]").all()]
    assert len(kept["segments"]) > 1
    assert all(any(segment["text"] in part for part in shown) for segment in kept["segments"])
    await page.close()


async def test_the_waveform_comes_closer_and_shows_where_one_is(browser: Browser, review: Page) -> None:
    slider = review.get_by_role("slider", name="Position")
    await slider.locator("canvas").first.wait_for()
    await until(lambda: drawn(review, 1))
    await review.keyboard.press("z")
    await until(lambda: drawn(review, 2))
    zoom_in = review.get_by_role("button", name="Zoom in")
    await expect(zoom_in).to_be_disabled()
    await zoom_in.focus()
    await expect(zoom_in).to_be_focused()
    assert await browser.violations(review) == []
    await slider.press("End")
    await until(lambda: scrolled_to_the_end(review))
    await slider.hover()
    await review.mouse.wheel(-10_000, 0)
    await until(lambda: scrolled_to_the_beginning(review))
    await review.get_by_role("button", name="Zoom out").press("Enter")
    await until(lambda: drawn(review, 1))


SCROLLED = """() => {
  const boxes = [...document.querySelectorAll('[role=slider] div')].map((each) => each.shadowRoot);
  const { scrollLeft, scrollWidth, clientWidth } = boxes.find((each) => each).querySelector('.scroll');
  return [scrollLeft, scrollWidth, clientWidth];
}"""


async def drawn(page: Page, times: int) -> bool:
    """Whether the waveform is that many times as wide as what is to be seen of it."""
    _, whole, shown = await page.evaluate(SCROLLED)
    return bool(abs(whole - times * shown) <= 2)


async def scrolled_to_the_beginning(page: Page) -> bool:
    left, _, _ = await page.evaluate(SCROLLED)
    return bool(left == 0)


async def scrolled_to_the_end(page: Page) -> bool:
    left, whole, shown = await page.evaluate(SCROLLED)
    return bool(left + shown >= whole - 2)


async def test_axe_finds_nothing_in_the_editor_of_a_correction(browser: Browser, review: Page) -> None:
    await review.get_by_role("button", name="Correct").first.click()
    await review.get_by_label("Text").wait_for()
    assert await browser.violations(review) == []


async def test_axe_finds_nothing_in_the_export_dialog(browser: Browser, review: Page) -> None:
    await review.get_by_role("button", name="Export").click()
    await review.get_by_role("dialog").get_by_role("button", name="Subtitles (.srt)").wait_for()
    assert await browser.violations(review) == []
