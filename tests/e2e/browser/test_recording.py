"""Recording in a real browser, against a real node, worker and recogniser, with everything that goes wrong on the way.

Each time what the server stored is held against what the microphone played.
"""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

import pytest

from tests.e2e.browser.recorder_page import Browser, RecorderPage, chromium, recorder, recording_offline
from tests.e2e.browser.stored_audio import StoredChunk, holes, kept, placed, unexplained
from tests.installation import Installation, Node, until
from tests.sound import RATE, Pcm

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.usefixtures("worker")]


async def ready(clinic: Installation, session_id: str, played: Pcm) -> list[StoredChunk]:
    """The chunks, once the session is ready; they must be what was captured."""

    async def is_ready() -> bool:
        return bool(await clinic.value("SELECT state FROM sessions WHERE id = $1", UUID(session_id)) == "ready")

    await until(is_ready, 90)
    chunks = await kept(clinic, session_id, played)
    assert placed(chunks, played) >= 0.6 * len(chunks), "too few chunks could be found in what was played"
    return chunks


async def test_words_appear_while_people_talk_and_every_sample_is_kept(
    clinic: Installation, node: Node, microphone: Path, speech: Pcm, tmp_path: Path
) -> None:
    async with recorder(clinic, node.url, tmp_path / "profile", microphone) as page:
        await page.start()
        await page.until_said("how have you been|good morning")
        await page.until_seconds("safe", 20)
        recorded = await page.seconds("recorded")
        session_id = await page.stop()
        chunks = await ready(clinic, session_id, speech)
        assert unexplained(chunks, page.stood_still_s) == []
        assert chunks[-1].end >= recorded * RATE


async def test_axe_finds_nothing_while_recording_when_asked_to_stop_and_afterwards(
    clinic: Installation, node: Node, microphone: Path, tmp_path: Path
) -> None:
    async with chromium(tmp_path / "profile", microphone) as browser:
        page = RecorderPage(await browser.page(), node.url)
        await page.sign_in(clinic.ann)
        await page.start()
        await page.until_said("how have you been|good morning")
        assert await browser.violations(page.page) == []
        await page.page.get_by_role("button", name="Stop", exact=True).first.click()
        stop = page.page.get_by_role("dialog").get_by_role("button", name="Stop", exact=True)
        await stop.wait_for()
        assert await browser.violations(page.page) == []
        await stop.click()
        await page.until_safe()
        assert await browser.violations(page.page) == []


async def test_half_a_minute_without_a_network_loses_nothing(
    clinic: Installation, node: Node, microphone: Path, speech: Pcm, tmp_path: Path
) -> None:
    async with recording_offline(clinic, node, tmp_path / "profile", microphone) as (network, page):
        safe = await page.seconds("safe")
        await page.until_seconds("recorded", safe + 30, 60)
        assert await page.seconds("safe") == safe
        network.mend()
        await page.until_connection("Connected", 60)
        await page.until_seconds("safe", safe + 30, 60)
        chunks = await ready(clinic, await page.stop(), speech)
        assert unexplained(chunks, page.stood_still_s) == []


async def test_a_killed_node_costs_nothing(clinic: Installation, microphone: Path, speech: Pcm, tmp_path: Path) -> None:
    node = await clinic.start_node()
    async with recorder(clinic, node.url, tmp_path / "profile", microphone) as page:
        await page.start()
        await page.until_seconds("safe", 5)
        node.kill()
        await page.until_connection("Offline, kept here")
        recorded = await page.seconds("recorded")
        await page.until_seconds("recorded", recorded + 5)
        again = await clinic.start_node(port=node.port)
        await page.until_connection("Connected", 60)
        await page.until_seconds("safe", recorded + 5, 60)
        chunks = await ready(clinic, await page.stop(), speech)
        assert unexplained(chunks, page.stood_still_s) == []
    again.kill()


