"""Processor time and memory of the programs of an installation, children included."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import psutil

RECOGNISER, ZYGOTE = "chunk_workers.recogniser_host", "session_core.decoding.zygote"
SPEAKERS = "chunk_workers.speakers.host"
SAMPLE_S = 0.005
SCAN_S = 0.5


def tree_cpu_s(pid: int) -> float:
    """Processor seconds of a process, its living children and those that it has waited for."""
    process = psutil.Process(pid)
    total = 0.0
    for each in (process, *process.children(recursive=True)):
        with suppress(psutil.NoSuchProcess):
            total += sum(each.cpu_times()[:4])
    return total


def cpu_s(pid: int) -> float:
    """Processor seconds of a process alone."""
    return float(sum(psutil.Process(pid).cpu_times()[:2]))


def rss_mb(pid: int) -> float:
    return float(psutil.Process(pid).memory_info().rss / 1e6)


def running(pid: int, module: str) -> list[int]:
    """The processes below ``pid`` that run a module of Python."""
    return [child.pid for child in psutil.Process(pid).children(recursive=True) if module in _command(child)]


def _command(process: psutil.Process) -> list[str]:
    with suppress(psutil.NoSuchProcess, psutil.ZombieProcess):
        return process.cmdline()
    return []


class WorkerWatch:
    """Watches a worker's children closely: they come and go, and nobody waits for the decoder's.

    ``recogniser_s``, ``decoder_s`` and ``decodes_s`` are the processor seconds of recognisers, of the process
    that forks the decodes, and of the decodes. What each used after it was last looked at is missing.
    """

    def __init__(self, worker: int) -> None:
        self._worker = worker
        self._used: dict[str, dict[tuple[int, int], float]] = {RECOGNISER: {}, ZYGOTE: {}, "decode": {}}
        self._known: dict[int, str] = {}

    @property
    def decodes(self) -> int:
        return len(self._used["decode"])

    @property
    def recogniser_s(self) -> float:
        return sum(self._used[RECOGNISER].values())

    @property
    def recognisers(self) -> int:
        """How many there have been: more than run at once, where some were killed."""
        return len(self._used[RECOGNISER])

    @property
    def decoder_s(self) -> float:
        return sum(self._used[ZYGOTE].values())

    @property
    def decodes_s(self) -> float:
        return sum(self._used["decode"].values())

    async def run(self) -> None:
        scan_at = 0.0
        while True:
            now = time.monotonic()
            if now >= scan_at:
                self._scan()
                scan_at = now + SCAN_S
            for pid, module in tuple(self._known.items()):
                if not self._look(pid, module):
                    del self._known[pid]
                elif module == ZYGOTE:
                    for child in _children(pid):
                        self._look(child, "decode")
            await asyncio.sleep(SAMPLE_S)

    def _scan(self) -> None:
        for module in (RECOGNISER, ZYGOTE):
            self._known |= dict.fromkeys(running(self._worker, module), module)

    def _look(self, pid: int, what: str) -> bool:
        """False where the process is gone."""
        try:
            status = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
            used = _schedule_s(pid)
        except (FileNotFoundError, ProcessLookupError):
            return False
        place = (pid, int(status[19]))
        before = self._used[what].get(place, 0.0)
        self._used[what][place] = max(used, before)
        return True


def _schedule_s(pid: int) -> float:
    """Processor seconds of every thread of a process, to the nanosecond."""
    total = 0
    for thread in Path(f"/proc/{pid}/task").iterdir():
        with suppress(FileNotFoundError, ProcessLookupError):
            total += int(thread.joinpath("schedstat").read_text(encoding="ascii").split()[0])
    return total / 1e9


def _children(pid: int) -> list[int]:
    with suppress(FileNotFoundError, ProcessLookupError):
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()]
    return []


@asynccontextmanager
async def watched(worker: int) -> AsyncIterator[WorkerWatch]:
    watch = WorkerWatch(worker)
    task = asyncio.create_task(watch.run())
    try:
        yield watch
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
