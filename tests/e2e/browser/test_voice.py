"""A clinician's own voice in a real browser: enrolled by speaking, known in the next session, deleted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.async_api import Page, expect

from hearken.dialogue import CLINICIAN, DIALOGUE
from tests.clients import chunks_of
from tests.e2e.browser.recorder_page import RecorderPage, chromium, write_wav
from tests.e2e.browser.review_session import CHUNK_S, ready_session, reviewed
from tests.installation import Installation, Node
from tests.sound import RATE, Pcm, say

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.usefixtures("worker")]

NAME = "Dr. Weber"
SAMPLE_MS = 60_000
"""How long a sample may take: it is spoken in real time."""


@pytest.fixture
def own_voice(tmp_path: Path) -> Path:
    """The clinician alone; longer than a sample, since it plays while the page shows the level before."""
    said = [say(turn.text, tmp_path, voice=CLINICIAN) for turn in DIALOGUE if turn.voice == CLINICIAN]
    return write_wav(tmp_path / "own.wav", np.concatenate(said * 3))


async def open_voice(page: Page) -> None:
    await page.get_by_role("button", name="Account").click()
    await page.get_by_role("menuitem", name="Your voice").click()
    await page.get_by_role("heading", name="Your voice", exact=True).wait_for()


async def record_sample(page: Page) -> None:
    await page.get_by_label("The name to show").fill(NAME)
    await page.get_by_label("It is my own voice").check()
    await page.get_by_role("button", name="Record a sample").click()


async def names_as_they_first_speak(clinic: Installation, node: Node, session_id: str) -> list[Any]:
    shown = await clinic.get(node, clinic.ann, f"/sessions/{session_id}/transcript?format=json")
    names = {speaker["id"]: speaker["name"] for speaker in shown["speakers"]}
    return [names[speaker] for speaker in dict.fromkeys(each["speaker"] for each in shown["segments"])]


async def test_an_enrolled_voice_has_its_name_in_the_next_session_until_it_is_deleted(
    clinic: Installation, node: Node, own_voice: Path, speech: Pcm, tmp_path: Path
) -> None:
    async with chromium(tmp_path / "profile", own_voice) as browser:
        page = await browser.page()
        await RecorderPage(page, node.url).sign_in(clinic.ann)
        await open_voice(page)
        await page.get_by_role("button", name="Record a sample").wait_for()
        assert await browser.violations(page) == []
        await page.get_by_role("button", name="Record a sample").click()
        await page.get_by_text("Without your consent nothing is recorded.").wait_for()
        await record_sample(page)
        await page.get_by_role("heading", name="Read this aloud").wait_for()
        assert await browser.violations(page) == []
        await expect(page.get_by_role("button", name="Done")).to_be_enabled(timeout=SAMPLE_MS)
        await page.get_by_role("button", name="Done").click()
        await page.get_by_text("Enrolled on").wait_for(timeout=SAMPLE_MS)
        assert await browser.violations(page) == []

        session_id = await ready_session(clinic, node, chunks_of(speech[: 45 * RATE], CHUNK_S))
        assert DIALOGUE[0].voice == CLINICIAN
        assert await names_as_they_first_speak(clinic, node, session_id) == [NAME, None]
        async with reviewed(browser, node, session_id) as review:
            await review.get_by_role("button", name=NAME).first.wait_for()

        await page.get_by_role("button", name="Delete").click()
        await page.get_by_role("button", name="Delete for ever").click()
        await page.get_by_role("heading", name="Enrol your voice").wait_for()
        assert await clinic.value("SELECT count(*) FROM enrolled_voices") == 0
        assert browser.complaints == []


async def test_silence_is_refused_in_the_servers_words(clinic: Installation, node: Node, tmp_path: Path) -> None:
    silence = write_wav(tmp_path / "silence.wav", np.zeros(90 * RATE, dtype=np.int16))
    async with chromium(tmp_path / "profile", silence) as browser:
        page = await browser.page()
        await RecorderPage(page, node.url).sign_in(clinic.ann)
        await open_voice(page)
        await record_sample(page)
        await page.get_by_text("Nothing is heard", exact=True).wait_for()
        await page.get_by_text("The server says: nobody is heard in the sample").wait_for(timeout=SAMPLE_MS)
        assert await clinic.value("SELECT count(*) FROM enrolled_voices") == 0


async def test_a_refused_microphone_is_explained(clinic: Installation, node: Node, tmp_path: Path) -> None:
    async with chromium(tmp_path / "profile", allowed=False) as browser:
        page = await browser.page()
        await RecorderPage(page, node.url).sign_in(clinic.ann)
        await open_voice(page)
        await record_sample(page)
        told = page.get_by_role("alert")
        await told.get_by_text("Nothing was kept of the sample.").wait_for()
        assert "microphone" in await told.inner_text()
