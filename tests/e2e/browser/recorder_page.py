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

from tests.e2e.browser.audio_witness import AudioWitness
from tests.e2e.browser.network import Network
from tests.installation import PASSWORD, ROOT, Installation, Node, Person, until
from tests.sound import RATE, Pcm

SPOKEN_S = 60.0
"""How long a page may take to show what it must: recognisers share the machine with the browser."""


LOOK_EVERY_S = 0.1
"""Figures on the page are whole seconds. Each look goes through the browser and takes time from what it records."""


CHUNK_SECONDS = "5"
"""The shortest that the page offers."""


AXE = ROOT / "web_client" / "node_modules" / "axe-core" / "axe.min.js"

SETTLED = """(scheme) => {
  if (document.documentElement.dataset.mantineColorScheme !== scheme) return false;
  const moving = document.getAnimations().filter((each) => each instanceof CSSTransition);
  for (const each of moving) each.finish();
  return moving.length === 0;
}"""
"""The page has taken up the colours, and nothing is half faded in."""


def write_wav(path: Path, pcm: Pcm) -> Path:
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE)
        out.writeframes(pcm.tobytes())
    return path


def seconds_of(clock: str) -> int:
    """12:41 as 761."""
    parts = [int(part) for part in re.findall(r"\d+", clock)]
    return sum(part * 60**place for place, part in enumerate(reversed(parts)))


class Browser:
    """Chromium with a profile of its own, which survives :meth:`kill`."""

    def __init__(self, context: BrowserContext, profile: Path) -> None:
        self.context = context
        self.witness = AudioWitness()
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

    async def violations(self, page: Page) -> list[tuple[str, str, int, list[str]]]:
        """What axe finds in the page as it stands: rule, colours, width and elements; light and dark, on a telephone
        and on a desk."""
        assert self.complaints == []
        window = page.viewport_size
        if not await page.evaluate("'axe' in window"):
            await page.evaluate(AXE.read_text())
        found = []
        for scheme in ("light", "dark"):
            await page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
            for width in (390, 1280):
                await page.set_viewport_size({"width": width, "height": 800})
                await page.wait_for_function(SETTLED, arg=scheme)
                rules = (await page.evaluate("axe.run({resultTypes: ['violations']})"))["violations"]
                found += [(rule["id"], scheme, width, [each["html"] for each in rule["nodes"]]) for rule in rules]
        if window is not None:
            await page.set_viewport_size(window)
        self.complaints.clear()  # axe itself tries styles that the policy forbids
        return found

    def kill(self) -> None:
        """SIGKILL to every process of it."""
        family = processes_of(self._profile)
        for process in family:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        psutil.wait_procs(family)
        self.killed = True


def processes_of(profile: Path) -> set[psutil.Process]:
    """Every process of the browser with this profile. One that has ended meanwhile may be among them."""
    marker = f"--user-data-dir={profile}"
    family: set[psutil.Process] = set()
    for root in psutil.process_iter(["cmdline"]):
        if marker in (root.info["cmdline"] or ()):
            with suppress(psutil.NoSuchProcess):
                family |= {root, *root.children(recursive=True)}
    return family


