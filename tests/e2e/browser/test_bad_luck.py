"""Bad input and bad luck, in a real browser against a real node: each time the page says what happened, what is safe
and what to do, and nothing is lost that it has shown as recorded."""

from __future__ import annotations

import asyncio
from pathlib import Path
from uuid import UUID

import numpy as np
import pytest
from playwright.async_api import Dialog

from tests.e2e.browser.network import Network
from tests.e2e.browser.recorder_page import RecorderPage, chromium, recorder, recording_offline, write_wav
from tests.e2e.browser.stored_audio import holes, kept, stored_chunks, unexplained
from tests.installation import PASSWORD, Installation, Node, until
from tests.sound import RATE, Pcm

pytestmark = pytest.mark.asyncio(loop_scope="module")

NOTHING_YET = "Nothing is being recorded yet."

A_MICROPHONE_TO_PULL = """
const devices = navigator.mediaDevices;
const open = devices.getUserMedia.bind(devices);
const tracks = [];
let refusal = null;
devices.getUserMedia = async (wanted) => {
  if (refusal !== null) throw new DOMException("", refusal);
  const stream = await open(wanted);
  tracks.push(...stream.getAudioTracks());
  return stream;
};
window.bench = {
  /** From now on it is not to be had, for the reason that a DOMException of this name stands for. */
  refuse: (name) => { refusal = name; },
  pull: () => {
    refusal = "NotFoundError";
    for (const track of tracks.splice(0)) {
      track.stop();
      track.dispatchEvent(new Event("ended"));
    }
  },
  plug: () => {
    refusal = null;
    devices.dispatchEvent(new Event("devicechange"));
  },
};
"""

NO_INDEXED_DB = """
IDBFactory.prototype.open = () => { throw new DOMException("", "SecurityError"); };
"""

A_CLOCK_TO_SET = """
const RightDate = Date;
let aheadMs = 0;
window.Date = class extends RightDate {
  constructor(...parts) {
    if (parts.length === 0) super(RightDate.now() + aheadMs);
    else super(...parts);
  }
  static now() { return RightDate.now() + aheadMs; }
};
window.setClock = (years) => { aheadMs = years * 365 * 86_400_000; };
"""


async def sessions(clinic: Installation) -> int:
    return int(await clinic.value("SELECT count(*) FROM sessions"))


async def test_a_refused_microphone_is_explained_and_tried_again(
    clinic: Installation, node: Node, microphone: Path, speech: Pcm, tmp_path: Path
) -> None:
    before = await sessions(clinic)
    async with recorder(clinic, node.url, tmp_path / "profile", microphone, allowed=False) as page:
        await page.open("/record")
        await page.fill_in()
        await page.press_start()
        told = await page.told("The browser does not allow the microphone")
        assert NOTHING_YET in told
        assert "Allow the microphone beside the address of this page" in told
        assert await sessions(clinic) == before
        await page.page.context.grant_permissions(["microphone"])
        await page.page.get_by_role("button", name="Try again").click()
        await page.until_seconds("recorded", 5)
        chunks = await kept(clinic, await page.stop(), speech)
        assert unexplained(chunks, page.stood_still_s) == []


async def test_without_a_microphone_nothing_begins(clinic: Installation, node: Node, tmp_path: Path) -> None:
    before = await sessions(clinic)
    async with recorder(clinic, node.url, tmp_path / "profile", None) as page:
        await page.open("/record")
        await page.fill_in()
        await page.press_start()
        told = await page.told("There is no microphone")
        assert NOTHING_YET in told
        assert "Plug one in or switch it on, then try again." in told
        await page.press_stop()
        await page.page.get_by_role("heading", name="Nothing was recorded").wait_for()
        await page.open()
        await page.page.get_by_role("heading", name="Sessions", exact=True).wait_for()
        await page.page.wait_for_load_state("networkidle")
        assert await page.page.get_by_text("A recording was not finished").count() == 0
        assert await sessions(clinic) == before


