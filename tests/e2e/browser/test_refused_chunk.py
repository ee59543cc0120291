"""A chunk that the server refuses for good while its session lives: told, kept aside, passed, and declared missing."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

import pytest
import pytest_asyncio
from playwright.async_api import Page

from tests.e2e.browser.recorder_page import recorder
from tests.e2e.browser.stored_audio import holes, placed, stored_chunks
from tests.installation import Installation, Node, Part, until
from tests.sound import RATE, Pcm

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.usefixtures("worker")]

DAMAGED = 1
"""The chunk whose first bytes are wrong."""

AN_ENCODER_THAT_FAILS_ONCE = f"""
const digest = SubtleCrypto.prototype.digest;
let files = 0;
SubtleCrypto.prototype.digest = function (algorithm, bytes) {{
  const isFile = String.fromCharCode(...bytes.subarray(0, 4)) === "OggS";
  if (isFile && files++ === {DAMAGED}) bytes.fill(0, 0, 4);
  return digest.call(this, algorithm, bytes);
}};
"""
"""The bytes are spoilt where a chunk is about to be digested and put away: all that follows holds them for right, and
the server is the first to see that they are no audio."""

KEPT = """
() => new Promise((found, failed) => {
  const opening = indexedDB.open("hearken.outbox");
  opening.onerror = () => failed(opening.error);
  opening.onsuccess = () => {
    const stores = opening.result.transaction(["chunks", "audio"]);
    const chunks = stores.objectStore("chunks").getAll();
    const audio = stores.objectStore("audio").getAllKeys();
    stores.oncomplete = () => {
      opening.result.close();
      found([chunks.result.map(({ seq, fate, code }) => [seq, fate, code]), audio.result.map(([, seq]) => seq)]);
    };
  };
})
"""
"""What the outbox holds: each chunk with its fate and the code of a refusal, and the numbers of those with sound."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def worker(clinic: Installation) -> Part:
    """One that does not wait long for chunks that are missing."""
    return await clinic.start_worker(hole_wait_s=1, seal_wait_s=1)


async def test_a_chunk_refused_for_good_is_told_and_kept_and_the_rest_goes_on(
    clinic: Installation, node: Node, microphone: Path, speech: Pcm, tmp_path: Path
) -> None:
    script = AN_ENCODER_THAT_FAILS_ONCE
    async with recorder(clinic, node.url, tmp_path / "profile", microphone, script=script) as page:
        await page.start()
        title = "One piece of the recording was not taken by the server"
        told = await page.told(title)
        assert "It will not take them when asked again either, so they are kept aside." in told
        assert "They stay in this browser. Everything else is sent as usual." in told
        recorded = await page.seconds("recorded")
        await page.until_seconds("recorded", recorded + 10)
        # What lies behind the hole is on the server too, but not safe without a gap from the beginning on.
        assert await page.seconds("safe") == 5
        await page.press_stop()
        session_id = await page.session_id()
        await until(lambda: is_sealed(clinic, session_id), 60, 0.2)
        assert "They stay in this browser." in await page.told(title)
        await page.page.get_by_role("heading", name="The server did not take all of it").wait_for()

        chunks = await stored_chunks(clinic, session_id)
        last = await clinic.value("SELECT last_seq FROM sessions WHERE id = $1", UUID(session_id))
        assert [chunk.seq for chunk in chunks] == [seq for seq in range(last + 1) if seq != DAMAGED]
        assert holes(chunks) == [(5 * RATE, 10 * RATE)]
        assert chunks[-1].end >= (recorded + 10) * RATE
        assert placed(chunks, speech) >= 0.6 * len(chunks)
        shown = await clinic.get(node, clinic.ann, f"/sessions/{session_id}")
        assert shown["coverage"]["holes"] == [[5_000, 10_000]]

        await page.open()
        told = await page.told("The server did not take all of a recording")
        assert "It stays in this browser until you remove it. The rest is on the server." in told
        # Nothing but the refused one: the server has said that it holds the others.
        await until(lambda: holds(page.page, [[DAMAGED, "refused", "bad_media"]]), 60, 0.2)
        await page.page.get_by_role("button", name="Remove from this browser").click()
        question = page.page.get_by_role("dialog", name="Remove the sound kept here?")
        assert "What the server did not take exists nowhere else." in await question.inner_text()
        await question.get_by_role("button", name="Remove", exact=True).click()
        await page.until_settled("The server did not take all of a recording")
        await until(lambda: holds(page.page, []), 60, 0.2)


async def is_sealed(clinic: Installation, session_id: str) -> bool:
    """Whether nothing more is waited for, so that what is missing is a hole."""
    state = await clinic.value("SELECT state FROM sessions WHERE id = $1", UUID(session_id))
    return state in ("transcribing", "labelling", "noting", "ready")


async def holds(page: Page, chunks: list[list[object]]) -> bool:
    """Whether the outbox holds these chunks, each with its sound, and no others."""
    return bool(await page.evaluate(KEPT) == [chunks, [seq for seq, *_ in chunks]])
