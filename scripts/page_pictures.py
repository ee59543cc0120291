"""Take the pictures of the README anew: python scripts/page_pictures.py, with `make run` at its usual place.

The demo's conversation is played to a browser's microphone, recorded for a good half minute, and reviewed.
"""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from playwright.async_api import ViewportSize  # noqa: E402

from hearken.dialogue import voice_dialogue  # noqa: E402
from tests.e2e.browser.recorder_page import RecorderPage, chromium  # noqa: E402

DESKTOP, PHONE = ViewportSize(width=1280, height=860), ViewportSize(width=390, height=844)


async def main() -> None:
    account = json.loads((ROOT / "hearken-data" / "first-account.json").read_text())
    with tempfile.TemporaryDirectory() as folder:
        microphone = Path(folder) / "microphone.wav"
        await voice_dialogue(microphone)
        async with chromium(Path(folder) / "profile", microphone, viewport=DESKTOP) as browser:
            page = RecorderPage(await browser.page(), account["url"])
            await page.sign_in_as(account["email"], account["password"])
            await page.start("Follow-up, sleep", "P-1042")
            await page.page.keyboard.press("n")
            await page.page.keyboard.type("Sleeps three hours")
            await page.page.keyboard.press("Enter")
            await page.until_said("keep a diary", 90)
            await take(page, "recording")
            session = await page.stop()
            await page.open(f"/sessions/{session}")
            await page.page.get_by_text("Ready", exact=True).first.wait_for(timeout=90_000)
            await page.page.locator("[data-at]", has_text="doctor").first.click()
            await page.page.get_by_role("button", name="Pause").wait_for()
            await take(page, "review")
            await page.page.emulate_media(color_scheme="dark")
            await page.page.set_viewport_size(PHONE)
            await take(page, "review-phone")


async def take(page: RecorderPage, name: str) -> None:
    await page.page.screenshot(path=ROOT / "docs" / f"{name}.png", animations="disabled")


asyncio.run(main())
