"""What a measurement ran on, and how much else ran beside it."""

from __future__ import annotations

import os
import platform
import subprocess
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Machine:
    """``load`` is the one-minute load average when this was asked."""

    cores: int
    model: str
    memory_gb: float
    python: str
    load: float

    def __str__(self) -> str:
        return f"{self.cores} cores, {self.model}, {self.memory_gb:.0f} GB, Python {self.python}, load {self.load:.1f}"


def this_machine() -> Machine:
    memory = os.sysconf("SC_PAGESIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    return Machine(len(os.sched_getaffinity(0)), _model(), memory, platform.python_version(), os.getloadavg()[0])


def _model() -> str:
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.machine()


def commit() -> str | None:
    """The commit of this checkout, with a plus where files differ from it; None where this is no checkout of git."""
    folder = Path(__file__).resolve().parent

    def git(*args: str) -> str:
        return subprocess.run(("git", *args), cwd=folder, check=True, capture_output=True, text=True).stdout.strip()

    try:
        return git("rev-parse", "--short=12", "HEAD") + "+" * bool(git("status", "--porcelain", "--untracked-files=no"))
    except (OSError, subprocess.CalledProcessError):
        return None
