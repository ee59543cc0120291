"""A session with something in it to review, and its page."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from playwright.async_api import Page

from tests.clients import Recorder, chunks_of
from tests.e2e.browser.recorder_page import Browser
from tests.installation import Installation, Node, until
from tests.sound import Pcm

CHUNK_S = 8.0


async def ready_session(clinic: Installation, node: Node, speech: Pcm) -> str:
    """Ann's, recorded, stopped and worked off; returns its id."""
    recorder = Recorder(clinic, node.url, chunks_of(speech, CHUNK_S), pace_s=0.0)
    await recorder.run()
    await until_ready(clinic, node, str(recorder.session_id))
    return str(recorder.session_id)


async def until_ready(clinic: Installation, node: Node, session_id: str) -> None:
    async def is_ready() -> bool:
        shown = await clinic.get(node, clinic.ann, f"/sessions/{session_id}")
        return bool(shown["state"] == "ready")

    await until(is_ready, 240)


async def ask(clinic: Installation, node: Node, method: str, path: str, body: dict[str, Any]) -> Any:
    """What Ann asks for by another way than the page."""
    headers = {"Authorization": f"Bearer {await clinic.token(node, clinic.ann)}"}
    url = f"{node.url}/api/v1{path}"
    async with clinic.http.request(method, url, json=body, headers=headers) as answer:
        assert answer.status == 200, await answer.text()
        return await answer.json()


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