async def test_a_microphone_that_another_program_uses_is_waited_for(
    clinic: Installation, node: Node, microphone: Path, speech: Pcm, tmp_path: Path
) -> None:
    async with recorder(clinic, node.url, tmp_path / "profile", microphone, script=A_MICROPHONE_TO_PULL) as page:
        await page.open("/record")
        await page.fill_in()
        await page.page.evaluate("bench.refuse('NotReadableError')")
        await page.press_start()
        told = await page.told("Another program uses the microphone")
        assert NOTHING_YET in told
        assert "Close calls and other recorders" in told
        await page.page.evaluate("bench.plug()")
        await page.until_recording()
        await page.until_seconds("recorded", 5)
        chunks = await kept(clinic, await page.stop(), speech)
        assert unexplained(chunks, page.stood_still_s) == []


async def test_a_microphone_that_is_pulled_out_and_plugged_in_leaves_a_declared_hole(
    clinic: Installation, node: Node, microphone: Path, speech: Pcm, tmp_path: Path
) -> None:
    async with recorder(clinic, node.url, tmp_path / "profile", microphone, script=A_MICROPHONE_TO_PULL) as page:
        await page.start()
        await page.until_seconds("recorded", 5)
        clock = asyncio.get_running_loop().time
        pulled_at = clock()
        await page.page.evaluate("bench.pull()")
        told = await page.told("The microphone is gone")
        assert "Everything recorded until now is safe. The time until it goes on is marked as a gap." in told
        assert "Plug it in again, or choose another microphone" in told
        captured = await page.captured()
        await page.until_seconds("safe", captured)
        await until(lambda: clock() > pulled_at + 2)
        await page.page.evaluate("bench.plug()")
        await page.until_recording()
        away = clock() - pulled_at
        await page.until_settled("The microphone is gone")
        await page.until_seconds("recorded", captured + 5)
        ((gap_from, gap_to),) = holes(await kept(clinic, await page.stop(), speech))
        assert gap_from >= captured * RATE
        assert 1.5 * RATE < gap_to - gap_from < (away + 1) * RATE


async def test_without_lasting_storage_it_records_and_says_that_closing_loses_what_waits(
    clinic: Installation, node: Node, microphone: Path, speech: Pcm, tmp_path: Path
) -> None:
    async with (
        Network.to(node.port) as network,
        recorder(clinic, network.url, tmp_path / "profile", microphone, script=NO_INDEXED_DB) as page,
    ):
        await page.open("/record")
        title = "This window keeps nothing when it is closed"
        assert "Better record in an ordinary window" in await page.told(title)
        await page.fill_in()
        await page.press_start()
        await page.until_recording()
        await page.until_seconds("safe", 5)
        assert "on the server" in await page.told(title)
        network.cut()
        await page.until_connection("Offline, kept here")
        await page.until_seconds("recorded", await page.seconds("safe") + 5)
        assert "the rest is only in this tab" in await page.told(title)
        await page.press_stop()
        told = await page.told("Stopped; the microphone is off")
        assert "What waits is only in this tab." in told
        assert "Keep this tab open until everything is safe." in told
        asked: asyncio.Queue[Dialog] = asyncio.Queue()
        page.page.on("dialog", asked.put_nowait)
        await page.page.close(run_before_unload=True)
        async with asyncio.timeout(10):
            await (await asked.get()).dismiss()
        network.mend()
        chunks = await kept(clinic, await page.until_safe(), speech)
        assert unexplained(chunks, page.stood_still_s) == []


async def test_it_records_from_the_start_while_the_server_is_away(
    clinic: Installation, node: Node, microphone: Path, speech: Pcm, tmp_path: Path
) -> None:
    async with (
        Network.to(node.port) as network,
        recorder(clinic, network.url, tmp_path / "profile", microphone) as page,
    ):
        before = await sessions(clinic)
        await page.page.wait_for_load_state("networkidle")
        network.cut()
        await page.page.get_by_role("link", name="New recording").first.click()
        await page.fill_in()
        await page.press_start()
        await page.until_recording()
        told = await page.told("The server cannot be reached")
        assert "The recording goes on and is kept in this browser." in told
        assert "You need not do anything" in told
        await page.until_seconds("recorded", 5)
        assert await page.seconds("safe") == 0
        assert await sessions(clinic) == before
        network.mend()
        await page.until_seconds("safe", 5)
        session_id = await page.stop()
        chunks = await kept(clinic, session_id, speech)
        assert unexplained(chunks, page.stood_still_s) == []
        # The encoder was there too, although the server was not.
        media = await clinic.fetch("SELECT DISTINCT media_type FROM chunks WHERE session_id = $1", UUID(session_id))
        assert [row["media_type"] for row in media] == ["audio/ogg"]


