"""How many processors a worker may use: in a container often fewer than the machine has."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

_QUOTA: Final = Path("/sys/fs/cgroup/cpu.max")
"""Of a container (cgroup 2): microseconds of processor time, or "max", in a period of so many microseconds."""


def usable_processors(quota: Path = _QUOTA) -> int:
    """Those that it may run on, at most as many whole ones as its time amounts to; at least 1."""
    here = len(os.sched_getaffinity(0))
    try:
        most, period = quota.read_text().split()
    except FileNotFoundError:
        return here
    return here if most == "max" else max(1, min(here, int(most) // int(period)))