async def test_a_killed_browser_goes_on_where_it_was_with_the_gap_declared(
    clinic: Installation, node: Node, microphone: Path, speech: Pcm, tmp_path: Path
) -> None:
    profile = tmp_path / "profile"
    recorded, _ = await killed_while_recording(clinic, node, profile, microphone)
    async with chromium(profile, microphone) as browser:
        page = RecorderPage(await browser.page(), node.url)
        await page.open()
        await page.page.get_by_text("A recording was not finished").wait_for()
        await page.page.get_by_role("button", name="Go on recording").click()
        await page.until_seconds("recorded", recorded + 5)
        await page.until_seconds("safe", recorded + 5, 60)
        session_id = await page.stop()
        chunks = await ready(clinic, session_id, speech)
        ((gap_from, gap_to),) = holes(chunks)
        assert gap_from >= recorded * RATE
        assert gap_to > gap_from
        shown = await clinic.get(node, clinic.ann, f"/sessions/{session_id}")
        assert shown["coverage"]["holes"] == [[gap_from * 1000 // RATE, gap_to * 1000 // RATE]]


async def test_a_killed_browser_sends_what_it_had_when_the_recording_is_finished_later(
    clinic: Installation, node: Node, microphone: Path, speech: Pcm, tmp_path: Path
) -> None:
    profile = tmp_path / "profile"
    recorded, stood_still_s = await killed_while_recording(clinic, node, profile, microphone)
    async with chromium(profile, microphone) as browser:
        page = RecorderPage(await browser.page(), node.url)
        await page.open()
        await page.page.get_by_role("button", name="Finish it").click()
        newest = await clinic.value("SELECT id FROM sessions ORDER BY created_at DESC LIMIT 1")
        chunks = await ready(clinic, str(newest), speech)
        assert unexplained(chunks, stood_still_s) == []
        assert chunks[-1].end >= recorded * RATE


async def killed_while_recording(
    clinic: Installation, node: Node, profile: Path, microphone: Path
) -> tuple[int, float]:
    """Seconds that the page showed as recorded when every process of the browser was killed, and for how many its
    audio had stood still."""
    browser: Browser
    async with chromium(profile, microphone) as browser:
        page = RecorderPage(await browser.page(), node.url)
        await page.sign_in(clinic.ann)
        await page.start()
        await page.until_seconds("recorded", 10)
        recorded = await page.seconds("recorded")
        browser.kill()
    return recorded, browser.witness.stood_still_s


async def test_of_two_tabs_one_records_and_the_other_says_so(
    clinic: Installation, node: Node, microphone: Path, speech: Pcm, tmp_path: Path
) -> None:
    async with recorder(clinic, node.url, tmp_path / "profile", microphone) as page:
        await page.start()
        await page.until_seconds("recorded", 5)
        other = RecorderPage(await page.page.context.new_page(), node.url)
        await other.open()
        await other.page.get_by_text("Another tab is recording").wait_for()
        await page.page.bring_to_front()
        await page.until_seconds("safe", 15, 60)
        chunks = await ready(clinic, await page.stop(), speech)
        assert unexplained(chunks, page.stood_still_s) == []
        await other.page.get_by_text("Another tab is recording").wait_for(state="detached")


async def test_a_pause_is_a_declared_gap(
    clinic: Installation, node: Node, microphone: Path, speech: Pcm, tmp_path: Path
) -> None:
    async with recorder(clinic, node.url, tmp_path / "profile", microphone) as page:
        await page.start()
        await page.until_seconds("recorded", 5)
        await page.page.keyboard.press("p")
        await page.page.get_by_text("Paused", exact=True).first.wait_for()
        await page.page.wait_for_timeout(2_000)  # the length of the pause, not a wait for anything
        await page.page.keyboard.press("p")
        recorded = await page.seconds("recorded")
        await page.until_seconds("recorded", recorded + 5)
        session_id = await page.stop()
        chunks = await ready(clinic, session_id, speech)
        ((gap_from, gap_to),) = holes(chunks)
        assert 1.5 * RATE < gap_to - gap_from < 6 * RATE
