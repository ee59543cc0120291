"""The supervisor, on small real programs."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hearken.supervisor import Part, PartFailed, Program, restart_pause, try_lock

DEAF = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); signal.pause()"


def part(folder: Path, *command: str, name: str = "part", patience_s: float = 5.0) -> Part:
    return Part(
        name=name,
        command=command,
        log=folder / f"{name}.log",
        lock=folder / f"{name}.lock",
        environ={"PATH": os.environ["PATH"]},
        stops=((signal.SIGTERM, patience_s),),
    )


async def at_once() -> bool:
    return True


async def never() -> bool:
    return False


def logged(part: Part, text: str) -> Callable[[], Awaitable[bool]]:
    async def found() -> bool:
        return text in part.log.read_text()

    return found


async def until(condition: Callable[[], object], within_s: float = 10.0) -> None:
    async with asyncio.timeout(within_s):
        while True:
            if condition():
                return
            await asyncio.sleep(0.01)


@asynccontextmanager
async def running(
    part: Part, is_ready: Callable[[], Awaitable[bool]] = at_once
) -> AsyncIterator[tuple[Program, list[str]]]:
    said: list[str] = []
    program = Program(part, said.append)
    try:
        await program.start(is_ready)
        yield program, said
    finally:
        await program.stop()


async def test_what_dies_is_started_again_and_one_line_says_so(tmp_path: Path) -> None:
    async with running(part(tmp_path, "sleep", "1000")) as (program, said):
        first = program.pid
        assert first is not None
        os.kill(first, signal.SIGKILL)
        await until(lambda: program.restarts == 1 and program.pid)
        assert program.pid != first
        assert len(said) == 1
        assert said[0].startswith("part was ended by SIGKILL; starting it again in ")


async def test_a_part_that_ends_by_itself_is_started_again_with_growing_pauses(tmp_path: Path) -> None:
    async with running(part(tmp_path, "sh", "-c", "exit 3")) as (program, said):
        await until(lambda: program.restarts >= 2)
    assert all(line.startswith("part ended with code 3; starting it again in ") for line in said)


async def test_why_a_part_ended_by_itself_stands_below_the_line_that_says_so_each_time(tmp_path: Path) -> None:
    async with running(part(tmp_path, "sh", "-c", "echo starting; echo no such model; exit 1")) as (program, said):
        await until(lambda: program.restarts >= 2)
    assert all(line.endswith(" s\n  no such model") for line in said)


async def test_a_part_that_ends_before_it_is_ready_fails_with_the_end_of_its_log(tmp_path: Path) -> None:
    with pytest.raises(PartFailed, match=r"part ended with code 7; see .*part\.log\n  no such engine") as caught:
        async with running(part(tmp_path, "sh", "-c", "echo no such engine; exit 7"), never):
            pass
    assert caught.value.message.endswith("no such engine")


async def test_a_part_that_does_not_get_ready_fails_in_time(tmp_path: Path) -> None:
    program = Program(part(tmp_path, "sleep", "1000"), print)
    with pytest.raises(PartFailed, match="part was not ready within 0 s"):
        await program.start(never, within_s=0.2)
    await program.stop()
    assert program.pid is None


async def test_a_part_that_need_not_get_ready_is_started_again_until_it_is_stopped(tmp_path: Path) -> None:
    said: list[str] = []
    program = Program(part(tmp_path, "sh", "-c", "exit 1"), said.append)
    await program.start_unready()
    await until(lambda: program.restarts >= 2)
    await program.stop()
    assert program.pid is None
    assert said[0].startswith("part ended with code 1; starting it again in ")


async def test_a_part_that_does_not_listen_is_killed(tmp_path: Path) -> None:
    deaf = part(tmp_path, sys.executable, "-c", DEAF, patience_s=0.2)
    async with running(deaf, logged(deaf, "up")) as (program, said):
        pid = program.pid
        assert pid is not None
        await program.stop()
        assert not psutil.pid_exists(pid)
    assert said == []


async def test_a_part_is_not_stopped_by_the_terminals_interrupt(tmp_path: Path) -> None:
    async with running(part(tmp_path, "sleep", "1000")) as (program, _):
        assert program.pid is not None
        assert os.getpgid(program.pid) != os.getpgid(0)


def left_over(lock: Path) -> subprocess.Popen[bytes]:
    """A process of an earlier part: it holds the lock until its input ends."""
    descriptor = os.open(lock, os.O_RDWR | os.O_CREAT)
    assert try_lock(descriptor)
    process = subprocess.Popen(["cat"], stdin=subprocess.PIPE, pass_fds=(descriptor,))
    os.close(descriptor)
    return process


async def test_a_part_starts_only_when_every_process_of_its_predecessor_is_gone(tmp_path: Path) -> None:
    later = part(tmp_path, "sleep", "1000")
    leftover = left_over(later.lock)
    program = Program(later, print)
    starting = asyncio.create_task(program.start(at_once))
    done, _ = await asyncio.wait({starting}, timeout=0.5)
    assert not done
    leftover.communicate()
    await starting
    assert program.pid is not None
    await program.stop()


async def test_what_a_predecessor_left_is_cleared_before_each_start(tmp_path: Path) -> None:
    cleared: list[int] = []
    made = part(tmp_path, "sleep", "1000")
    async with running(replace(made, before_start=lambda: cleared.append(1))) as (program, _):
        assert program.pid is not None
        os.kill(program.pid, signal.SIGTERM)
        await until(lambda: len(cleared) == 2)


SUPERVISOR = """
import asyncio, sys
from pathlib import Path
from hearken.supervisor import Part, Program

async def ready():
    return True

async def main(folder):
    part = Part(name="part", command=["sleep", "1000"], log=folder / "log", lock=folder / "lock")
    program = Program(part, print)
    await program.start(ready)
    print(program.pid, flush=True)
    await asyncio.Event().wait()

asyncio.run(main(Path(sys.argv[1])))
"""


def supervised(folder: Path) -> tuple[subprocess.Popen[bytes], psutil.Process]:
    """A supervisor as a process of its own, and the process that it supervises."""
    supervisor = subprocess.Popen([sys.executable, "-c", SUPERVISOR, str(folder)], stdout=subprocess.PIPE)
    assert supervisor.stdout is not None
    return supervisor, psutil.Process(int(supervisor.stdout.readline()))


async def test_nothing_is_left_behind_by_a_killed_supervisor(tmp_path: Path) -> None:
    supervisor, part = supervised(tmp_path)
    await until(lambda: part.name() == "sleep")
    supervisor.kill()
    supervisor.communicate()

    def is_gone() -> bool:
        return not part.is_running() or part.status() == psutil.STATUS_ZOMBIE

    await until(is_gone)
    assert is_gone()


@given(st.integers(min_value=0, max_value=10_000), st.floats(min_value=0, max_value=1, exclude_max=True))
def test_pauses_grow_to_a_limit_and_are_spread(failures: int, chance: float) -> None:
    pause = restart_pause(failures, chance)
    assert 0.125 <= pause <= 15.0
    assert restart_pause(failures + 1, chance) >= pause
    assert restart_pause(failures, 0.0) <= pause <= 2 * restart_pause(failures, 0.0)
