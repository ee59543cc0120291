"""So many calls a minute: each one gets its place in the line (the generic cell rate algorithm)."""

from __future__ import annotations

import time
from collections.abc import Callable

AT_ONCE = 0.25
"""Share of a minute's calls that may come at once after a quiet while."""


class Pace:
    """``clock`` gives seconds that only grow."""

    def __init__(self, per_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._interval_s = 60 / per_minute
        self._ahead_s = max(1.0, AT_ONCE * per_minute) * self._interval_s
        self._next = clock()

    def take(self) -> float:
        """Take a place; seconds until it is one's turn."""
        now = self._clock()
        self._next = max(self._next, now) + self._interval_s
        return max(0.0, self._next - self._ahead_s - now)