async def test_what_was_not_sent_at_stop_is_sent_when_the_page_is_opened_again(
    clinic: Installation, node: Node, microphone: Path, speech: Pcm, tmp_path: Path
) -> None:
    async with recording_offline(clinic, node, tmp_path / "profile", microphone) as (network, page):
        await page.until_seconds("recorded", 10)
        await page.press_stop()
        told = await page.told("Stopped; the microphone is off")
        assert "on their way to the server" in told or "on its way to the server" in told
        assert "All of it is kept in this browser until the server has it." in told
        assert "the rest is sent when Hearken is opened here again" in told
        recorded = await page.seconds("recorded")
        session_id = str(await clinic.value("SELECT id FROM sessions ORDER BY created_at DESC LIMIT 1"))
        later = await page.page.context.new_page()
        await page.page.close()
        network.mend()
        await RecorderPage(later, network.url).open()
        await until(lambda: stopped(clinic, session_id), 30)
        chunks = await kept(clinic, session_id, speech)
        assert unexplained(chunks, page.stood_still_s) == []
        assert chunks[-1].end >= recorded * RATE


async def stopped(clinic: Installation, session_id: str) -> bool:
    return await clinic.value("SELECT last_seq FROM sessions WHERE id = $1", UUID(session_id)) is not None


async def test_a_sign_in_that_expires_is_asked_for_over_the_running_recording(
    clinic: Installation, microphone: Path, speech: Pcm, tmp_path: Path
) -> None:
    node = await clinic.start_node(access_token_s=4)
    async with recorder(clinic, node.url, tmp_path / "profile", microphone) as page:
        await page.start()
        await page.until_seconds("safe", 5)
        await clinic.execute("DELETE FROM refresh_tokens")
        question = page.page.get_by_role("dialog", name="Please sign in again")
        await question.wait_for()
        assert "A recording under way goes on. It is kept in this browser" in await question.inner_text()
        await question.get_by_role("button", name="Not now").click()
        await page.until_connection("Signed out, kept here")
        told = await page.told("Your sign-in has expired")
        assert "The recording goes on and is kept in this browser." in told
        assert "Sign in again; then it is sent." in told
        recorded = await page.seconds("recorded")
        await page.until_seconds("recorded", recorded + 5)
        await (page.page.get_by_role("button", name="Sign in")).click()
        await question.get_by_label(f"Password of {clinic.ann.email}").fill(PASSWORD)
        await question.get_by_role("button", name="Sign in").click()
        await question.wait_for(state="detached")
        await page.until_seconds("safe", recorded + 5)
        chunks = await kept(clinic, await page.stop(), speech)
        assert unexplained(chunks, page.stood_still_s) == []
    node.kill()


async def test_axe_finds_nothing_where_the_sign_in_is_asked_for_over_the_running_recording(
    clinic: Installation, microphone: Path, tmp_path: Path
) -> None:
    node = await clinic.start_node(access_token_s=4)
    async with chromium(tmp_path / "profile", microphone) as browser:
        page = RecorderPage(await browser.page(), node.url)
        await page.sign_in(clinic.ann)
        await page.start()
        await clinic.execute("DELETE FROM refresh_tokens")
        question = page.page.get_by_role("dialog", name="Please sign in again")
        await question.wait_for()
        assert await browser.violations(page.page) == []
        await question.get_by_role("button", name="Not now").click()
        await page.told("You are signed out")
        assert await browser.violations(page.page) == []
        assert "The recording goes on" in await page.told("Your sign-in has expired")
    node.kill()


async def test_axe_finds_nothing_where_the_rest_waits_for_a_node_that_is_gone(
    clinic: Installation, microphone: Path, tmp_path: Path
) -> None:
    node = await clinic.start_node()
    async with chromium(tmp_path / "profile", microphone) as browser:
        page = RecorderPage(await browser.page(), node.url)
        await page.sign_in(clinic.ann)
        await page.start()
        node.kill()
        await page.until_connection("Offline, kept here")
        assert await browser.violations(page.page) == []
        await page.press_stop()
        await page.page.get_by_role("heading", name="Sending the rest").wait_for()
        await page.told("The server cannot be reached")
        assert await browser.violations(page.page) == []


