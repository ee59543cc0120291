"""What a person sees while a session runs: the text as it comes and one line that tells how far it is."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import IO, Protocol

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from session_core.segment import Segment

PLAIN_PROGRESS_EVERY_S = 5.0


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a session is, in milliseconds. ``stored`` is ``None`` where nobody records here."""

    recorded_ms: int
    stored_ms: int | None
    transcribed_ms: int
    state: str | None = None
    refused: int = 0
    trouble: str | None = None

    def __str__(self) -> str:
        parts = [f"recorded {clock(self.recorded_ms)}"]
        if self.stored_ms is not None:
            parts.append(f"stored {clock(self.stored_ms)}")
        parts.append(f"transcribed {clock(self.transcribed_ms)}")
        if self.state not in (None, "recording"):
            parts.append(str(self.state))
        if self.refused:
            parts.append(f"{self.refused} refused")
        return " · ".join(parts + ([self.trouble] if self.trouble else []))


class Screen(Protocol):
    def said(self, segment: Segment, *, changed: bool) -> None:
        """A final segment came, or came anew in other words."""
        ...

    def hearing(self, text: str) -> None:
        """The words that may still change; each call replaces the ones before."""
        ...

    def progress(self, progress: Progress) -> None: ...

    def notice(self, text: str) -> None:
        """Something that a person should know."""
        ...

    def close(self) -> None: ...


class PlainScreen:
    """Lines for files and pipes: no colours, no provisional words, progress every few seconds."""

    def __init__(self, out: IO[str], now: Callable[[], float] = time.monotonic) -> None:
        self._out = out
        self._now = now
        self._printed = ""
        self._latest = ""
        self._print_at = 0.0

    def said(self, segment: Segment, *, changed: bool) -> None:
        self._line(f"{'~' if changed else ' '} {clock(segment.start_ms)}  {segment.text}")

    def hearing(self, text: str) -> None:
        """Not shown: lines can't be taken back."""

    def progress(self, progress: Progress) -> None:
        self._latest = str(progress)
        if self._now() >= self._print_at:
            self._print_progress()

    def notice(self, text: str) -> None:
        self._line(text)

    def close(self) -> None:
        self._print_progress()

    def _print_progress(self) -> None:
        if self._latest != self._printed:
            self._line(self._latest)
            self._printed = self._latest
            self._print_at = self._now() + PLAIN_PROGRESS_EVERY_S

    def _line(self, text: str) -> None:
        print(text, file=self._out, flush=True)


class TerminalScreen:
    """Final text scrolls upwards; below it the provisional words, dim, and one live line."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._hearing = ""
        self._progress: Progress | None = None
        self._live = Live(console=console, refresh_per_second=8, transient=True, get_renderable=self._render)
        self._live.start()

    def said(self, segment: Segment, *, changed: bool) -> None:
        text = Text(segment.text)
        if changed:
            text.append("  heard anew", style="dim italic")
        line = Table.grid(padding=(0, 2))
        line.add_row(Text(clock(segment.start_ms), style="cyan"), text)
        self._console.print(Padding(line, (0, 2)))

    def hearing(self, text: str) -> None:
        if text != self._hearing:
            self._hearing = text
            self._live.refresh()

    def progress(self, progress: Progress) -> None:
        self._progress = progress

    def notice(self, text: str) -> None:
        self._console.print(Text(f"  {text}", style="yellow"))

    def close(self) -> None:
        self._live.stop()

    def _render(self) -> Group:
        lines: list[RenderableType] = []
        if self._hearing:
            lines.append(Padding(Text(f"{self._hearing} …", style="dim italic"), (0, 2, 0, 9)))
        if self._progress is not None:
            style = "yellow" if self._progress.trouble or self._progress.refused else "green"
            lines.append(Text.assemble(("● ", style), (str(self._progress), "bold")))
        return Group(*lines)


def open_screen(out: IO[str]) -> Screen:
    """What suits ``out``: a live one on a terminal, else plain lines."""
    console = Console(file=out, highlight=False)
    return TerminalScreen(console) if console.is_terminal and not console.is_dumb_terminal else PlainScreen(out)


def clock(ms: int) -> str:
    """``75000`` -> ``01:15``; hours where there are some."""
    minutes, seconds = divmod(ms // 1000, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{seconds:02d}" if hours else f"{minutes:02d}:{seconds:02d}"
