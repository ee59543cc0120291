"""The capture modules of the web client in a page of their own, and what they hand on."""

from __future__ import annotations

import asyncio
import wave
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from aiohttp import web
from numpy.typing import NDArray
from playwright.async_api import Page, async_playwright

from session_core.decoding.decoder import DecodeLimits, decode
from tests.sound import RATE, Pcm

WEB_CLIENT = Path(__file__).parents[3] / "web_client"
POLICY = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "connect-src 'self'",
        "img-src 'self' data: blob:",
        "media-src 'self' blob:",
        "worker-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    ]
)


@dataclass(frozen=True)
class Chunk:
    seq: int
    first_sample: int
    sample_count: int
    media_type: str
    body: bytes

    @property
    def end(self) -> int:
        return self.first_sample + self.sample_count

    def decoded(self) -> Pcm:
        return decode(self.body, self.media_type, DecodeLimits(max_samples=120 * RATE))


@dataclass
class CapturePage:
    page: Page
    folder: Path
    chunks: list[Chunk] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    async def heard(self) -> Pcm:
        """All that the browser gave to the recorder, as a witness beside it heard it; see ``bench.callWitness``."""
        await self.page.evaluate("bench.testify()")
        samples = np.frombuffer((self.folder / "heard.f32").read_bytes(), dtype="<f4")
        heard: Pcm = np.rint(samples * 32767).clip(-32768, 32767).astype(np.int16)
        return heard

    async def encode(self, samples: NDArray[np.float64], rate: int, chunk: int, holes: list[tuple[int, int]]) -> None:
        (self.folder / "source.f32").write_bytes(samples.astype("<f4").tobytes())
        order = {"url": "/source.f32", "sampleRate": rate, "chunkSamples": chunk, "holes": holes}
        await self.page.evaluate("order => bench.encode(order)", order)

    async def open(self, chunk_seconds: float, next_seq: int = 0, next_sample: int = 0) -> int:
        """Returns the rate at which the browser captures."""
        rate: int = await self.page.evaluate("start => bench.open(...start)", [chunk_seconds, next_seq, next_sample])
        return rate

    async def until_recorded(self, samples: int) -> None:
        await self.page.wait_for_function("end => bench.capture.state.get().recordedSamples >= end", arg=samples)

    async def until(self, phase: str, trouble: str | None = None) -> None:
        await self.page.wait_for_function(
            "([phase, trouble]) => {"
            "  const now = bench.capture.state.get(); return now.phase === phase && now.trouble === trouble"
            "}",
            arg=[phase, trouble],
        )


async def built(folder: Path) -> Path:
    """Builds the page as the web client is built, into ``folder``."""
    vite = WEB_CLIENT / "node_modules" / "vite" / "bin" / "vite.js"
    page = WEB_CLIENT / "tests" / "capture_page"
    build = await asyncio.create_subprocess_exec(
        *("node", vite, "build", page, "--config", WEB_CLIENT / "vite.config.ts", "--outDir", folder),
        cwd=WEB_CLIENT,
        stdout=DEVNULL,
        stderr=PIPE,
    )
    _, complaint = await build.communicate()
    assert build.returncode == 0, complaint.decode()
    return folder


@asynccontextmanager
async def capture_page(folder: Path, microphone: Pcm) -> AsyncIterator[CapturePage]:
    """The built page in Chromium, under the node's content security policy, hearing ``microphone`` over and over."""
    heard = folder / "microphone.wav"
    with wave.open(str(heard), "wb") as file:
        file.setparams((1, 2, RATE, len(microphone), "NONE", ""))
        file.writeframes(microphone.astype("<i2").tobytes())
    chunks: list[Chunk] = []
    async with _served(folder, chunks) as address, async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path="/usr/bin/chromium",
            args=[
                "--no-sandbox",
                "--use-fake-device-for-media-stream",
                "--use-fake-ui-for-media-stream",
                f"--use-file-for-fake-audio-capture={heard}",
            ],
        )
        page = await browser.new_page()
        complaints: list[str] = []
        page.on("console", lambda said: complaints.append(said.text) if said.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        await page.goto(f"{address}/index.html")
        await page.wait_for_function("window.bench")
        yield CapturePage(page, folder, chunks, complaints)
        await browser.close()


@asynccontextmanager
async def _served(folder: Path, chunks: list[Chunk]) -> AsyncIterator[str]:
    async def take(request: web.Request) -> web.Response:
        first, count = int(request.query["first_sample"]), int(request.query["sample_count"])
        seq = int(request.match_info["seq"])
        chunks.append(Chunk(seq, first, count, request.content_type, await request.read()))
        return web.Response(status=204)

    async def take_testimony(request: web.Request) -> web.Response:
        (folder / "heard.f32").write_bytes(await request.read())
        return web.Response(status=204)

    async def strict(_request: web.Request, response: web.StreamResponse) -> None:
        response.headers["Content-Security-Policy"] = POLICY

    app = web.Application(client_max_size=2**26)
    app.on_response_prepare.append(strict)
    app.router.add_post("/chunks/{seq}", take)
    app.router.add_post("/heard", take_testimony)
    app.router.add_static("/", folder)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0]
    try:
        yield f"http://{host}:{port}"
    finally:
        await runner.cleanup()
