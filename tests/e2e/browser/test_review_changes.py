"""What people change in a session, in a real browser: who speaks, what was no speech, what failed. And its player."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Locator, Page, Route, expect

from tests.clients import chunks_of
from tests.e2e.browser.recorder_page import SPOKEN_S, Browser
from tests.e2e.browser.review_session import (
    CHUNK_S,
    anns_browser,
    ask,
    position,
    ready_session,
    reviewed,
    until_ready,
)
from tests.installation import Installation, Node, until
from tests.sound import RATE, Pcm

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def failed_id(clinic: Installation, node: Node, speech: Pcm) -> str:
    """A session for whose words the recogniser was given no time; the worker that did that is gone, a good one is
    there."""
    hasty = await clinic.start_worker(recognise_timeout_s=0.01, max_attempts=1, provisional=False)
    session_id = await ready_session(clinic, node, chunks_of(speech[: 13 * RATE], CHUNK_S), "failed")
    await hasty.terminate()
    await clinic.start_worker()
    return session_id


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def session_id(clinic: Installation, node: Node, failed_id: str) -> str:
    """The same, heard by now, with two who speak in it: Dr Example and somebody without a name."""
    transcript = await clinic.get(node, clinic.ann, f"/sessions/{failed_id}/transcript")
    if transcript["failed"]:
        await ask(clinic, node, "POST", f"/sessions/{failed_id}/retry", {"step": "transcribe"})
        await until_ready(clinic, node, failed_id)
        transcript = await clinic.get(node, clinic.ann, f"/sessions/{failed_id}/transcript")
    for segment, speaker in zip(transcript["segments"], ("S1", "S2", "S1"), strict=False):
        await ask(clinic, node, "PATCH", f"/sessions/{failed_id}/segments/{segment['id']}", {"speaker": speaker})
    await ask(clinic, node, "PUT", f"/sessions/{failed_id}/speakers/S1", {"name": "Dr Example"})
    return failed_id


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser(clinic: Installation, node: Node, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Browser]:
    async with anns_browser(clinic, node, tmp_path_factory.mktemp("browser") / "profile") as running:
        yield running


@pytest_asyncio.fixture(loop_scope="module")
async def review(browser: Browser, node: Node, session_id: str) -> AsyncIterator[Page]:
    async with reviewed(browser, node, session_id) as page:
        await said_by(page, "Dr Example").first.wait_for()
        yield page


def said_by(page: Page, name: str) -> Locator:
    """The parts that the page shows under a name."""
    return page.locator("[id^=part-]").filter(has=page.locator("[data-voice]", has_text=name))


async def kept_speakers(clinic: Installation, node: Node, session_id: str) -> list[str | None]:
    kept = await clinic.get(node, clinic.ann, f"/sessions/{session_id}/transcript")
    return [segment["speaker"] for segment in kept["segments"]]


async def test_a_part_without_text_gets_it_by_the_retry_button(
    browser: Browser, clinic: Installation, node: Node, failed_id: str
) -> None:
    async with reviewed(browser, node, failed_id) as page:
        await page.get_by_text(re.compile("Transcribing failed .*")).first.wait_for()
        await page.get_by_text(re.compile("parts? could not be transcribed")).wait_for()
        assert await browser.violations(page) == []
        await page.get_by_role("button", name="Retry", exact=True).first.click()
        await page.get_by_text("good morning").first.wait_for(timeout=4 * SPOKEN_S * 1000)
        await until_ready(clinic, node, failed_id)
        await expect(page.get_by_text("transcribing failed")).to_have_count(0)
        await page.reload()
        await page.get_by_text("good morning").first.wait_for()
        await expect(page.get_by_text("transcribing failed")).to_have_count(0)


async def merge(page: Page) -> None:
    await page.get_by_role("button", name="Speaker 2: rename or merge").click()
    await page.get_by_role("dialog").get_by_role("button", name="Merge").click()
    await page.get_by_text("Speaker 2 is now Dr Example").wait_for()
    await expect(said_by(page, "Speaker 2")).to_have_count(0)


async def test_two_speakers_are_merged_and_that_is_undone_at_once(
    browser: Browser, review: Page, clinic: Installation, node: Node, session_id: str
) -> None:
    before = await kept_speakers(clinic, node, session_id)
    apart = await said_by(review, "Dr Example").count()
    await merge(review)
    assert await said_by(review, "Dr Example").count() == apart + 1
    assert "S2" not in await kept_speakers(clinic, node, session_id)
    undo = review.get_by_role("button", name="Undo")
    await expect(undo).to_be_focused()
    assert await browser.violations(review) == []
    await undo.press("Enter")
    await expect(said_by(review, "Speaker 2")).to_have_count(1)
    await expect(undo).to_have_count(0)
    await expect(review.get_by_role("button", name="Speaker 2: rename or merge")).to_be_focused()
    assert await kept_speakers(clinic, node, session_id) == before


async def test_a_merge_of_long_ago_is_taken_back_in_the_speakers_menu(
    browser: Browser, review: Page, clinic: Installation, node: Node, session_id: str
) -> None:
    before = await kept_speakers(clinic, node, session_id)
    await merge(review)
    # A page opened later knows the second speaker's parts only as the first one's.
    async with reviewed(browser, node, session_id) as later:
        await later.get_by_role("button", name="Dr Example: rename or merge").click()
        separate = later.get_by_role("dialog").get_by_role("button", name="Separate again: Formerly Speaker 2")
        await separate.wait_for()
        assert await browser.violations(later) == []
        await separate.click()
        await expect(said_by(later, "Speaker 2")).to_have_count(1)
    await expect(said_by(review, "Speaker 2")).to_have_count(1)
    assert await kept_speakers(clinic, node, session_id) == before


async def test_a_speaker_is_renamed(review: Page, clinic: Installation, node: Node, session_id: str) -> None:
    await review.get_by_role("button", name="Speaker 2: rename or merge").click()
    await review.get_by_role("textbox", name="Name").fill("Mr Sample")
    await review.keyboard.press("Enter")
    await expect(said_by(review, "Mr Sample")).to_have_count(1)
    await review.reload()
    await expect(said_by(review, "Mr Sample")).to_have_count(1)
    await ask(clinic, node, "PUT", f"/sessions/{session_id}/speakers/S2", {"name": None})


async def test_axe_finds_nothing_in_a_speakers_menu(browser: Browser, review: Page) -> None:
    await review.get_by_role("button", name="Speaker 2: rename or merge").click()
    await review.get_by_role("dialog").get_by_label("Speaker 2 is the same person as").wait_for()
    assert await browser.violations(review) == []


async def test_what_was_no_speech_is_removed_and_put_back(
    browser: Browser, review: Page, clinic: Installation, node: Node, session_id: str
) -> None:
    async def texts() -> list[str]:
        kept = await clinic.get(node, clinic.ann, f"/sessions/{session_id}/transcript")
        return [segment["text"] for segment in kept["segments"]]

    before = await texts()
    await review.get_by_role("button", name="Correct").first.click()
    await review.get_by_role("button", name="Nothing was said here").click()
    back = review.get_by_role("button", name="Put back")
    await expect(back).to_be_focused()
    assert await texts() == before[1:]
    assert await browser.violations(review) == []
    await review.reload()
    await expect(back).to_be_visible()
    await expect(back).not_to_be_focused()
    await back.press("Enter")
    await expect(back).to_have_count(0)
    await review.get_by_text(before[0]).wait_for()
    assert await texts() == before


async def test_a_correction_whose_part_goes_away_stays_to_be_copied(
    browser: Browser, review: Page, clinic: Installation, node: Node, session_id: str
) -> None:
    segments = (await clinic.get(node, clinic.ann, f"/sessions/{session_id}/transcript"))["segments"]
    path = f"/sessions/{session_id}/segments/{segments[0]['id']}"
    await review.get_by_role("button", name="Correct").first.click()
    await review.get_by_label("Text").fill("Good morning, Ms Example.")
    await ask(clinic, node, "PATCH", path, {"text": ""})
    kept = review.get_by_label("Your text")
    await expect(kept).to_have_value("Good morning, Ms Example.")
    await expect(kept).to_be_focused()
    assert await browser.violations(review) == []
    await review.keyboard.press("Escape")
    await expect(kept).to_have_count(0)
    await ask(clinic, node, "PATCH", path, {"text": None})
    await review.get_by_text(segments[0]["text"]).wait_for()


async def test_a_click_into_the_waveform_leads_there(review: Page) -> None:
    slider = review.get_by_role("slider", name="Position")
    length = float(await slider.get_attribute("aria-valuemax") or 0)
    box = await slider.bounding_box()
    assert box is not None
    await slider.locator("canvas").first.wait_for()
    for part in (0.5, 0.25):
        await slider.click(position={"x": box["width"] * part, "y": box["height"] / 2})
        await until_at(review, length * part)


async def until_at(page: Page, seconds: float) -> None:
    async def is_there() -> bool:
        return abs(await position(page) - seconds) <= 1.0

    await until(is_there)


async def test_keys_move_the_player_and_change_its_speed(review: Page) -> None:
    end = float(await review.get_by_role("slider", name="Position").get_attribute("aria-valuemax") or 0)
    for key, seconds in (("ArrowRight", 5.0), ("ArrowRight", 10.0), ("ArrowLeft", 5.0), ("l", end), ("j", 0.0)):
        await review.keyboard.press(key)
        await until_at(review, seconds)
    speed = review.get_by_role("combobox", name="Speed")
    for key, value in ((">", "1.25"), ("+", "1.5"), ("<", "1.25")):
        await review.keyboard.press(key)
        await expect(speed).to_have_value(value)


PRESSED_AS_IT_COMES = """
const Sound = window.Audio;
window.Audio = function () {
  const sound = new Sound();
  const press = () => dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowRight' }));
  sound.addEventListener('loadedmetadata', press, { once: true });
  return sound;
};
"""
"""A key that the page hears of when the sound is there, and before it hears of the sound."""


async def test_keys_move_the_player_while_its_sound_comes(browser: Browser, node: Node, session_id: str) -> None:
    page = await browser.context.new_page()
    released = asyncio.Event()

    async def hold(route: Route) -> None:
        await released.wait()
        await route.continue_()

    await page.add_init_script(f"{{{PRESSED_AS_IT_COMES}}}")
    await page.route("**/audio?*", hold)
    await page.goto(f"{node.url}/sessions/{session_id}")
    await said_by(page, "Dr Example").first.wait_for()
    await page.keyboard.press("ArrowRight")
    await until_at(page, 5.0)
    released.set()
    await until_at(page, 10.0)
    await page.keyboard.press("k")
    await page.get_by_role("button", name="Pause").wait_for()
    assert await position(page) >= 10.0
    await page.close()
