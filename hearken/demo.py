"""`hearken demo`: a whole installation, a sample session through it, its transcript, and all of it gone again."""

from __future__ import annotations

import argparse
import asyncio
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
from rich.console import Console
from rich.padding import Padding
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from hearken.chunk_file import SAMPLE_RATE
from hearken.dialogue import voice_dialogue
from hearken.health import Health
from hearken.outbox import Manifest, open_outbox
from hearken.reconnection import connect_as
from hearken.recorder import Outcome, Recorder
from hearken.recording import cut, fingerprint, read_blocks
from hearken.screen import clock, open_screen
from hearken.sign_in import Account, read_account
from hearken.stream import speed_argument
from session_core.errors import HearkenError

CHUNK_SECONDS = 15
START_S = 120.0
STOP_S = 60.0


class InstallationFailed(HearkenError):
    """`hearken up` did not come up; the message holds what it said last."""

    retryable = False


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = subparsers.add_parser(
        "demo",
        help="start everything, stream a sample session, print its transcript, stop",
        description="Start a whole installation in a temporary folder, stream a sample consultation that is voiced "
        "on the spot, print its transcript and coverage, and remove everything.",
    )
    parser.add_argument(
        "--speed", type=speed_argument, default=2.0, metavar="N", help="times faster than life (default: %(default)g)"
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    console = Console(highlight=False)
    folder = Path(tempfile.mkdtemp(prefix="hearken-demo-"))
    folder.chmod(0o711)  # the database runs as another user where this runs as root
    try:
        outcome = asyncio.run(_demonstrate(console, folder, args.speed))
    finally:
        shutil.rmtree(folder)
    console.print(Text("  Everything is stopped, and the temporary folder is gone.\n", style="dim"))
    return 0 if outcome.good else 1


async def _demonstrate(console: Console, folder: Path, speed: float) -> Outcome:
    console.print(Padding(Text.assemble(("Hearken", "bold"), "  live transcription of clinical sessions"), (1, 2)))
    recording = folder / "consultation.wav"
    seconds = await voice_dialogue(recording)
    async with _installation(console, folder) as (account, engines):
        for engine in engines:
            _step(console, "engine", engine)
        pace = f"{speed:g} times its speed" if speed else "as fast as it goes"
        _step(console, "session", f"{clock(round(seconds * 1000))} of talk, two voices, {pace}")
        console.print()
        outcome = await _stream(folder, recording, account, speed)
        _report(console, outcome)
    return outcome


async def _stream(folder: Path, recording: Path, account: Account, speed: float) -> Outcome:
    fresh = Manifest(
        source=fingerprint(recording), codec="flac", chunk_samples=CHUNK_SECONDS * SAMPLE_RATE, title="Consultation"
    )
    outbox = open_outbox(folder / "outbox", fresh)
    screen = open_screen(sys.stdout)
    try:
        async with aiohttp.ClientSession() as http:
            cuts = cut(read_blocks(recording), fresh.chunk_samples)
            return await Recorder(outbox, screen).run(connect_as(account, http), cuts, speed)
    finally:
        screen.close()
        outbox.close()


@asynccontextmanager
async def _installation(console: Console, folder: Path) -> AsyncIterator[tuple[Account, list[str]]]:
    """`hearken up` as a process of its own: the account to sign in with, and the engines that run."""
    data = folder / "data"
    log = folder / "up.log"
    began = time.monotonic()
    with log.open("wb") as out:
        command = (sys.executable, "-m", "hearken", "up", "--data-dir", str(data), "--port", "0")
        process = await asyncio.create_subprocess_exec(*command, stdout=out, stderr=out, start_new_session=True)
    try:
        with console.status("starting Postgres, Redis, a node and a worker"):
            account, engines = await _started(process, data / "first-account.json", log)
        _step(console, "started", f"Postgres, Redis, a node and a worker, in {time.monotonic() - began:.1f} s")
        yield account, engines
    finally:
        with console.status("stopping"):
            await _stop(process)


async def _started(process: asyncio.subprocess.Process, account_file: Path, log: Path) -> tuple[Account, list[str]]:
    try:
        async with asyncio.timeout(START_S):
            while (account := _account(account_file)) is None:
                await _still_runs(process, log)
            async with Health(account.url) as health:
                while not (engines := await health.engines()):
                    if unable := await health.unable():
                        raise InstallationFailed("\n".join(unable))
                    await _still_runs(process, log)
            return account, engines
    except TimeoutError:
        raise InstallationFailed(f"nothing was ready after {START_S:.0f} s:\n{_last_lines(log)}") from None


def _account(file: Path) -> Account | None:
    return read_account(file) if file.exists() else None


async def _still_runs(process: asyncio.subprocess.Process, log: Path) -> None:
    """Wait a moment. Raises :class:`InstallationFailed` where waiting is in vain."""
    if process.returncode is not None:
        raise InstallationFailed(f"`hearken up` ended with exit code {process.returncode}:\n{_last_lines(log)}")
    await asyncio.sleep(0.1)


async def _stop(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        process.send_signal(signal.SIGTERM)
    try:
        async with asyncio.timeout(STOP_S):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()


def _last_lines(log: Path) -> str:
    return "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-8:])


def _step(console: Console, name: str, what: str) -> None:
    line = Table.grid(padding=(0, 2))
    line.add_column(width=9, style="cyan")
    line.add_row(name, Text(what))
    console.print(Padding(line, (0, 2)))


def _report(console: Console, outcome: Outcome) -> None:
    console.print()
    console.print(Rule("transcript", style="dim", align="left"))
    console.print(Padding(Text(outcome.transcript or "(no words)"), (1, 2)))
    console.print(Rule("coverage", style="dim", align="left"))
    holes = ", ".join(f"{clock(start)} to {clock(end)}" for start, end in outcome.holes) or "none"
    rows = (
        ("recorded", clock(outcome.recorded_ms)),
        ("stored", f"{clock(outcome.stored_ms)} in {outcome.chunks} chunks, {len(outcome.refused)} refused"),
        ("transcribed", clock(outcome.transcribed_ms)),
        ("holes", holes),
        ("failed windows", str(outcome.failed_windows)),
        ("state", str(outcome.state)),
        ("stop to ready", f"{outcome.stop_to_ready_s:.1f} s"),
    )
    table = Table.grid(padding=(0, 2))
    for name, value in rows:
        table.add_row(Text(name, style="cyan"), value)
    console.print(Padding(table, (1, 2)))
