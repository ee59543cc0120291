"""What a measurement ran on, and how much else ran beside it."""

from __future__ import annotations

import os
import platform
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
