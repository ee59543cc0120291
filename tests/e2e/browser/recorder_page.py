"""A browser with a microphone, and the pages of the web client as a person uses them."""

from __future__ import annotations

import asyncio
import re
import shutil
import wave
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import psutil
from playwright.async_api import BrowserContext, Locator, Page, async_playwright
from playwright.async_api import Error as PlaywrightError

from tests.installation import PASSWORD, Person, until
from tests.sound import RATE, Pcm

SPOKEN_S = 30.0
"""How long a page may take to show what it must: recognisers share the machine with the browser."""


CHUNK_SECONDS = "5"
"""The shortest that the page offers."""


def write_wav(path: Path, pcm: Pcm) -> Path:
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE)
        out.writeframes(pcm.tobytes())
    return path


class Browser:
    """Chromium with a profile of its own, which survives :meth:`kill`."""

    def __init__(self, context: BrowserContext, profile: Path) -> None:
        self.context = context
        self._profile = profile
        self.killed = False
        self.complaints: list[str] = []
        context.on("weberror", lambda error: self.complaints.append(str(error.error)))
        context.on("console", lambda line: self._heard(line.type, line.text))

    def _heard(self, kind: str, text: str) -> None:
        # A policy that forbids something says so here; what the network refuses is said on the page.
        if kind == "error" and "net::ERR" not in text and "Failed to load resource" not in text:
            self.complaints.append(text)

    async def page(self) -> Page:
        return self.context.pages[0] if self.context.pages else await self.context.new_page()

    def kill(self) -> None:
        """SIGKILL to every process of it."""
        marker = f"--user-data-dir={self._profile}"
        roots = [each for each in psutil.process_iter(["cmdline"]) if marker in (each.info["cmdline"] or ())]
        family = {process for root in roots for process in (root, *root.children(recursive=True))}
        for process in family:
            process.kill()
        psutil.wait_procs(family)
        self.killed = True


@asynccontextmanager
async def chromium(profile: Path, microphone: Path | None = None, **options: object) -> AsyncIterator[Browser]:
    """Debian's Chromium. ``microphone`` is a WAV that its microphone plays once from the moment it is opened;
    without one there is no microphone."""
    arguments = ["--no-sandbox", "--disable-gpu", "--mute-audio"]
    if microphone is not None:
        arguments += [
            "--use-fake-device-for-media-stream",
            "--use-fake-ui-for-media-stream",
            f"--use-file-for-fake-audio-capture={microphone}%noloop",
        ]
    async with async_playwright() as playwright:
        context = await playwright.chromium.launch_persistent_context(
            str(profile),
            executable_path=shutil.which("chromium"),
            args=arguments,
            **options,  # type: ignore[arg-type]
        )
        browser = Browser(context, profile)
        try:
            yield browser
        finally:
            with suppress(*((PlaywrightError,) if browser.killed else ())):
                async with asyncio.timeout(20):
                    await context.close()


class RecorderPage:
    """One tab. Each method is what a person does, and returns when the page shows that it happened."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self._url = url

    async def open(self, path: str = "/") -> None:
        await self.page.goto(self._url + path)

    async def sign_in(self, person: Person) -> None:
        await self.sign_in_as(person.email, PASSWORD)

    async def sign_in_as(self, email: str, password: str) -> None:
        await self.open()
        await self.page.get_by_label("Email").fill(email)
        await self.page.get_by_label("Password", exact=True).fill(password)
        await self.page.get_by_role("button", name="Sign in").click()
        await self.page.get_by_role("heading", name="Sessions").wait_for()

    async def start(self, title: str = "Follow-up", patient: str = "P-1042") -> None:
        await self.open("/record")
        await self.page.get_by_label("Title").fill(title)
        await self.page.get_by_label("Patient reference").fill(patient)
        await self.page.get_by_label("Consent was given").check()
        await self.page.get_by_text("More settings").click()
        await self.page.get_by_label("A piece is put away and sent every").select_option(CHUNK_SECONDS)
        await self.page.get_by_role("button", name="Start recording").click()
        await self.page.get_by_text("Recording", exact=True).first.wait_for()
        await self.until_seconds("recorded", 0)

    async def stop(self) -> str:
        """Stop, wait until everything is safe; the session's id."""
        await self.page.get_by_role("button", name="Stop", exact=True).first.click()
        await self.page.get_by_role("dialog").get_by_role("button", name="Stop", exact=True).click()
        await self.page.get_by_role("heading", name="The recording is safe").wait_for(timeout=90_000)
        return await self.session_id()

    async def session_id(self) -> str:
        link = await self.page.get_by_role("link", name="Review the session").get_attribute("href")
        assert link is not None
        return link.rsplit("/", 1)[-1]

    async def seconds(self, figure: str) -> int:
        """What the page shows as "recorded", "safe" or "transcribed"."""
        shown = self.page.locator("dl > div").filter(has=self.page.get_by_text(figure, exact=True)).locator("dd span")
        text = (await shown.first.text_content()) or ""
        parts = [int(part) for part in re.findall(r"\d+", text)]
        return sum(part * 60**place for place, part in enumerate(reversed(parts)))

    async def until_seconds(self, figure: str, least: int, within_s: float = SPOKEN_S) -> None:
        await until(lambda: self._reached(figure, least), within_s)

    async def _reached(self, figure: str, least: int) -> bool:
        return await self.seconds(figure) >= least

    @property
    def live(self) -> Locator:
        return self.page.get_by_role("region", name="Live transcript")

    async def until_said(self, words: str, within_s: float = SPOKEN_S) -> None:
        await self.page.get_by_text(re.compile(words)).first.wait_for(timeout=within_s * 1000)

    async def until_connection(self, words: str, within_s: float = SPOKEN_S) -> None:
        await self.page.get_by_text(words, exact=True).first.wait_for(timeout=within_s * 1000)
