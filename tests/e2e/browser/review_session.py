"""A session with something in it to review, and its page."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from playwright.async_api import Page

from tests.clients import Chunk, Recorder
from tests.e2e.browser.recorder_page import Browser, RecorderPage, chromium
from tests.installation import Installation, Node, until

CHUNK_S = 8.0
"""Seconds of a chunk of a session that is made for a review."""


async def ready_session(clinic: Installation, node: Node, chunks: list[Chunk], state: str = "ready") -> str:
    """Ann's, recorded, stopped and worked off, which ends in ``state``; returns its id."""
    recorder = Recorder(clinic, node.url, chunks, pace_s=0.0)
    await recorder.run()
    await until_ready(clinic, node, str(recorder.session_id), state)
    return str(recorder.session_id)


async def until_ready(clinic: Installation, node: Node, session_id: str, state: str = "ready") -> None:
    async def is_ready() -> bool:
        shown = await clinic.get(node, clinic.ann, f"/sessions/{session_id}")
        return bool(shown["state"] == state)

    await until(is_ready, 240)


async def ask(clinic: Installation, node: Node, method: str, path: str, body: dict[str, Any]) -> Any:
    """What Ann asks for by another way than the page."""
    headers = {"Authorization": f"Bearer {await clinic.token(node, clinic.ann)}"}
    url = f"{node.url}/api/v1{path}"
    async with clinic.http.request(method, url, json=body, headers=headers) as answer:
        assert answer.status == 200, await answer.text()
        return await answer.json()


@asynccontextmanager
async def anns_browser(clinic: Installation, node: Node, profile: Path) -> AsyncIterator[Browser]:
    """One in which Ann is signed in, and of which nothing may complain."""
    async with chromium(profile) as running:
        await RecorderPage(await running.page(), node.url).sign_in(clinic.ann)
        yield running
        assert running.complaints == []


@asynccontextmanager
async def reviewed(browser: Browser, node: Node, session_id: str) -> AsyncIterator[Page]:
    page = await browser.context.new_page()
    await page.goto(f"{node.url}/sessions/{session_id}")
    await page.get_by_role("region", name="Player").wait_for()
    yield page
    await page.close()


async def position(page: Page) -> float:
    """Seconds at which the player stands."""
    return float(await page.get_by_role("slider", name="Position").get_attribute("aria-valuenow") or -1)
