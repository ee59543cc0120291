"""The page opened while the server is away, from what the browser keeps of it, and what becomes of it when a newer one
is served."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from playwright.async_api import Page

from tests.e2e.browser.recorder_page import SPOKEN_S, RecorderPage, chromium, recorder
from tests.e2e.browser.stored_audio import kept, unexplained
from tests.installation import ROOT, Installation, until
from tests.sound import RATE, Pcm

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.usefixtures("worker")]

OUT_OF_REACH = "The server cannot be reached"

CACHES = "caches.keys()"
SCRIPT = "new URL(document.querySelector('script[type=module]').src).pathname"


async def is_kept(page: Page) -> None:
    """Until the browser keeps the page."""
    await page.evaluate("navigator.serviceWorker.ready.then(() => undefined)")


async def test_a_page_opened_while_the_server_is_away_records_and_everything_is_sent_when_it_is_back(
    clinic: Installation, microphone: Path, speech: Pcm, tmp_path: Path
) -> None:
    node = await clinic.start_node(access_token_s=4)
    async with recorder(clinic, node.url, tmp_path / "profile", microphone) as page:
        await is_kept(page.page)
        node.kill()
        await page.page.reload()
        await page.until_connection("Server out of reach")
        told = await page.told("Your sessions cannot be shown")
        assert "You can start a recording all the same." in told
        await page.page.get_by_role("link", name="New recording").first.click()
        assert "You can record all the same." in await page.told(OUT_OF_REACH)
        await page.fill_in()
        await page.press_start()
        await page.until_recording()
        assert "The recording goes on and is kept in this browser." in await page.told(OUT_OF_REACH)
        # The access token runs out meanwhile, and cannot be renewed: that is no end of the sign-in.
        await page.until_seconds("recorded", 10)
        assert await page.seconds("safe") == 0
        assert await page.page.get_by_role("dialog").count() == 0
        again = await clinic.start_node(port=node.port)
        await page.until_connection("Connected")
        await page.until_said("how have you been|good morning", 2 * SPOKEN_S)
        await page.until_settled(OUT_OF_REACH)
        recorded = await page.seconds("recorded")
        chunks = await kept(clinic, await page.stop(), speech)
        assert unexplained(chunks, page.stood_still_s) == []
        assert chunks[-1].end >= recorded * RATE
    again.kill()


async def test_what_is_unfinished_is_offered_while_the_server_is_away(
    clinic: Installation, microphone: Path, speech: Pcm, tmp_path: Path
) -> None:
    node = await clinic.start_node()
    async with recorder(clinic, node.url, tmp_path / "profile", microphone) as page:
        await is_kept(page.page)
        await page.start()
        await page.until_seconds("safe", 5)
        node.kill()
        await page.until_connection("Offline, kept here")
        recorded = await page.seconds("recorded")
        await page.until_seconds("recorded", recorded + 5)
        later = RecorderPage(await page.page.context.new_page(), node.url)
        await page.page.close()
        await later.open()
        assert "kept in this browser" in await later.told("A recording was not finished")
        await later.page.get_by_role("button", name="Finish it").click()
        assert "All of it is kept in this browser" in await later.told("A stopped recording is still being sent")
        await clinic.start_node(port=node.port)
        await later.until_settled("A stopped recording is still being sent")
        session_id = str(await clinic.value("SELECT id FROM sessions ORDER BY created_at DESC LIMIT 1"))
        chunks = await kept(clinic, session_id, speech)
        assert unexplained(chunks, page.stood_still_s) == []
        assert chunks[-1].end >= (recorded + 5) * RATE
        # The list is there by itself as well.
        await later.page.get_by_role("list", name="Sessions").wait_for()


async def test_a_session_is_not_shown_while_the_server_is_away_and_is_when_it_is_back(
    clinic: Installation, microphone: Path, tmp_path: Path
) -> None:
    node = await clinic.start_node()
    async with recorder(clinic, node.url, tmp_path / "profile", microphone) as page:
        await is_kept(page.page)
        await page.start()
        await page.until_seconds("safe", 5)
        session_id = await page.stop()
        node.kill()
        await page.open(f"/sessions/{session_id}")
        assert "The server cannot be reached" in await page.told("This session cannot be shown now")
        again = await clinic.start_node(port=node.port)
        await page.page.get_by_role("heading", name="Follow-up").wait_for()
    again.kill()


async def test_who_is_not_signed_in_is_told_that_the_server_is_away(clinic: Installation, tmp_path: Path) -> None:
    node = await clinic.start_node()
    async with chromium(tmp_path / "profile") as browser:
        page = RecorderPage(await browser.page(), node.url)
        await page.open()
        await is_kept(page.page)
        node.kill()
        await page.page.reload()
        assert "Nobody can sign in or record here until it is back." in await page.told(OUT_OF_REACH)
        assert await browser.violations(page.page) == []
        again = await clinic.start_node(port=node.port)
        await page.until_settled(OUT_OF_REACH)
        await page.sign_in(clinic.ann)
    again.kill()


async def test_nothing_of_a_session_is_kept_with_the_page(
    clinic: Installation, microphone: Path, tmp_path: Path
) -> None:
    node = await clinic.start_node()
    async with recorder(clinic, node.url, tmp_path / "profile", microphone) as page:
        await is_kept(page.page)
        await page.start()
        await page.until_seconds("safe", 5)
        await page.open(f"/sessions/{await page.stop()}")
        await page.page.get_by_role("heading", name="Follow-up").wait_for()
        kept_addresses = await page.page.evaluate(
            """async () => {
              const requests = [];
              for (const name of await caches.keys()) requests.push(...(await (await caches.open(name)).keys()));
              return requests.map(({url}) => new URL(url).pathname).sort();
            }"""
        )
        built = sorted(f"/assets/{each.name}" for each in (ROOT / "web_client" / "dist" / "assets").iterdir())
        assert kept_addresses == ["/", *(name for name in built if not name.endswith((".br", ".gz")))]
    node.kill()


def newer_build(folder: Path) -> Path:
    """The same pages as another version of them: the first script has another name, and all that name it know."""
    built = shutil.copytree(ROOT / "web_client" / "dist", folder, ignore=shutil.ignore_patterns("*.br", "*.gz"))
    (old,) = re.findall(r'src="/assets/(index-[^"]+)\.js"', (built / "index.html").read_text())
    (built / "assets" / f"{old}.js").rename(built / "assets" / "index-newer123.js")
    for file in (built / "index.html", built / "shell_worker.js", *(built / "assets").glob("*.js")):
        file.write_text(file.read_text().replace(old, "index-newer123"))
    worker = built / "shell_worker.js"
    worker.write_text(re.sub(r'VERSION = "\w+"', 'VERSION = "newer"', worker.read_text()))
    return built


async def test_a_newer_build_is_shown_when_the_page_is_loaded_anew_and_an_open_page_keeps_its_own_files(
    clinic: Installation, tmp_path: Path
) -> None:
    node = await clinic.start_node()
    async with chromium(tmp_path / "profile") as browser:
        first = await browser.page()
        await first.goto(node.url)
        await is_kept(first)
        (version,) = await first.evaluate(CACHES)
        old = await first.evaluate(SCRIPT)
        node.kill()
        node = await clinic.start_node(port=node.port, web_client=newer_build(tmp_path / "newer"))

        second = await browser.context.new_page()
        await second.goto(node.url)
        assert await second.evaluate(SCRIPT) == "/assets/index-newer123.js"

        async def both_are_kept() -> bool:
            return set(await second.evaluate(CACHES)) == {version, "hearken.shell.newer"}

        await until(both_are_kept)
        assert await first.evaluate("(script) => fetch(script).then(({ ok }) => ok)", old)

        await first.close()

        async def only_the_newer_is_kept() -> bool:
            # The browser may still count a page that was closed a moment ago: the next load asks once more.
            await second.reload()
            return bool(await second.evaluate(CACHES) == ["hearken.shell.newer"])

        await until(only_the_newer_is_kept, every_s=1.0)
        node.kill()
        await second.reload()
        await second.get_by_role("heading", name="Sign in").wait_for()
        assert await second.evaluate(SCRIPT) == "/assets/index-newer123.js"
        assert browser.complaints == []
