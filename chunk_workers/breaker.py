"""A circuit breaker: a provider that fails again and again is left alone for a while."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

FAILURES: Final = 5
"""In a row, after which nobody is sent there."""

REST_S: Final = 30.0
"""How long nobody is; then one call tries whether it is back."""


class Breaker:
    """``clock`` gives seconds that only grow."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._failures = 0
        self._closed_until = 0.0

    def wait_s(self) -> float:
        """Seconds until a call may go ahead, 0 where it may now. The one that goes after a rest is alone until it is
        known how it ended, or for another rest."""
        if self._failures < FAILURES:
            return 0.0
        now = self._clock()
        if now < self._closed_until:
            return self._closed_until - now
        self._closed_until = now + REST_S
        return 0.0

    def succeeded(self) -> None:
        self._failures = 0

    def failed(self) -> None:
        self._failures += 1
        if self._failures >= FAILURES:
            self._closed_until = self._clock() + REST_S
