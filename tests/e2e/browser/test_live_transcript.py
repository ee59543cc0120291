"""The text on the recording screen: its end stays in view unless somebody reads further up, and the page holds only
the last minutes of it.

What is said comes from here as a worker would store it, an hour in a moment, while the browser records silence.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4, uuid5

import numpy as np
import pytest
import pytest_asyncio
from playwright.async_api import Locator

from session_core.change import Changes
from session_core.messages.segment import wire_segment
from session_core.segment import Segment, Word
from session_core.storage import segments
from tests.changes import changes_on
from tests.e2e.browser.recorder_page import Browser, RecorderPage, chromium, write_wav
from tests.installation import Installation, Node, until
from tests.sound import RATE

pytestmark = pytest.mark.asyncio(loop_scope="module")

MINUTE = 60_000


class Talk:
    """Words of one session, as they would be recognised: a segment every six seconds."""

    def __init__(self, installation: Installation, changes: Changes, org_id: UUID, session_id: UUID) -> None:
        self._installation = installation
        self._changes = changes
        self._org_id = org_id
        self._session_id = session_id
        self._window_id = uuid4()

    async def begin(self) -> None:
        await self._installation.fetch(
            """
            INSERT INTO windows (org_id, session_id, id, kind, cut_sample, start_sample, end_sample, next_cut_sample,
                                 overlaps_previous, overlaps_next, generation, priority, state)
            VALUES ($1, $2, $3, 'final', 0, 0, 160000, 160000, false, false, 0, 1, 'done')
            """,
            self._org_id,
            self._session_id,
            self._window_id,
        )

    async def say(self, from_ms: int, until_ms: int) -> None:
        said = [self._segment(at) for at in range(from_ms, until_ms, 6_000)]
        async with self._changes.of(self._org_id, self._session_id) as change:
            pairs = [(self._window_id, segment) for segment in said]
            await segments.save(change.connection, self._org_id, self._session_id, change.key, pairs)
            for segment in said:
                change.event("segment.final", wire_segment(segment))

    def _segment(self, at: int) -> Segment:
        text = f"at second {at // 1000} there is something to be said about the knee and how it feels"
        words = tuple(Word(word, at + n * 300, at + n * 300 + 250, 0.9) for n, word in enumerate(text.split()))
        return Segment(uuid5(self._session_id, str(at)), at, words[-1].end_ms, text, words)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def changes(clinic: Installation) -> AsyncIterator[Changes]:
    async with changes_on(clinic) as made:
        yield made


@asynccontextmanager
async def talking(
    clinic: Installation, node: Node, changes: Changes, folder: Path
) -> AsyncIterator[tuple[Browser, RecorderPage, Talk]]:
    """A browser, its page on which somebody records, and what is said to it."""
    silence = write_wav(folder / "silence.wav", np.zeros(300 * RATE, dtype=np.int16))
    async with chromium(folder / "profile", silence) as browser:
        page = RecorderPage(await browser.page(), node.url)
        await page.page.set_viewport_size({"width": 1000, "height": 600})
        await page.sign_in(clinic.ann)
        await page.start()
        await page.until_seconds("safe", 1)
        session_id, org_id = (await clinic.fetch("SELECT id, org_id FROM sessions ORDER BY created_at DESC LIMIT 1"))[0]
        talk = Talk(clinic, changes, org_id, session_id)
        await talk.begin()
        yield browser, page, talk
        assert browser.complaints == []


async def place(text: Locator, line: str = "none") -> dict[str, Any]:
    """Where the text stands, in pixels: its length, what is left below its view, and where a line is in that view,
    wherever the page has that view: a notice above it moves it."""
    found: dict[str, Any] = await text.evaluate(
        """(paper, line) => {
          const lines = [...paper.querySelectorAll("[data-line]")];
          const found = lines.find((each) => each.textContent.includes(line));
          return {
            length: paper.scrollHeight,
            below: paper.scrollHeight - paper.clientHeight - paper.scrollTop,
            lines: lines.length,
            line: found && found.getBoundingClientRect().top - paper.getBoundingClientRect().top,
          };
        }""",
        line,
    )
    return found


async def is_at_its_end(text: Locator) -> bool:
    return bool((await place(text))["below"] < 2)


async def is_at_its_beginning(text: Locator) -> bool:
    return bool(await text.evaluate("paper => paper.scrollTop") == 0)


async def holds(text: Locator, lines: int) -> bool:
    return bool((await place(text))["lines"] == lines)


async def until_shown(text: Locator, second: int) -> None:
    await text.get_by_text(f"at second {second} there", exact=False).wait_for()


async def test_the_end_of_the_text_stays_in_view_until_somebody_scrolls_up(
    clinic: Installation, node: Node, changes: Changes, tmp_path: Path
) -> None:
    async with talking(clinic, node, changes, tmp_path) as (_, page, talk):
        text, back = page.live, page.page.get_by_role("button", name="Back to the end")
        await talk.say(0, 3 * MINUTE)
        await until_shown(text, 174)
        await until(lambda: is_at_its_end(text), 20)
        assert await back.count() == 0

        await text.hover()
        await page.page.mouse.wheel(0, -400)
        await back.wait_for()
        before = await place(text, "at second 138 ")
        await talk.say(3 * MINUTE, 4 * MINUTE)
        await until_shown(text, 234)
        after = await place(text, "at second 138 ")
        assert after["line"] == pytest.approx(before["line"], abs=1), "what is read stays where it is"
        assert after["below"] > before["below"]

        await back.press("Enter")
        await back.wait_for(state="detached")
        await until(lambda: is_at_its_end(text), 20)
        await talk.say(4 * MINUTE, 5 * MINUTE)
        await until_shown(text, 294)
        await until(lambda: is_at_its_end(text), 20)


async def test_the_page_holds_the_last_minutes_and_what_somebody_reads(
    clinic: Installation, node: Node, changes: Changes, tmp_path: Path
) -> None:
    async with talking(clinic, node, changes, tmp_path) as (_, page, talk):
        text, back = page.live, page.page.get_by_role("button", name="Back to the end")
        await talk.say(0, 60 * MINUTE)
        await until_shown(text, 3594)
        await until(lambda: holds(text, 100), 20)
        await until(lambda: is_at_its_end(text), 20)

        await text.focus()
        await page.page.keyboard.press("Home")
        await until(lambda: is_at_its_beginning(text))
        first = "at second 3000 "
        before = await place(text, first)
        await talk.say(60 * MINUTE, 65 * MINUTE)
        await until_shown(text, 3894)
        after = await place(text, first)
        assert after["line"] == pytest.approx(before["line"], abs=1), "lines that somebody reads do not leave"

        earlier = text.get_by_role("button", name="Show earlier")
        await earlier.press("Enter")
        await text.get_by_text("This is the beginning.").wait_for()
        assert (await place(text))["lines"] == 650
        assert (await place(text, first))["line"] == pytest.approx(before["line"], abs=60), "nor are they pushed away"
        await page.page.keyboard.press("Home")
        await until(lambda: is_at_its_beginning(text))

        await back.click()
        await until_shown(text, 3894)
        await until(lambda: holds(text, 100), 20)
        await until(lambda: is_at_its_end(text), 20)
        await earlier.wait_for()


async def test_a_scroll_under_way_does_not_lead_away_from_the_end_again(
    clinic: Installation, node: Node, changes: Changes, tmp_path: Path
) -> None:
    async with talking(clinic, node, changes, tmp_path) as (_, page, talk):
        text, back = page.live, page.page.get_by_role("button", name="Back to the end")
        await talk.say(0, 60 * MINUTE)
        await until_shown(text, 3594)
        for after_ms in range(0, 120, 20):
            await text.focus()
            await text.evaluate(PRESS_AMID_A_SCROLL, after_ms)
            await page.page.keyboard.press("Home")
            await until(lambda: page.page.evaluate("window.pressed"))
            await back.wait_for(state="detached")
            await until(lambda: is_still(text))
            assert await is_at_its_end(text)


PRESS_AMID_A_SCROLL = """(paper, afterMs) => {
  window.pressed = false;
  const press = () => {
    const back = [...document.querySelectorAll("button")].find((each) => each.textContent === "Back to the end");
    if (!back) return requestAnimationFrame(press);
    back.click();
    // A page that is busy hears late of what its scroll has done meanwhile.
    for (const from = performance.now(); performance.now() - from < 40; );
    window.pressed = true;
  };
  paper.addEventListener("keydown", () => setTimeout(press, afterMs), { once: true });
}"""


async def is_still(text: Locator) -> bool:
    """Whether the text has not moved for a quarter of a second."""
    return bool(
        await text.evaluate(
            """async (paper) => {
              const [top, from] = [paper.scrollTop, performance.now()];
              while (performance.now() - from < 250) {
                await new Promise(requestAnimationFrame);
                if (paper.scrollTop !== top) return false;
              }
              return true;
            }"""
        )
    )


async def test_axe_finds_nothing_where_earlier_words_are_offered_and_shown(
    clinic: Installation, node: Node, changes: Changes, tmp_path: Path
) -> None:
    async with talking(clinic, node, changes, tmp_path) as (browser, page, talk):
        await talk.say(0, 30 * MINUTE)
        await until_shown(page.live, 1794)
        await page.live.focus()
        await page.page.keyboard.press("Home")
        assert await browser.violations(page.page) == []
        await page.live.get_by_role("button", name="Show earlier").click()
        await page.live.get_by_text("This is the beginning.").wait_for()
        assert await browser.violations(page.page) == []
