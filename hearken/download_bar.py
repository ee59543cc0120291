"""What a person sees of a download: a bar on a terminal, else a line every few seconds."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import IO, Protocol

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TaskID, TimeRemainingColumn, TransferSpeedColumn

from chunk_workers.download import Telling, told_size
from hearken.screen import PLAIN_PROGRESS_EVERY_S, clock


class Bar(Telling, Protocol):
    def close(self) -> None: ...


class TerminalBar:
    """Bytes, rate and time left in one line that moves."""

    def __init__(self, console: Console) -> None:
        self._progress = Progress(
            BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn(), console=console
        )
        self._task: TaskID | None = None

    def begin(self, total: int, had: int) -> None:
        self._progress.start()
        self._task = self._progress.add_task("", total=total, completed=had)

    def came(self, count: int) -> None:
        if self._task is not None:
            self._progress.advance(self._task, count)

    def notice(self, text: str) -> None:
        self._progress.console.print(text, highlight=False)

    def close(self) -> None:
        self._progress.stop()


class PlainBar:
    """The same in lines for files and pipes."""

    def __init__(self, out: IO[str], now: Callable[[], float] = time.monotonic) -> None:
        self._out = out
        self._now = now
        self._total = self._have = self._came = 0
        self._began = self._told = 0.0

    def begin(self, total: int, had: int) -> None:
        self._total, self._have = total, had
        self._began = self._told = self._now()
        if had:
            self.notice(f"{told_size(had)} of {told_size(total)} are here from an earlier try")

    def came(self, count: int) -> None:
        self._have += count
        self._came += count
        if self._now() >= self._told + PLAIN_PROGRESS_EVERY_S or self._have == self._total:
            self._told = self._now()
            self.notice(self._line())

    def notice(self, text: str) -> None:
        print(text, file=self._out, flush=True)

    def close(self) -> None: ...

    def _line(self) -> str:
        rate = self._came / max(self._now() - self._began, 0.001)
        left = f" · {clock(int((self._total - self._have) / rate * 1000))} left" if rate > 0 else ""
        return f"{told_size(self._have)} of {told_size(self._total)} · {told_size(int(rate))}/s{left}"


def open_bar(out: IO[str]) -> Bar:
    """What suits ``out``: a bar on a terminal, else lines."""
    console = Console(file=out)
    return TerminalBar(console) if console.is_terminal and not console.is_dumb_terminal else PlainBar(out)