@pytest.mark.parametrize("years", [-20, 20])
async def test_a_clock_that_is_wrong_by_years_costs_nothing(
    clinic: Installation, node: Node, microphone: Path, speech: Pcm, tmp_path: Path, years: int
) -> None:
    script = f"{A_CLOCK_TO_SET} setClock({years});"
    async with recorder(clinic, node.url, tmp_path / "profile", microphone, script=script) as page:
        await page.start()
        await page.until_seconds("safe", 5)
        chunks = await kept(clinic, await page.stop(), speech)
        assert unexplained(chunks, page.stood_still_s) == []


async def test_a_clock_that_is_set_in_the_middle_costs_nothing(
    clinic: Installation, node: Node, microphone: Path, speech: Pcm, tmp_path: Path
) -> None:
    async with recorder(clinic, node.url, tmp_path / "profile", microphone, script=A_CLOCK_TO_SET) as page:
        await page.start()
        for years in (3, -3):
            recorded = await page.seconds("recorded")
            await page.page.evaluate("years => setClock(years)", years)
            await page.until_seconds("recorded", recorded + 5)
        await page.until_seconds("safe", 10)
        chunks = await kept(clinic, await page.stop(), speech)
        # A clock that leaps ahead may mean that the machine slept, which is marked; how long it says is not believed.
        assert all(gap_to - gap_from <= RATE for gap_from, gap_to in holes(chunks))
        assert len(holes(chunks)) <= 1


async def test_a_page_that_is_busy_for_seconds_loses_nothing(
    clinic: Installation, node: Node, microphone: Path, speech: Pcm, tmp_path: Path
) -> None:
    async with recorder(clinic, node.url, tmp_path / "profile", microphone) as page:
        await page.start()
        await page.until_seconds("recorded", 5)
        await page.page.evaluate("const end = performance.now() + 4000; while (performance.now() < end);")
        await page.until_recording()
        await page.until_seconds("safe", 15)
        chunks = await kept(clinic, await page.stop(), speech)
        assert unexplained(chunks, page.stood_still_s) == []


async def test_a_muted_microphone_is_told_and_its_silence_is_kept_to_the_sample(
    clinic: Installation, node: Node, tmp_path: Path
) -> None:
    silence = np.zeros(60 * RATE, dtype=np.int16)
    muted = write_wav(tmp_path / "muted.wav", silence)
    async with recorder(clinic, node.url, tmp_path / "profile", muted) as page:
        await page.start()
        told = await page.told("Nothing is to be heard")
        assert "The recording goes on." in told
        assert "check that the microphone is not muted" in told
        await page.until_seconds("safe", 10)
        chunks = await stored_chunks(clinic, await page.stop())
        assert unexplained(chunks, page.stood_still_s) == []
        assert [len(chunk.pcm) for chunk in chunks] == [chunk.sample_count for chunk in chunks]


async def test_a_session_that_was_deleted_on_the_server_stays_in_this_browser(
    clinic: Installation, node: Node, microphone: Path, tmp_path: Path
) -> None:
    async with recorder(clinic, node.url, tmp_path / "profile", microphone) as page:
        await page.start()
        await page.until_seconds("safe", 5)
        session_id = str(await clinic.value("SELECT id FROM sessions ORDER BY created_at DESC LIMIT 1"))
        token = await clinic.token(node, clinic.ann)
        address = f"{node.url}/api/v1/sessions/{session_id}"
        async with clinic.http.delete(address, headers={"Authorization": f"Bearer {token}"}) as answer:
            assert answer.status < 300
        title = "The server does not take this session any more"
        told = await page.told(title)
        assert "What is recorded stays in this browser." in told
        assert "Start a new recording if you have to go on." in told
        recorded = await page.seconds("recorded")
        await page.until_seconds("recorded", recorded + 5)
        await page.press_stop()
        await page.page.get_by_role("heading", name="The server did not take this recording").wait_for()
        assert "What is recorded stays in this browser." in await page.told(title)
        await page.page.get_by_role("link", name="New recording").click()
        await page.page.get_by_role("button", name="Start recording").wait_for()
        await page.open()
        told = await page.told("The server does not take a recording any more")
        assert "stays in this browser until you remove it" in told
        assert "Ask who runs this installation before you remove it." in told
