"""The form before a recording stands still: nobody clicks beside what they meant because something above it grew."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.e2e.browser.recorder_page import recorder
from tests.installation import Installation, Node

pytestmark = pytest.mark.asyncio(loop_scope="module")

A_MICROPHONE_THAT_TAKES_ITS_TIME = """
const devices = navigator.mediaDevices;
const open = devices.getUserMedia.bind(devices);
const ready = new Promise((resolve) => { window.plugIn = resolve; });
devices.getUserMedia = async (wanted) => { await ready; return open(wanted); };
"""


async def test_nothing_moves_while_the_microphone_is_opened(
    clinic: Installation, node: Node, microphone: Path, tmp_path: Path
) -> None:
    script = A_MICROPHONE_THAT_TAKES_ITS_TIME
    async with recorder(clinic, node.url, tmp_path / "profile", microphone, script=script) as page:
        await page.open("/record")
        consent = page.page.get_by_label("Consent was given")
        opening = page.page.get_by_text("Opening the microphone…")
        trial = page.page.get_by_role("button", name="Try the microphone")
        await opening.or_(trial).wait_for()
        before = await consent.bounding_box()
        await opening.wait_for()
        assert await consent.bounding_box() == before
        await page.page.evaluate("plugIn()")
        await expect(page.page.get_by_role("img", name="Level of the microphone")).to_be_visible()
        assert await consent.bounding_box() == before
        await page.page.get_by_text("It hears you.").wait_for()
        assert await consent.bounding_box() == before
