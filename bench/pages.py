"""The pages: how long a first visit takes, how much JavaScript it loads, and the memory of an hour's recording.

``pages-load`` opens the sign-in page and, signed in, the list of sessions in a browser that knows nothing yet, and
takes the time from the request to the moment at which the page can be used: the password can be typed, the button for
a new recording be pressed. ``pages-memory`` records for an hour from a microphone that plays speech over and over,
collects garbage every minute, and looks at the JavaScript heap. Growth is the slope of the line of least squares once
the page has filled what it keeps of the transcript, with the standard error of that slope.
"""

from __future__ import annotations

import asyncio
import shutil
import statistics
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from playwright.async_api import Browser, BrowserContext, CDPSession, Page, async_playwright

from bench.installation import Installation, installation
from bench.machine import this_machine
from bench.outcome import Measure, Outcome
from hearken.dialogue import voice_dialogue
from hearken.sign_in import Account

VISITS = 5
RECORDED_S, LOOK_EVERY_S = 3600.0, 60.0
FILLED_S = 900.0
"""By then the page holds the ten minutes of transcript that it keeps, and the browser has compiled what runs often."""
MOST_GROWTH_MB_H = 0.25
"""Taken as no growth: what the upload remembers of an hour's chunks is less."""
SCRIPTS = """
performance.getEntriesByType("resource").filter((each) => each.name.endsWith(".js"))
  .reduce((sum, each) => sum + each.encodedBodySize, 0)
"""


async def measure_page_load() -> Outcome:
    machine = this_machine()
    async with installation(worker=False) as system, _chromium() as browser:
        account = await system.new_account()
        visits = [await _first_visit(browser, account) for _ in range(VISITS)]
    sign_in, listed, scripts = (list(each) for each in zip(*visits, strict=True))
    return Outcome(
        "pages, first visit",
        machine,
        (
            Measure("sign-in can be used, median", statistics.median(sign_in), "s", most=1.5),
            Measure("sign-in can be used, worst", max(sign_in), "s", most=1.5),
            Measure("sessions can be used, median", statistics.median(listed), "s", most=1.5),
            Measure("JavaScript on the way, sign-in", statistics.median(scripts) / 1000, "KB", most=350),
        ),
        (f"{VISITS} visits, each with an empty cache",),
    )


async def _first_visit(browser: Browser, account: Account) -> tuple[float, float, int]:
    """Seconds until the sign-in and until the list of sessions can be used, and the bytes of scripts of the former."""
    context = await browser.new_context()
    page = await context.new_page()
    began = time.perf_counter()
    await page.goto(account.url, wait_until="commit")
    await page.get_by_label("Password", exact=True).click()
    sign_in = time.perf_counter() - began
    await page.wait_for_load_state("networkidle")
    scripts = int(await page.evaluate(SCRIPTS))
    await _sign_in(page, account)
    kept = await context.storage_state()
    await context.close()
    again = await browser.new_context(storage_state=kept)
    page = await again.new_page()
    began = time.perf_counter()
    await page.goto(account.url, wait_until="commit")
    await page.get_by_role("link", name="New recording").first.click(trial=True)
    listed = time.perf_counter() - began
    await again.close()
    return sign_in, listed, scripts


async def measure_page_memory() -> Outcome:
    machine = this_machine()
    with tempfile.TemporaryDirectory() as folder:
        microphone = Path(folder) / "microphone.wav"
        await voice_dialogue(microphone)
        async with installation(worker=True) as system, _chromium(microphone) as browser:
            context = await browser.new_context()
            heap = await _recorded_hour(system, context)
    mb = [each.mb for each in heap]
    growth, error = _growth([each for each in heap if each.s >= FILLED_S])
    return Outcome(
        f"pages, {RECORDED_S / 60:.0f} minutes recorded",
        machine,
        (
            Measure("JavaScript heap, most", max(mb), "MB", most=60),
            Measure("first half, median", statistics.median(mb[: len(mb) // 2]), "MB"),
            Measure("second half, median", statistics.median(mb[len(mb) // 2 :]), "MB"),
            Measure(f"growth after {FILLED_S / 60:.0f} minutes", growth, "MB/h", most=MOST_GROWTH_MB_H),
            Measure("its standard error", error, "MB/h"),
        ),
        (f"MB every {LOOK_EVERY_S:.0f} s: " + " ".join(f"{each:.2f}" for each in mb),),
    )


@dataclass(frozen=True, slots=True)
class _Look:
    """The heap after garbage collection, ``s`` seconds into the recording."""

    s: float
    mb: float


def _growth(heap: list[_Look]) -> tuple[float, float]:
    """Slope of the line of least squares and its standard error, MB/h; three looks at least."""
    hours, mb = np.array([(each.s / 3600, each.mb) for each in heap]).T
    (slope, _), covariance = np.polyfit(hours, mb, 1, cov=True)
    return float(slope), float(np.sqrt(covariance[0, 0]))


async def _recorded_hour(system: Installation, context: BrowserContext) -> list[_Look]:
    page = await context.new_page()
    await page.goto(system.url)
    await _sign_in(page, await system.new_account())
    await page.goto(system.url + "/record")
    await page.get_by_label("Consent was given").check()
    await page.get_by_role("button", name="Start recording").click()
    await page.get_by_text("Recording", exact=True).first.wait_for()
    inside = await context.new_cdp_session(page)
    await inside.send("Performance.enable")
    heap: list[_Look] = []
    began = time.monotonic()
    while (left := began + RECORDED_S - time.monotonic()) > 0:
        await asyncio.sleep(min(LOOK_EVERY_S, left))
        heap.append(_Look(time.monotonic() - began, await _heap_mb(inside)))
    return heap


async def _heap_mb(inside: CDPSession) -> float:
    # What waits for a finaliser goes with the second collection.
    for _ in range(2):
        await inside.send("HeapProfiler.collectGarbage")
    metrics = (await inside.send("Performance.getMetrics"))["metrics"]
    return next(float(each["value"]) for each in metrics if each["name"] == "JSHeapUsedSize") / 1e6


async def _sign_in(page: Page, account: Account) -> None:
    await page.get_by_label("Email").fill(account.email)
    await page.get_by_label("Password", exact=True).fill(account.password.get_secret_value())
    await page.get_by_role("button", name="Sign in").click()
    await page.get_by_role("link", name="New recording").first.wait_for()


@asynccontextmanager
async def _chromium(microphone: Path | None = None) -> AsyncIterator[Browser]:
    arguments = ["--no-sandbox", "--disable-gpu", "--mute-audio"]
    if microphone is not None:
        arguments += [
            "--use-fake-device-for-media-stream",
            "--use-fake-ui-for-media-stream",
            f"--use-file-for-fake-audio-capture={microphone}",
        ]
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=shutil.which("chromium"), args=arguments)
        try:
            yield browser
        finally:
            await browser.close()