@asynccontextmanager
async def chromium(
    profile: Path, microphone: Path | None = None, *, allowed: bool = True, **options: object
) -> AsyncIterator[Browser]:
    """Debian's Chromium. ``microphone`` is a WAV that its microphone plays once from the moment it is opened;
    without one there is no microphone. Pages are ``allowed`` to hear it, or refused."""
    arguments = ["--no-sandbox", "--disable-gpu", "--mute-audio"]
    if allowed:
        arguments += ["--use-fake-ui-for-media-stream"]
    if microphone is not None:
        arguments += [
            "--use-fake-device-for-media-stream",
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
        await browser.witness.watch(context)
        try:
            yield browser
        finally:
            with suppress(*((PlaywrightError,) if browser.killed else ())):
                async with asyncio.timeout(20):
                    await context.close()


@asynccontextmanager
async def recorder(
    clinic: Installation, url: str, profile: Path, microphone: Path | None, *, script: str = "", allowed: bool = True
) -> AsyncIterator[RecorderPage]:
    """A page in which ann has signed in; ``script`` runs before each of its pages. Browser and pages must have had
    nothing to complain of when the block ends."""
    async with chromium(profile, microphone, allowed=allowed) as browser:
        await browser.context.add_init_script(f"{{{script}}}")
        page = RecorderPage(await browser.page(), url, browser.witness)
        await page.sign_in(clinic.ann)
        yield page
        assert browser.complaints == []


@asynccontextmanager
async def recording_offline(
    clinic: Installation, node: Node, profile: Path, microphone: Path
) -> AsyncIterator[tuple[Network, RecorderPage]]:
    """A page that records, has seen its first chunk safe, and has lost the network, which can be mended."""
    async with Network.to(node.port) as network, recorder(clinic, network.url, profile, microphone) as page:
        await page.start()
        await page.until_seconds("safe", 5)
        network.cut()
        await page.until_connection("Offline, kept here")
        yield network, page


class RecorderPage:
    """One tab. Each method is what a person does, and returns when the page shows that it happened."""

    def __init__(self, page: Page, url: str, witness: AudioWitness | None = None) -> None:
        self.page = page
        self._url = url
        self._witness = witness

    async def open(self, path: str = "/") -> None:
        await self.page.goto(self._url + path)

    async def sign_in(self, person: Person) -> None:
        await self.sign_in_as(person.email, PASSWORD)

    async def sign_in_as(self, email: str, password: str) -> None:
        await self.open()
        await self.page.get_by_label("Email").fill(email)
        await self.page.get_by_label("Password", exact=True).fill(password)
        await self.page.get_by_role("button", name="Sign in").click()
        await self.page.get_by_role("heading", name="Sessions", exact=True).wait_for()

    async def start(self, title: str = "Follow-up", patient: str = "P-1042") -> None:
        await self.open("/record")
        await self.fill_in(title, patient)
        await self.press_start()
        await self.until_recording()

    async def fill_in(self, title: str = "Follow-up", patient: str = "P-1042") -> None:
        await self.page.get_by_label("Title").fill(title)
        await self.page.get_by_label("Patient reference").fill(patient)
        await self.page.get_by_label("Consent was given").check()
        await self.page.get_by_text("More settings").click()
        await self.page.get_by_label("A piece is put away and sent every").select_option(CHUNK_SECONDS)

    async def press_start(self) -> None:
        await self.page.get_by_role("button", name="Start recording").click()

    async def until_recording(self) -> None:
        await self.page.get_by_text("Recording", exact=True).first.wait_for()
        await self.until_seconds("recorded", 0)

    async def stop(self) -> str:
        """Stop, wait until everything is safe; the session's id."""
        await self.press_stop()
        return await self.until_safe()

    async def press_stop(self) -> None:
        await self.page.get_by_role("button", name="Stop", exact=True).first.click()
        await self.page.get_by_role("dialog").get_by_role("button", name="Stop", exact=True).click()

    async def until_safe(self) -> str:
        """The session's id, once the page says that everything of the stopped recording is on the server."""
        await self.page.get_by_role("heading", name="The recording is safe").wait_for(timeout=90_000)
        return await self.session_id()

    async def session_id(self) -> str:
        link = await self.page.get_by_role("link", name="Review the session").get_attribute("href")
        assert link is not None
        return link.rsplit("/", 1)[-1]

    @property
    def stood_still_s(self) -> float:
        """How long the audio of its browser stood still; see ``audio_witness``."""
        assert self._witness is not None, "nobody watches the audio of this browser"
        return self._witness.stood_still_s

    async def seconds(self, figure: str) -> int:
        """What the page shows as "recorded", "safe" or "transcribed"."""
        shown = self.page.locator("dl > div").filter(has=self.page.get_by_text(figure, exact=True)).locator("dd span")
        return seconds_of((await shown.first.text_content()) or "")

    async def captured(self) -> int:
        """Seconds on the large clock, which runs with the microphone."""
        return seconds_of((await self.page.locator("h1 span").first.text_content()) or "")

    async def until_seconds(self, figure: str, least: int, within_s: float = SPOKEN_S) -> None:
        await until(lambda: self._reached(figure, least), within_s, LOOK_EVERY_S)

    async def _reached(self, figure: str, least: int) -> bool:
        return await self.seconds(figure) >= least

    async def told(self, title: str) -> str:
        """What the page says under this title: what happened, what is safe, what to do."""
        notice = self.page.get_by_role("alert").or_(self.page.get_by_role("status"))
        notice = notice.filter(has=self.page.get_by_text(title, exact=True)).last
        await notice.wait_for()
        return await notice.inner_text()

    async def until_settled(self, title: str) -> None:
        """Until the page has nothing more to say under this title."""
        await self.page.get_by_text(title, exact=True).first.wait_for(state="detached")

    @property
    def live(self) -> Locator:
        return self.page.get_by_role("region", name="Live transcript")

    async def until_said(self, words: str, within_s: float = SPOKEN_S) -> None:
        await self.page.get_by_text(re.compile(words)).first.wait_for(timeout=within_s * 1000)

    async def until_connection(self, words: str, within_s: float = SPOKEN_S) -> None:
        await self.page.get_by_text(words, exact=True).first.wait_for(timeout=within_s * 1000)
