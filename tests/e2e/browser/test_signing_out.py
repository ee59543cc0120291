"""Signing out in one tab while another one records: nobody is listened to any more, and nothing heard is lost."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

import pytest

from tests.e2e.browser.recorder_page import RecorderPage, recorder
from tests.e2e.browser.stored_audio import kept, unexplained
from tests.installation import Installation, Node, until
from tests.sound import RATE, Pcm

pytestmark = pytest.mark.asyncio(loop_scope="module")

MICROPHONES = """
const devices = navigator.mediaDevices;
window.tracks = [];
if (devices) {  // a new tab's empty page has none
  const open = devices.getUserMedia.bind(devices);
  devices.getUserMedia = async (wanted) => {
    const stream = await open(wanted);
    tracks.push(...stream.getAudioTracks());
    return stream;
  };
}
"""
"""Keeps the tracks of all microphones that the page opens."""

UNFINISHED = "A recording was not finished"


async def sign_out(page: RecorderPage) -> None:
    await page.page.get_by_role("button", name="Account").click()
    await page.page.get_by_role("menuitem", name="Sign out").click()
    await page.page.get_by_label("Password", exact=True).wait_for()


async def open_microphones(page: RecorderPage) -> int:
    return int(await page.page.evaluate("tracks.filter((track) => track.readyState === 'live').length"))


async def test_signing_out_in_another_tab_closes_the_microphone_and_loses_nothing(
    clinic: Installation, node: Node, microphone: Path, speech: Pcm, tmp_path: Path
) -> None:
    async with recorder(clinic, node.url, tmp_path / "profile", microphone, script=MICROPHONES) as page:
        await page.start()
        await page.until_seconds("safe", 5)
        session_id = str(await clinic.value("SELECT id FROM sessions ORDER BY created_at DESC LIMIT 1"))
        other = RecorderPage(await page.page.context.new_page(), node.url)
        await other.open()
        await other.page.get_by_text("Another tab is recording").wait_for()
        assert await open_microphones(page) == 1
        heard = await page.captured()
        await sign_out(other)
        await page.page.get_by_label("Password", exact=True).wait_for()
        await until(lambda: no_microphone(page))

        await other.sign_in(clinic.bob)
        await other.page.wait_for_load_state("networkidle")
        assert await other.page.get_by_text(UNFINISHED).count() == 0
        assert await page.page.get_by_text(UNFINISHED).count() == 0
        await sign_out(other)

        await other.sign_in(clinic.ann)
        await other.told(UNFINISHED)
        await page.told(UNFINISHED)
        await other.page.get_by_role("button", name="Finish it").click()
        await page.until_settled(UNFINISHED)
        await until(lambda: is_stopped(clinic, session_id))
        chunks = await kept(clinic, session_id, speech)
        assert unexplained(chunks, page.stood_still_s) == []
        assert chunks[-1].end >= heard * RATE


async def no_microphone(page: RecorderPage) -> bool:
    return await open_microphones(page) == 0


async def is_stopped(clinic: Installation, session_id: str) -> bool:
    return await clinic.value("SELECT last_seq FROM sessions WHERE id = $1", UUID(session_id)) is not None
