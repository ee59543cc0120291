"""Decoding in thrown-away processes: what comes out, what is fenced in, what happens when one dies."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import struct
import subprocess
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import suppress
from pathlib import Path

import numpy as np
import psutil
import pytest

from session_core.decoding.decoder import DecodeLimits, decode
from session_core.decoding.pcm import SAMPLE_BYTES
from session_core.decoding.sandbox import DecodeCrashed, DecodeSandbox
from session_core.errors import BadMedia
from tests.sound import FORMATS, RATE, file_of, silence_of, tone


@pytest.fixture
async def sandbox() -> AsyncIterator[DecodeSandbox]:
    sandbox = DecodeSandbox()
    yield sandbox
    await sandbox.aclose()


@pytest.fixture
async def hasty() -> AsyncIterator[DecodeSandbox]:
    """Gives a file a fifth of a second, which a busy machine may need for the smallest one."""
    sandbox = DecodeSandbox(timeout_s=0.2)
    yield sandbox
    await sandbox.aclose()


@pytest.fixture(scope="module")
def long_file() -> bytes:
    """Five minutes: its decoding lasts long enough to be met under way."""
    return file_of(tone(300))


async def patiently(sandbox: DecodeSandbox, file: bytes) -> bytearray:
    """A second of sound, tried as often as it takes."""
    while True:
        with suppress(DecodeCrashed):
            return await sandbox.decode(file, "audio/wav", RATE)


def zygote() -> psutil.Process:
    """The one zygote that this test has started."""
    (found,) = (child for child in psutil.Process().children() if "session_core.decoding.zygote" in child.cmdline())
    return found


def count(pcm: bytearray) -> int:
    return len(pcm) // SAMPLE_BYTES


async def until(condition: Callable[[], bool], seconds: float = 10) -> None:
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.005)


async def child_of(warm: psutil.Process) -> psutil.Process:
    """The child in which the only decode under way runs."""
    found: list[psutil.Process] = []

    def is_there() -> bool:
        found[:] = warm.children()
        return bool(found)

    await until(is_there)
    return found[0]


async def idle(warm: psutil.Process) -> None:
    await until(lambda: not warm.children())


def may_close_network() -> bool:
    return any(
        subprocess.run(["unshare", *flags, "true"], stderr=subprocess.DEVNULL).returncode == 0
        for flags in (["--net"], ["--user", "--net"])
    )


def status_of(process: psutil.Process) -> str:
    return Path(f"/proc/{process.pid}/status").read_text()


@contextlib.contextmanager
def held(process: psutil.Process) -> Iterator[None]:
    process.suspend()
    try:
        yield
    finally:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.resume()


@pytest.mark.parametrize("media_type", FORMATS)
async def test_a_file_decodes_as_it_would_in_this_process(sandbox: DecodeSandbox, media_type: str) -> None:
    file = file_of(tone(15), media_type)
    pcm = await sandbox.decode(file, media_type, 15 * RATE)
    assert np.array_equal(np.frombuffer(pcm, np.int16), decode(file, media_type, DecodeLimits(17 * RATE)))


@pytest.mark.parametrize(
    "file",
    [b"", b"\x00" * 5_000, file_of(tone(1), "audio/mp4")[:-200], b"ffconcat version 1.0\nfile '/etc/hostname'\n"],
    ids=["empty", "zeros", "no-index", "script"],
)
async def test_bad_media_is_told_and_the_next_file_decodes(sandbox: DecodeSandbox, file: bytes) -> None:
    with pytest.raises(BadMedia):
        await sandbox.decode(file, "audio/webm", RATE)
    assert count(await sandbox.decode(file_of(tone(1), "audio/wav"), "audio/wav", RATE)) == RATE


async def test_a_file_of_much_more_than_announced_is_refused(sandbox: DecodeSandbox) -> None:
    began = time.monotonic()
    with pytest.raises(BadMedia, match=r"more than 17\.0 s"):
        await sandbox.decode(silence_of(hours=2), "audio/webm", 15 * RATE)
    assert time.monotonic() - began < 5


async def test_a_little_more_than_announced_comes_back_whole(sandbox: DecodeSandbox) -> None:
    assert count(await sandbox.decode(file_of(tone(2), "audio/wav"), "audio/wav", RATE)) == 2 * RATE


async def test_every_decode_runs_in_a_process_of_its_own(sandbox: DecodeSandbox) -> None:
    await sandbox.decode(file_of(tone(1)), "audio/webm", RATE)
    warm = zygote()
    await idle(warm)
    seen: set[int] = set()
    for _ in range(3):
        running = asyncio.create_task(sandbox.decode(file_of(tone(60), bit_rate=64_000), "audio/webm", 60 * RATE))
        seen.add((await child_of(warm)).pid)
        await running
        await idle(warm)
    assert len(seen) == 3


async def test_a_child_is_fenced_in(sandbox: DecodeSandbox, long_file: bytes) -> None:
    await sandbox.decode(file_of(tone(1)), "audio/webm", RATE)
    warm = zygote()
    await idle(warm)
    running = asyncio.create_task(sandbox.decode(long_file, "audio/webm", 300 * RATE))
    child = await child_of(warm)
    await until(lambda: child.rlimit(psutil.RLIMIT_NOFILE) == (0, 0))
    with held(child):
        assert child.rlimit(psutil.RLIMIT_FSIZE) == (0, 0)
        assert child.rlimit(psutil.RLIMIT_CORE) == (0, 0)
        assert child.rlimit(psutil.RLIMIT_CPU)[1] <= 10
        assert child.rlimit(psutil.RLIMIT_AS)[1] < 2**31
        assert "NoNewPrivs:\t1" in status_of(child)
    await running


async def test_no_network_is_in_reach_where_the_system_lets_it_be_closed(sandbox: DecodeSandbox) -> None:
    await sandbox.decode(file_of(tone(1)), "audio/webm", RATE)
    closed = os.readlink(f"/proc/{zygote().pid}/ns/net") != os.readlink("/proc/self/ns/net")
    assert closed == may_close_network()


async def test_a_file_that_needs_too_much_memory_is_refused(sandbox: DecodeSandbox) -> None:
    samples = 60_000_000
    fmt = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, 8_000, 8_000, 1, 8)
    head = struct.pack("<4sI4s", b"RIFF", 36 + samples, b"WAVE") + fmt + struct.pack("<4sI", b"data", samples)
    with pytest.raises(BadMedia, match="memory"):
        await sandbox.decode(head + bytes(samples), "audio/wav", 2 * samples)


async def test_no_secret_of_the_environment_reaches_the_zygote(
    sandbox: DecodeSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HEARKEN_MASTER_KEY", "a secret")
    await sandbox.decode(file_of(tone(1)), "audio/webm", RATE)
    assert "HEARKEN_MASTER_KEY" not in zygote().environ()


async def test_a_killed_child_is_a_crash_and_no_judgement_on_the_file(sandbox: DecodeSandbox, long_file: bytes) -> None:
    await sandbox.decode(file_of(tone(1)), "audio/webm", RATE)
    warm = zygote()
    await idle(warm)
    running = asyncio.create_task(sandbox.decode(long_file, "audio/webm", 300 * RATE))
    (await child_of(warm)).kill()
    with pytest.raises(DecodeCrashed) as crash:
        await running
    assert crash.value.retryable
    assert count(await sandbox.decode(long_file, "audio/webm", 300 * RATE)) == 300 * RATE
    assert zygote().pid == warm.pid


async def test_a_killed_zygote_is_replaced(sandbox: DecodeSandbox) -> None:
    file = file_of(tone(1), "audio/wav")
    await sandbox.decode(file, "audio/wav", RATE)
    first = zygote()
    first.kill()
    await until(lambda: not first.is_running())
    assert count(await sandbox.decode(file, "audio/wav", RATE)) == RATE
    assert zygote().pid != first.pid


async def test_a_decode_that_takes_too_long_is_killed(hasty: DecodeSandbox) -> None:
    await patiently(hasty, file_of(tone(1), "audio/wav"))
    warm = zygote()
    with pytest.raises(DecodeCrashed):
        await hasty.decode(file_of(tone(1800), "audio/flac"), "audio/flac", 1800 * RATE)
    await idle(warm)
    assert count(await patiently(hasty, file_of(tone(1), "audio/wav"))) == RATE


async def test_a_zygote_that_hangs_is_killed_and_replaced(hasty: DecodeSandbox) -> None:
    file = file_of(tone(1), "audio/wav")
    await patiently(hasty, file)
    first = zygote()
    first.suspend()
    with pytest.raises(DecodeCrashed):
        await hasty.decode(file, "audio/wav", RATE)
    assert not first.is_running()
    assert count(await patiently(hasty, file)) == RATE


async def test_the_event_loop_stays_free_while_files_decode(sandbox: DecodeSandbox) -> None:
    file = file_of(tone(120), "audio/flac")
    await sandbox.decode(file_of(tone(1)), "audio/webm", RATE)
    running = asyncio.gather(*(sandbox.decode(file, "audio/flac", 120 * RATE) for _ in range(6)))
    longest, first = 0.0, time.monotonic()
    while not running.done():
        began = time.monotonic()
        await asyncio.sleep(0.001)
        longest = max(longest, time.monotonic() - began)
    assert all(count(pcm) == 120 * RATE for pcm in await running)
    assert longest < (time.monotonic() - first) / 4


async def test_a_cancelled_decode_leaves_the_sandbox_usable(sandbox: DecodeSandbox, long_file: bytes) -> None:
    await sandbox.decode(file_of(tone(1)), "audio/webm", RATE)
    warm = zygote()
    await idle(warm)
    running = asyncio.create_task(sandbox.decode(long_file, "audio/webm", 300 * RATE))
    await child_of(warm)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert count(await sandbox.decode(file_of(tone(1), "audio/wav"), "audio/wav", RATE)) == RATE


async def test_closing_ends_the_zygote_and_what_it_decodes(long_file: bytes) -> None:
    sandbox = DecodeSandbox()
    await sandbox.decode(file_of(tone(1)), "audio/webm", RATE)
    warm = zygote()
    await idle(warm)
    running = asyncio.create_task(sandbox.decode(long_file, "audio/webm", 300 * RATE))
    child = await child_of(warm)
    await sandbox.aclose()
    with pytest.raises(DecodeCrashed):
        await running
    assert not warm.is_running()
    await until(lambda: not child.is_running())
    with pytest.raises(DecodeCrashed):
        await sandbox.decode(file_of(tone(1)), "audio/webm", RATE)


async def test_signals_to_the_process_group_do_not_reach_the_zygote(sandbox: DecodeSandbox) -> None:
    file = file_of(tone(1), "audio/wav")
    await sandbox.decode(file, "audio/wav", RATE)
    warm = zygote()
    assert os.getpgid(warm.pid) != os.getpgid(0)
    for number in (signal.SIGINT, signal.SIGTERM):
        os.kill(warm.pid, number)
    assert count(await sandbox.decode(file, "audio/wav", RATE)) == RATE
    assert zygote().pid == warm.pid
