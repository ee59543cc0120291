"""How many requests a minute one user may make of a node. Chunks are counted apart, by :class:`ChunkQuota`."""

from __future__ import annotations

import time

from session_core.errors import RateLimited
from stream_server.quota import Rates


class RequestLimit:
    def __init__(self, per_minute: int) -> None:
        self._rates = Rates(per_minute)

    def take(self, key: object) -> None:
        """Count one request of ``key``, a user or an address; raises :class:`RateLimited` with the time to wait."""
        if wait := self._rates.take(key, 1, time.monotonic()):
            raise RateLimited("too many requests a minute", retry_after_s=wait)
